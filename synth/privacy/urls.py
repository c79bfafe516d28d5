"""Web addresses that lead to a person: a profile, or an address with a name in it. Others stay."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.privacy.book import Book
from synth.privacy.values import Found, Identifier
from synth.privacy.words import Words, word_set

_URL = re.compile(
    r"(?<![\w@./])(?:https?://|www\.)[^\s<>\"'”’)\]]+|(?<![\w@./\-])(?:[a-z0-9\-]+\.)+[a-z]{2,10}/[^\s<>\"'”’)\]]+",
    re.IGNORECASE,
)
_PROFILES = word_set(
    "linkedin facebook instagram twitter x tiktok github youtube pinterest medium substack threads bsky snapchat wa t "
    "strava hyves xing vk"
)
_HANDLE = re.compile(r"(?<![\w@.])@[A-Za-z_][\w.]{2,30}\w(?![\w@])")
_PARTS = re.compile(r"[^\W\d_]+")


def find_urls(text: str, words: Words, book: Book, names: Sequence[Found]) -> list[Found]:
    """Addresses and handles of people.

    Args:
        names: found in the same text; an address that holds one of them is a person's.
    """
    if not ("://" in text or "www." in text.lower() or "/" in text or "@" in text):
        return []
    known = {word for name in names for word in name.canonical.split()} | set(book.last_words())
    known = {word for word in known if len(word) > 3}
    found = []
    for match in _URL.finditer(text):
        address = match.group().rstrip(".,;:!?")
        if _is_personal(address.lower(), known, words):
            found.append(Found(match.start(), match.start() + len(address), Identifier.URL, address.lower()))
    for match in _HANDLE.finditer(text):
        found.append(Found(match.start(), match.end(), Identifier.URL, match.group().lower()))
    return found


def _is_personal(address: str, known: set[str], words: Words) -> bool:
    bare = re.sub(r"^https?://", "", address)
    host, _, path = bare.partition("/")
    labels = host.split(".")
    steps = [step for step in path.split("?")[0].split("/") if step]
    if (
        len(labels) > 1
        and labels[-2] in _PROFILES
        and (len(steps) == 1 or steps[:1] in (["in"], ["pub"], ["user"], ["u"]))
    ):
        return True
    parts = set(_PARTS.findall(bare))
    return bool(parts & known) or any(len(part) > 3 and part in words.safe_lower for part in parts)
