"""Whether an interview that is stored under pseudonyms can hold a name that the key has learned since.

Replacing twice changes nothing more, so that such an interview needs to be searched again only where a name that the
key knows stands in it. Telling that takes a hundredth of the time of searching. The promise: where this says no,
`replace_names` gives the same words back.
"""

from __future__ import annotations

import re

from synth.domain import Transcript
from synth.privacy.book import RUN
from synth.privacy.key import Key
from synth.privacy.known import names_somebody, transcript_book
from synth.privacy.words import load_words

_CAMEL = re.compile(r"[A-ZÀ-Þ]?[a-zß-ÿ]+|[A-ZÀ-Þ]+(?![a-zß-ÿ])")
_ADDRESS = re.compile(r"@|://|www\.|\w\.[^\W\d_]{2,}", re.IGNORECASE)


def may_hold_names(transcript: Transcript, key: Key) -> bool:
    """Whether searching a replaced transcript again can change it."""
    if any(speaker.name and names_somebody(speaker.name) for speaker in transcript.speakers):
        return True
    # Endings of files look like addresses.
    texts = (
        transcript.text,
        transcript.name.replace(".", " "),
        *(part.text for part in transcript.skipped),
        *transcript.warnings,
    )
    text = " ".join(texts).lower()
    if _ADDRESS.search(text):
        # A name may stand inside one, beside other letters.
        return True
    said = {*RUN.findall(text), *(part.lower() for part in _CAMEL.findall(transcript.name))}
    return transcript_book(key, transcript, {}, load_words(), transcript.language).may_name(said)
