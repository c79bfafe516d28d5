"""Two waves on one page and as data: curves one above the other, and what appeared, vanished, moved or shifted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from markupsafe import Markup

from synth.domain import JourneyMap
from synth.export.claims import Anchors, ClaimWriter, Side
from synth.export.drawings.feeling import draw_emblem
from synth.export.evidence import Json, evidence_list
from synth.export.grid import shown_mean
from synth.export.html import render_template
from synth.export.interface import Interface
from synth.results import Results
from synth.waves import FeelingShift, Presence, WaveComparison

LEAST_PEOPLE = 2
"""In either wave, before something that does not hold is listed at all."""


@dataclass(frozen=True, slots=True)
class CurveView:
    """One wave's curve with the numbers under it."""

    wave: str
    people: int
    drawing: Markup
    means: tuple[tuple[str, str, int], ...]
    """For each phase: the mean in words (empty below three people), its hue, how many said so."""


@dataclass(frozen=True, slots=True)
class ShiftView:
    """A phase's shift of feeling."""

    shift: FeelingShift
    phase: str
    before: str
    after: str
    change: str
    side: Side


@dataclass(frozen=True, slots=True)
class PresenceView:
    """A theme, driver or channel in two waves."""

    presence: Presence
    change: str
    side: Side


@dataclass(frozen=True, slots=True)
class WavesPage:
    """Everything on the page."""

    title: str
    words: Interface
    comparison: WaveComparison
    persona: str
    phases: tuple[str, ...]
    curves: tuple[CurveView, ...]
    shifts: tuple[ShiftView, ...]
    holding: tuple[PresenceView, ...]
    unsure: tuple[tuple[str, tuple[PresenceView, ...]], ...]
    """By what they are, those that chance could have made too."""
    left_out: int
    """In one person's story of a wave at most: not listed."""


def waves_page(
    results: Results,
    comparison: WaveComparison,
    maps: tuple[JourneyMap, JourneyMap],
    *,
    persona: str = "",
    report: str = "",
    writer: ClaimWriter | None = None,
    href: Callable[[str, str], str] = lambda *_: "",
) -> WavesPage:
    """The page as a value.

    Args:
        results: of the study.
        comparison: of its two waves.
        maps: the counted map of each.
        persona: whose people only, in words; empty for everybody.
        report: the file of the report, whose lines are linked to.
        writer: of a page that fetches words when somebody opens them; it says the language of the page.
        href: where such a page fetches them from, for what is compared and its key.
    """
    writer = writer or ClaimWriter(results, Interface(results.language), Anchors(), report)
    words = writer.words
    shown = [one for one in comparison.presences if one.holds or max(len(one.before), len(one.after)) >= LEAST_PEOPLE]
    names = {phase.key: phase.name(words.language) for phase in results.framework.phases}
    views = [
        PresenceView(
            one,
            _change(one, names, words),
            replace(writer.side((*one.before, *one.after), one.finding_ids), href=href(one.what, one.key)),
        )
        for one in shown
    ]
    kinds = ("theme", "driver", "channel")
    return WavesPage(
        title=results.study,
        words=words,
        comparison=comparison,
        persona=persona,
        phases=tuple(names.values()),
        curves=tuple(
            _curve(journey, wave, len(people), words)
            for journey, wave, people in zip(maps, comparison.waves, comparison.people, strict=True)
        ),
        shifts=tuple(_shift(one, names, writer, href) for one in comparison.feelings),
        holding=tuple(view for view in views if view.presence.holds),
        unsure=tuple(
            (kind, tuple(view for view in views if view.presence.what == kind and not view.presence.holds))
            for kind in kinds
        ),
        left_out=len(comparison.presences) - len(shown),
    )


def render_waves(page: WavesPage) -> bytes:
    """The page as one file without script or network."""
    return render_template("waves.html.j2", page=page, w=page.words).encode("utf-8")


def waves_json(results: Results, comparison: WaveComparison) -> Json:
    """Everything compared, each difference with its people and evidence."""
    return {
        "study": results.study,
        "waves": list(comparison.waves),
        "people": [list(one) for one in comparison.people],
        "both": list(comparison.both),
        "feelings": [
            {
                "phase": one.phase,
                "before": one.before,
                "after": one.after,
                "change": one.change,
                "people_before": list(one.people_before),
                "people_after": list(one.people_after),
                "chance": one.chance,
                "holds": one.holds,
                "findings": list(one.finding_ids),
                "evidence": evidence_list(results, one.finding_ids),
            }
            for one in comparison.feelings
        ],
        "presences": [
            {
                "what": one.what,
                "key": one.key,
                "label": one.label,
                "change": one.change,
                "before": list(one.before),
                "after": list(one.after),
                "phase_before": one.phase_before,
                "phase_after": one.phase_after,
                "chance": one.chance,
                "holds": one.holds,
                "findings": list(one.finding_ids),
                "evidence": evidence_list(results, one.finding_ids),
            }
            for one in comparison.presences
        ],
    }


def _change(one: Presence, names: dict[str, str], words: Interface) -> str:
    told = words(f"waves.{one.change}")
    if one.change != "moved":
        return told
    return f"{told}: {names.get(one.phase_before or '', '')} → {names.get(one.phase_after or '', '')}"


def _curve(journey: JourneyMap, wave: str, people: int, words: Interface) -> CurveView:
    means = [(*shown_mean(column, words), len(column.feelings)) for column in journey.phases]
    return CurveView(wave, people, draw_emblem(journey, {}, width=1150, height=104, dots=True), tuple(means))


def _shift(one: FeelingShift, names: dict[str, str], writer: ClaimWriter, href: Callable[[str, str], str]) -> ShiftView:
    def number(value: float | None) -> str:
        return "–" if value is None else writer.words.decimal(value, signed=True)

    return ShiftView(
        shift=one,
        phase=names.get(one.phase, one.phase),
        before=number(one.before),
        after=number(one.after),
        change=number(one.change),
        side=replace(
            writer.side((*one.people_before, *one.people_after), one.finding_ids), href=href("feeling", one.phase)
        ),
    )
