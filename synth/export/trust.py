"""How far the draft can be trusted, for the page: grouping, critic, coverage, who is over-quoted, saturation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from synth.built_in import is_built_in
from synth.coverage import Quoted, UncitedTurn, cited_share, cited_stretches, uncited_turns, who_is_quoted
from synth.domain import REFUTED, Claim, Finding, Grouping, Persona, Transcript
from synth.export.claims import Link
from synth.export.drawings.trust import draw_cited, draw_saturation
from synth.export.interface import Interface
from synth.results import Results
from synth.saturation import LAST, Saturation

SHOWN_PEOPLE = 60
"""Participants whose uncited turns are shown with their words; of a larger study those cited least."""
SHOWN_ROWS = 60
"""Rows of the table beside the curve, spread evenly where there are more interviews."""
SHOWN_TURNS = 12
"""Turns of one interview that nobody cited whose words are shown, the longest; the others are listed by number."""
_LEAST_WORDS = 6


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One participant in one interview."""

    participant_id: str
    interview: Link
    language: str
    strip: Markup
    share: float
    turns: tuple[UncitedTurn, ...]
    """Those that nobody cited whose words are shown, in order."""
    others: int
    """Those that are shorter, and listed by number with the interview."""


@dataclass(frozen=True, slots=True)
class QuotedRow:
    """Who carries one persona."""

    persona: Link
    share: float | None
    """How much of what its people said is cited."""
    people: tuple[Quoted, ...]
    over: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class StableRow:
    """How firmly people stand in one persona."""

    persona: Link
    stability: float | None
    people: tuple[tuple[str, float | None, bool], ...]
    """Who, how often they land with the others, and whether they are on the border."""


@dataclass(frozen=True, slots=True)
class TrustView:
    """Everything of the section."""

    grouping: Grouping | None
    separations: tuple[tuple[int, str, bool], ...]
    """Number of groups, mean silhouette in words, and whether it was chosen."""
    stable: tuple[StableRow, ...]
    critic: str
    """Who tried to refute the draft; empty where nobody did."""
    examined: int
    refuted: tuple[tuple[Claim, str], ...]
    """Claims that a critic refuted, with their anchors on the page."""
    contested: int
    """Claims that a critic refuted or that somebody's words stand against: the number that a run tells."""
    quoted: tuple[QuotedRow, ...]
    coverage: tuple[CoverageRow, ...]
    saturation: Saturation
    saturation_rows: tuple[tuple[int, float, float], ...]
    """Interviews, themes, and how many the last of these brought."""
    saturation_drawing: Markup
    saturation_sentence: str


def build_trust(results: Results, words: Interface, personas: Mapping[str, Link], interviews: Mapping[str, Link],
                anchors: Mapping[str, str]) -> TrustView:  # fmt: skip
    """The section.

    Args:
        personas: by id, with their places on the page.
        interviews: by transcript, likewise.
        anchors: by claim.
    """
    grouping, claims = results.draft.grouping, results.draft.claims()
    chosen = len(results.draft.personas)
    judged = Counter(claim.verdict for claim in claims)
    made = results.provenance.critic
    return TrustView(
        grouping=grouping,
        separations=tuple(
            (number, words.decimal(score, 2), number == chosen)
            for number, score in (grouping.separations if grouping else ())
        ),
        stable=tuple(_stable(one, grouping, personas[one.id]) for one in results.draft.personas),
        critic=words("reader.built_in") if is_built_in(made) else made,
        examined=sum(count for verdict, count in judged.items() if verdict is not None),
        refuted=tuple((one, anchors[one.id]) for one in claims if one.verdict in REFUTED and one.id in anchors),
        contested=sum(claim.contested for claim in claims),
        quoted=tuple(_quoted(one, results, personas[one.id]) for one in results.draft.personas),
        coverage=tuple(_coverage(results, interviews)),
        saturation=results.saturation,
        saturation_rows=_saturation_rows(results.saturation),
        saturation_drawing=draw_saturation(results.saturation.curve, words("trust.interviews"), words("trust.themes")),
        saturation_sentence=saturation_sentence(results.saturation, words),
    )


def saturation_sentence(measured: Saturation, words: Interface) -> str:
    """What the curve says, in one or two sentences."""
    if measured.last < LAST or not measured.themes:
        return words("trust.saturation_few")
    said = words(
        "trust.saturation_said",
        last=words.whole(measured.last),
        new=_mean(measured.new_in_last, words),
        first=_mean(measured.new_in_first, words),
        themes=words.whole(measured.themes),
    )
    if measured.at_least is not None and measured.at_least > measured.themes:
        said += " " + words("trust.saturation_more", least=words.whole(measured.at_least - measured.themes))
    return said


def _mean(themes: float, words: Interface) -> str:
    """A tenth only where it says something."""
    return words.decimal(themes, 0 if themes >= 10 or round(themes, 1) == round(themes) else 1)


def _saturation_rows(measured: Saturation) -> tuple[tuple[int, float, float], ...]:
    curve, last = measured.curve, measured.interviews
    step = -(-last // SHOWN_ROWS) or 1
    return tuple((n, curve[n], curve[n] - curve[n - 1]) for n in range(last, 0, -step))[::-1]


def _stable(persona: Persona, grouping: Grouping | None, link: Link) -> StableRow:
    known = grouping.person_stability if grouping else {}
    people = tuple((one, known.get(one), one in persona.border_ids) for one in persona.participant_ids)
    return StableRow(link, persona.stability, people)


def _quoted(persona: Persona, results: Results, link: Link) -> QuotedRow:
    people = who_is_quoted(persona, results.findings_by_id, results.draft.maps)
    share = cited_share([one for one in results.coverage if one.participant_id in persona.participant_ids])
    return QuotedRow(link, share, tuple(people), tuple(one for one in people if one.over))


def _coverage(results: Results, interviews: Mapping[str, Link]) -> list[CoverageRow]:
    least = sorted(results.coverage, key=lambda one: (one.share, one.participant_id, one.transcript_id))[:SHOWN_PEOPLE]
    told = {(one.participant_id, one.transcript_id) for one in least}
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in results.findings:
        found[finding.evidence.transcript_id].append(finding)
    rows = []
    for one in results.coverage:
        transcript = results.transcript(one.transcript_id)
        shown = _shown(transcript, one.uncited_turns) if (one.participant_id, one.transcript_id) in told else []
        rows.append(
            CoverageRow(
                one.participant_id,
                interviews[transcript.id],
                transcript.language,
                draw_cited(cited_stretches(transcript, one.participant_id, found[transcript.id])),
                one.share,
                tuple(shown),
                len(one.uncited_turns) - len(shown),
            )
        )
    return rows


def _shown(transcript: Transcript, numbers: Sequence[int]) -> list[UncitedTurn]:
    turns = [one for one in uncited_turns(transcript, numbers) if one.words >= _LEAST_WORDS]
    longest = sorted(turns, key=lambda one: (-one.words, one.turn))[:SHOWN_TURNS]
    return sorted(longest, key=lambda one: one.turn)
