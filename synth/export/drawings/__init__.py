"""Drawings as SVG made on the server: classes and presentation attributes only, no script and no style attribute.

Every drawing is hidden from screen readers, because the page says the same in words and in a table beside it.
"""
