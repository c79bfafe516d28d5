"""Names stay home: transcripts under pseudonyms, the key that turns them back, and what a person sees before sending.

`replace_names` gives the same transcript with the same lines under pseudonyms; `Key` is the file that holds who is
who, apart from the study; `preview_names` shows every replacement and the capitals that were left. Nothing here claims
that a text is anonymous: see `docs/privacy.md`.
"""

from __future__ import annotations

from synth.privacy.again import may_hold_names
from synth.privacy.key import Key, key_path
from synth.privacy.lists import read_list
from synth.privacy.masker import Masker
from synth.privacy.outside import Attributes, clean_attributes, neutral_name
from synth.privacy.preview import LeftWord, Preview, Shown, left_words, preview_names
from synth.privacy.replace import learn_names, replace_names, replace_text
from synth.privacy.values import Identifier, Replaced, Replacement

__all__ = [
    "Attributes",
    "Identifier",
    "Key",
    "LeftWord",
    "Masker",
    "Preview",
    "Replaced",
    "Replacement",
    "Shown",
    "clean_attributes",
    "key_path",
    "learn_names",
    "left_words",
    "may_hold_names",
    "neutral_name",
    "preview_names",
    "read_list",
    "replace_names",
    "replace_text",
]
