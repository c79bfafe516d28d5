"""Drafting without a model: sentences whose forms are data, filled by what was found and by nothing else.

A form is only used where words or codes of the segment's own findings carry it; where no form fits, the participant's
own words are the sentence. What situations, motives and traits there are stands in the YAML files beside this module.
"""
