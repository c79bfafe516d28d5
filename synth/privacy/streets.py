"""Street names, with the number of the house where one is said."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from synth.privacy.tokens import Tokens
from synth.privacy.values import Found, Identifier
from synth.privacy.words import Words

_HOUSE = re.compile(
    r",?\s(?:nr\.?\s|nummer\s|huisnummer\s)?(?P<house>\d{1,4})(?:\s?(?:bis|hs|[a-z](?!\w))|-\d{1,3}(?!\d))?(?!\w|[.,:]\d)",
    re.IGNORECASE,
)
_COUNTED = (
    "(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -])?(?:one|two|three|four|five|six|seven|eight|nine)"
    "|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_HOUSE_EN = re.compile(
    r"(?:(?:flat|apartment|apt\.?|unit)\s\w{1,4},?\s)?"
    rf"(?:(?<!\w)(?P<house>\d{{1,5}}[a-z]?(?:-\d{{1,4}})?)|(?<=at )(?:{_COUNTED})),?\s$",
    re.IGNORECASE,
)
_AT = re.compile(r"(?<!\w)[Aa]an (?:de|het) (?P<name>(?!Straat )[A-Z][^\W\d_]+) \d{1,4}[a-z]?(?!\w|[.,:]\d)")
_SQUARE = re.compile(
    r"(?<!\w)(?:Laan|Plein|Weg|Hof|Boulevard|Singel|Kade)(?: van(?: de| der| den| het)?)? "
    r"(?:[A-Z][^\W\d_]+|\d{4}) \d{1,4}(?: ?[a-z](?!\w)|-\d{1,3})?(?!\w)"
)
_LIVES = re.compile(
    r"(?<!\w)(?:woon|woont|wonen|woonde|woonden)(?: \w{1,12}){0,3} aan (?:de|het) "
    r"(?P<name>[^\W\d_]{4,30}) \d{1,4}(?: ?[a-z](?!\w))?(?!\w|[.,:]\d)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def find_streets(tokens: Tokens, words: Words) -> list[Found]:
    """Every street that is named, in Dutch or English form; may overlap."""
    found: list[Found] = []
    text = tokens.text
    dutch = words.streets["nl"] + words.streets["nl_with_number"]
    english = frozenset(words.streets["en"]) | frozenset(words.streets["en_with_number"])
    for index, token in enumerate(tokens.items):
        if token.low in english:
            found += _english(tokens, index, words)
        elif token.low.endswith(dutch):
            found += _dutch(tokens, index, words)
    for match in itertools.chain(_AT.finditer(text), _LIVES.finditer(text)):
        found.append(Found(match.start("name"), match.end(), Identifier.STREET, match.group("name").lower()))
    for match in _SQUARE.finditer(text):
        found.append(Found(match.start(), match.end(), Identifier.STREET, match.group().rsplit(" ", 1)[0].lower()))
    return found


def _dutch(tokens: Tokens, index: int, words: Words) -> Iterator[Found]:
    text, items, cased = tokens.text, tokens.items, tokens.is_cased(index)
    token = items[index]
    strong = next((end for end in words.streets["nl"] if token.low.endswith(end)), None)
    ending = strong or next(end for end in words.streets["nl_with_number"] if token.low.endswith(end))
    if len(token.low) < len(ending) + 2:
        return
    house = _HOUSE.match(text, token.end)
    if house and not strong and _YEAR.fullmatch(house.group("house")):
        house = None
    if not token.capital:
        if cased or not strong or not house:
            return
    elif not house and (not strong or token.initial):
        return
    first = index
    while first and _joins(tokens, first, words):
        first -= 1
    while first < index and items[first].low in ("de", "het"):
        first += 1
    while first < index and items[first].low in words.stop and items[first].low not in words.particles:
        first += 1
    end = house.end() if house else token.end
    name = " ".join(word.low for word in items[first : index + 1])
    yield Found(items[first].start, end, Identifier.STREET, name)


def _joins(tokens: Tokens, index: int, words: Words) -> bool:
    """Whether the word before belongs to the street's name: 'Van Heemstrastraat', 'Burgemeester de Raadtsingel'."""
    items, gap = tokens.items, tokens.gap(index - 1)
    before = items[index - 1]
    if gap not in (" ", ". ", ".", "\n"):
        return False
    if before.capital:
        # A sentence may start right before a street: 'Wij zitten op. Kerkstraat 3 was het.'
        return gap == " " or len(before.low) <= 5
    return before.low in words.particles and index > 1 and items[index - 2].capital and not items[index - 2].initial


def _english(tokens: Tokens, index: int, words: Words) -> Iterator[Found]:
    text, items, cased = tokens.text, tokens.items, tokens.is_cased(index)
    token = items[index]
    if cased and not token.capital:
        return
    first = index
    while first and index - first < 3 and tokens.gap(first - 1) in (" ", ". "):
        before = items[first - 1]
        if before.low in words.stop or (cased and not before.capital) or (not cased and first < index):
            break
        first -= 1
    if first == index:
        return
    phrase = tuple(word.low for word in items[first : index + 1])
    if phrase[-2:] in words.no_streets:
        return
    house = _HOUSE_EN.search(text, max(0, items[first].start - 24), items[first].start)
    if house is None and (token.low not in words.streets["en"] or not cased or len(phrase) < 2):
        return
    start = house.start() if house else items[first].start
    yield Found(start, token.end, Identifier.STREET, " ".join(phrase))
