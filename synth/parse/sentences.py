"""Sentences of spoken Dutch and English as slices: what a line is.

sentencex finds the boundaries; on top of it stand rules of our own: abbreviations it does not know, ellipses and
quotes in the middle of a sentence, and speech-to-text without full stops, which is cut at pauses and at the words
with which people begin anew. The slices hold every character that is not white space, in order, and never split a
word."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from sentencex import get_sentence_boundaries  # type: ignore[import-untyped]

from synth.parse import words

LONGEST_UNPUNCTUATED = 25
_TARGET = 17
_SHORTEST = 7
_LONGEST_PUNCTUATED = 45
_PART = 10_000

_NEVER_LAST = words.listed(
    """dr drs prof ir ing mr mrs ms mw mevr dhr hr st ds fr sr jr o.a bijv bv b.v d.w.z dwz m.b.t mbt i.v.m ivm
    t.a.v t.o.v m.a.w n.a.v i.p.v ipv t/m e.g eg i.e ie approx incl excl resp evt ong ca circa nr nrs blz pag
    art max gem tel vs cf fig m.n mn o.l.v i.t.t i.h.b i.h.a v.w.b w.b m.u.v t.b.v d.m.v a.d.h.v i.s.m i.o.v z.g
    zgn zg zogen onges ww vgl afd gen col rev hon sgt capt lt c.q cq o.b.v t.g.v i.g.v"""
)
"""Abbreviations, without the last point, after which a sentence goes on."""
_SELDOM_LAST = words.listed(
    """etc enz enzovoort e.d a.u.b aub z.s.m zsm jl j.l a.m p.m am pm inc ltd co corp ave dept u.s u.k n.v b.v m.v
    n.chr v.chr feb apr aug sept okt oct nov a.k.a aka o.i.d e.a et al"""
)
"""Abbreviations after which a sentence goes on where a small letter or a digit follows."""
_ANEW = words.listed(
    """en maar dus want omdat toen nou ja kijk want daarna vervolgens alleen hoewel terwijl zodat waardoor
    eigenlijk dan als and but so because then well yeah when while although anyway which where cause cos since
    until like i ik we wij he she they ze hij je you it het dat that this there uh um eh euh ehm nee no okay oke
    oké allez wel"""
)
_STRONG_ANEW = words.listed(
    """en maar dus want omdat toen nou and but so because then well anyway daarna terwijl cause cos"""
)
_NOT_BEFORE_A_CUT = words.listed(
    """ik jij je we wij hij ze zij het de een die dat mijn zijn haar heb heeft hebben had hadden ben bent
        is was waren ging moest kan kon wil zou zeg zei van in op met voor aan bij naar i you he she they it
        the a an my his her their have has had am are were do did would could can will of to with for at on
        in from very heel zo erg niet not"""
)
_ABBREVIATIONS = _NEVER_LAST | {"vol", "pp", "eq", "figs", "sect", "chap"}
_PLAIN_END = re.compile(r"(?<![\w.])([a-zà-ÿ]{2,})[.!?][\"”’')]? +(?=[A-ZÀ-Þ\"“‘])")
_ELLIPSIS_END = re.compile(r"(?:\.\.\.|…)[\"”’')]? +(?=[A-ZÀ-Þ])")
_WORD = re.compile(r"\S+")
_LAST_TOKEN = re.compile(r"([^\s(\[\"'“‘„]+)$")
_AROUND_WORDS = ".,;:!?…\"'“”‘’()[]-–—"
_CLOSING = "\"'”’»)]"


def split_lines(text: str, language: str = "en", pauses: Collection[int] = ()) -> list[tuple[int, int]]:
    """Start and end of each sentence in a run of speech.

    Args:
        text: what one speaker says in one go; line breaks in it count as blanks.
        language: `nl`, `en` or another ISO 639-1 code.
        pauses: offsets at which the speaker paused.

    Returns:
        Slices in order that do not overlap and hold all of the text but white space; empty for no words.
    """
    sentences: list[tuple[int, int]] = []
    for start, end in _sentences(text, language):
        sentences += _cut_long(text, start, end, pauses)
    return sentences


def _sentences(text: str, language: str) -> list[tuple[int, int]]:
    ends = _boundaries(text, language)
    kept: list[int] = [end for end in ends[:-1] if not _goes_on(text, end)] + ends[-1:]
    slices: list[tuple[int, int]] = []
    last = 0
    for end in kept:
        start, stop = _trimmed(text, last, end)
        last = end
        if start == stop:
            continue
        if slices and not any(character.isalnum() for character in text[start:stop]):
            slices[-1] = slices[-1][0], stop
        else:
            slices.append((start, stop))
    if len(slices) > 1 and not any(character.isalnum() for character in text[slices[0][0] : slices[0][1]]):
        slices[:2] = [(slices[0][0], slices[1][1])]
    return slices


def _boundaries(text: str, language: str) -> list[int]:
    """Ends of sentences, the text's end last.

    sentencex takes time that grows with the square of the number of sentences: long text goes to it in parts, each
    from the last boundary that the part before was sure of.
    """
    flat = re.sub(r"\s", " ", text)
    known = language if language in {"nl", "en", "de", "fr", "es", "it"} else "en"
    ends: list[int] = []
    begin = 0
    while begin < len(flat):
        stop = len(flat)
        if stop - begin > _PART:
            blank = flat.rfind(" ", begin + _PART // 2, begin + _PART)
            stop = blank + 1 if blank > 0 else begin + _PART
        found = [begin + boundary["end_index"] for boundary in get_sentence_boundaries(known, flat[begin:stop])]
        if stop < len(flat) and found:
            # The end of a part is no end of a sentence.
            found.pop()
        ends += found
        begin = found[-1] if stop < len(flat) and found and found[-1] > begin else stop
    # It takes 'me.' for a title, and some more ordinary words for abbreviations.
    missed = [match.end() for match in _PLAIN_END.finditer(flat) if match.group(1) not in _ABBREVIATIONS]
    missed += [match.end() for match in _ELLIPSIS_END.finditer(flat)]
    return [*sorted({end for end in (*ends, *missed) if 0 < end < len(text)}), len(text)]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _goes_on(text: str, end: int) -> bool:
    """Whether the sentence goes on over a proposed boundary, or the boundary would split a word."""
    if not text[end - 1].isspace() and not text[end].isspace():
        return text[end - 1] not in "。！？"
    before, after = text[max(0, end - 60) : end].rstrip(), text[end : end + 40].lstrip()
    following = after[:1]
    if before[-1:] in _CLOSING and following.islower():
        return True
    if before.endswith(("...", "…")):
        return following.islower() or not following
    token = _LAST_TOKEN.search(before)
    if token is None or not before.endswith("."):
        return False
    word = token.group(1).rstrip(".")
    if len(word) == 1 and word.isupper() and word != "I" and following.isupper():
        return True
    word = word.casefold()
    if word in _NEVER_LAST:
        return True
    return word in _SELDOM_LAST and (following.islower() or following.isdigit())


# --- Speech without full stops -----------------------------------------------------------------------------------


def _cut_long(text: str, start: int, end: int, pauses: Collection[int]) -> list[tuple[int, int]]:
    if end - start < 2 * LONGEST_UNPUNCTUATED:
        return [(start, end)]
    spoken = [(match.start(), match.end()) for match in _WORD.finditer(text, start, end)]
    marks = sum(text[stop - 1] in ",;:–—" for _, stop in spoken)
    longest = LONGEST_UNPUNCTUATED if marks * 12 < len(spoken) else _LONGEST_PUNCTUATED
    if len(spoken) <= longest + 3:
        return [(start, end)]
    plain = [text[begin:stop].strip(_AROUND_WORDS).casefold() for begin, stop in spoken]
    worth = [_worth(text, spoken, plain, place, pauses) for place in range(len(spoken))]
    slices: list[tuple[int, int]] = []
    first = 0
    while len(spoken) - first > longest:
        cut = _best_cut(worth, first, longest)
        slices.append((spoken[first][0], spoken[cut - 1][1]))
        first = cut
    slices.append((spoken[first][0], spoken[-1][1]))
    return slices


def _worth(
    text: str, spoken: Sequence[tuple[int, int]], plain: Sequence[str], place: int, pauses: Collection[int]
) -> float:
    """How good a line would begin with this word."""
    before = text[spoken[place - 1][1] - 1]
    score = 2.0 if plain[place] in _STRONG_ANEW else 0.8 if plain[place] in _ANEW else 0.0
    score += 4.0 if spoken[place][0] in pauses else 0.0
    score += 2.2 if before in ";:–—" else 1.6 if before == "," else 0.0
    return score - (2.0 if plain[place - 1] in _STRONG_ANEW else 1.2 if plain[place - 1] in _NOT_BEFORE_A_CUT else 0.0)


def _best_cut(worth: Sequence[float], first: int, longest: int) -> int:
    """The number of the word to begin the next line with."""
    target = _TARGET if longest == LONGEST_UNPUNCTUATED else _LONGEST_PUNCTUATED * 0.6
    best, best_score = first + longest, float("-inf")
    for place in range(first + _SHORTEST, min(first + longest, len(worth) - 1) + 1):
        score = worth[place] - abs(place - first - target) * 0.12 - (1.5 if len(worth) - place < 5 else 0.0)
        if score > best_score:
            best, best_score = place, score
    return best
