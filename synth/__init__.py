"""Synth: from interviews to draft personas and journey maps in which every sentence opens its evidence."""

__version__ = "0.7.0"
