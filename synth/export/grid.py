"""A journey map as a grid: what stands in each cell, and the drawings that run over all phases (look.md 2 and 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from synth.domain import MAP_LANES, ChannelSwitch, Claim, JourneyMap, Kind, PathStep, Persona, PhaseColumn
from synth.export.claims import ClaimView, ClaimWriter, Link, Side
from synth.export.drawings.channels import ChannelWords, channel_rows, draw_channels
from synth.export.drawings.feeling import draw_emblem, draw_feeling, draw_strip, has_mean, hue
from synth.export.drawings.path import PathWords, draw_path, kind_of_step
from synth.export.interface import Interface
from synth.export.plan import Improvement, PlanRow, consistency, improvements, plan_rows
from synth.export.sheet import QuoteView, channel_name, quote_view
from synth.measured import ContentScore, disagreements, load_events
from synth.results import State

MOST_CHANNELS = 9
"""Rows of channels that are drawn; those of fewer people stand in the table."""
_WIDTHS = {1: 420, 2: 420, 3: 360, 4: 300, 5: 248, 6: 208, 7: 180}
_WITHIN_OTHERS = ("title", "question", "wow")
"""Lanes without a row of their own: heads, questions beside frictions, and a wow beside the moments that matter."""
_NARROWEST = 158
"""The least that carries Dutch words; look.md 2."""


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One phase."""

    column: PhaseColumn
    place: int
    anchor: str
    name: str
    title: str
    """The framework's phase in the person's voice; the title claim, where there is one, stands in its place."""
    lanes: dict[str, tuple[ClaimView, ...]]
    """Every lane of `MAP_LANES`, empty ones too."""
    empty_lanes: int
    feeling_word: str
    """'relieved'; empty where nobody said how it felt."""
    feeling_mean: str
    """'+1.4'; empty below three people."""
    feeling_hue: str
    feeling: Side
    strip: Markup
    channels: tuple[tuple[str, tuple[str, ...]], ...]
    """Channels in words with their people, most first."""
    contact: Side
    switches: tuple[SwitchView, ...]
    """Moves to another channel that begin here."""
    steps: tuple[StepView, ...]
    """Who goes on elsewhere than to the next phase: skips one, goes back, or goes round again."""
    repeats: tuple[tuple[str, tuple[str, ...]], ...]
    """Channels in words with those who had to come back for the same matter."""
    quotes: tuple[QuoteView, ...]
    talks: Mapping[str, CellTalk]
    """By lane: where a comment on the cell is read and written; empty in a report."""
    measured: ContentScore | None
    """What was measured in this phase; None where nothing was imported for it."""
    events: tuple[str, ...]
    """'1,400 clicks', most first."""
    disagrees: bool
    """What was measured and what people felt go different ways."""


@dataclass(frozen=True, slots=True)
class SwitchView:
    """A move between channels, in words."""

    from_: str
    """With its phase, as `to`: 'Phone (use)'."""
    to: str
    short: str
    """'Phone → E-mail', without phases."""
    people: int
    lost: int
    links: tuple[Link, ...]
    anchor: str
    number: int
    """Its place among the moves of the map."""
    side: Side


@dataclass(frozen=True, slots=True)
class CellTalk:
    """What reviewers say about a cell."""

    href: str
    open: int
    """Comments that are not resolved."""


@dataclass(frozen=True, slots=True)
class StepView:
    """Some people's way from a phase to another than the next, in words."""

    text: str
    """'2 go back to Orientation'."""
    people: tuple[str, ...]
    anchor: str
    to_phase: str
    side: Side


@dataclass(frozen=True, slots=True)
class MapView:
    """One persona's journey map."""

    journey: JourneyMap
    persona: Persona
    place: int
    anchor: str
    sheet_anchor: str
    people: tuple[str, ...]
    everyone: int
    columns: tuple[ColumnView, ...]
    column_class: str
    """'w158' and so on: the width of a phase, a class of the style sheet."""
    feeling: Markup
    path: Markup
    channels: Markup
    channel_names: tuple[str, ...]
    more_channels: tuple[str, ...]
    emblem: Markup
    """The curve in small, without words."""
    compared: Markup
    """The curve as wide as the page, to stand above another persona's."""
    states: dict[str, int]
    claims: int
    steps: tuple[tuple[str, str, tuple[str, ...]], ...]
    """From, to, people: the whole path, for the table."""
    switches: tuple[SwitchView, ...]
    unplaced: dict[str, tuple[Link, ...]]
    """By kind, in the order of kinds: what these people said that is in no phase; empty where all is placed."""
    improvements: tuple[Improvement, ...]
    plan: tuple[PlanRow, ...]
    consistency: str
    """Who said that channels contradict each other, in one sentence."""
    extremes: tuple[tuple[str, str, str], ...]
    """Peak, low and end: the word, the phase's name, the mean."""


def build_map(
    journey: JourneyMap, persona: Persona, place: int, anchors: tuple[str, str], writer: ClaimWriter
) -> MapView:
    """One map.

    Args:
        anchors: of the sheet and of its map.
    """
    results, words = writer.results, writer.words
    width = column_width(len(journey.phases))
    rows = channel_rows(journey)
    drawn, rest = rows[:MOST_CHANNELS], rows[MOST_CHANNELS:]
    claims = [claim for column in journey.phases for claim in column.claims]
    states: dict[str, int] = {}
    for claim in claims:
        state = str(results.state(claim.id))
        states[state] = states.get(state, 0) + 1
    roles = {role: words(f"map.{role}") for role in ("peak", "low", "end", "one")} | {"and": words("and")}
    columns = tuple(
        _column(journey, column, number, persona, anchors[1], writer)
        for number, column in enumerate(journey.phases, start=1)
    )
    names = {column.column.phase: column.name for column in columns}
    return MapView(
        journey=journey,
        persona=persona,
        place=place,
        anchor=anchors[1],
        sheet_anchor=anchors[0],
        people=writer.slots(persona.participant_ids),
        everyone=len(results.participants),
        columns=columns,
        column_class=f"w{width}",
        feeling=writer.drawn(
            f"{anchors[1]}-band", journey, lambda: draw_feeling(journey, width, f"{anchors[1]}-band", roles)
        ),
        path=draw_path(
            journey,
            width,
            PathWords(
                skip=partial(words.count, "map.skip"),
                back=partial(words.count, "map.back"),
                again=partial(words.count, "map.again"),
                enter=partial(words.count, "map.enter"),
                href=lambda step: f"#{_step_anchor(journey, step, anchors[1])}-w",
            ),
            _loop(writer),
        ),
        channels=draw_channels(
            journey, width, [key for key, _ in drawn], _channel_words(journey, columns, anchors[1], writer)
        )
        if drawn
        else Markup(),
        channel_names=tuple(channel_name(results, key, writer) for key, _ in drawn),
        more_channels=tuple(channel_name(results, key, writer) for key, _ in rest),
        emblem=draw_emblem(journey, {}, width=len(journey.phases) * 44, height=56),
        compared=writer.drawn("compared", journey, lambda: draw_emblem(journey, {}, width=1150, height=104, dots=True)),
        states=states,
        claims=len(claims),
        steps=tuple(
            (phase_name(writer, step.from_phase), phase_name(writer, step.to_phase), writer.slots(step.participant_ids))
            for step in sorted(journey.path, key=lambda step: -len(step.participant_ids))
        ),
        switches=tuple(sorted((one for column in columns for one in column.switches), key=lambda one: one.number)),
        unplaced=_unplaced(journey, writer),
        improvements=improvements(
            {one.column.phase: (*one.lanes["friction"], *one.lanes["question"]) for one in columns}, names
        ),
        plan=plan_rows(journey, {one.column.phase: one.lanes["idea"] for one in columns}, names, writer),
        consistency=consistency(journey, writer),
        extremes=tuple(_extremes(journey, writer)),
    )


def column_width(phases: int) -> int:
    """Pixels a phase, so that seven or eight phases stand on a screen of 1440 without scrolling sideways."""
    return _WIDTHS.get(phases, _NARROWEST)


def phase_name(writer: ClaimWriter, key: str | None) -> str:
    """A phase in words; the words for 'no phase' for None."""
    if key is None:
        return writer.words("no_phase")
    names = {phase.key: phase.name(writer.words.language) for phase in writer.results.framework.phases}
    return names.get(key, key)


def shown_mean(column: PhaseColumn, words: Interface) -> tuple[str, str]:
    """How a phase felt, as '+1.4', and its hue; empty and flat where too few said so."""
    if not has_mean(column):
        return "", "flat"
    return words.decimal(column.mean or 0.0, signed=True), hue(column.mean or 0.0)


def emotion_name(writer: ClaimWriter, key: str | None) -> str:
    """An emotion in words, in lower case; empty for None."""
    names = {emotion.key: emotion.name(writer.words.language) for emotion in writer.results.framework.emotions}
    return names.get(key or "", key or "").lower()


def _column(
    journey: JourneyMap, column: PhaseColumn, number: int, persona: Persona, map_: str, writer: ClaimWriter
) -> ColumnView:
    results, words = writer.results, writer.words
    titles = {phase.key: phase.title(words.language) for phase in results.framework.phases}
    shown = [claim for claim in column.claims if results.state(claim.id) is not State.REJECTED]
    lanes = {lane: tuple(_lane(shown, lane, persona, writer)) for lane in MAP_LANES}
    # A sentence in a lane that this version does not know is shown with what they do, rather than not at all.
    others = [claim for claim in shown if claim.section not in MAP_LANES]
    lanes["doing"] += tuple(writer.claim(claim, persona.participant_ids) for claim in others)
    values = [feeling.valence for feeling in column.feelings]
    mean, mean_hue = shown_mean(column, words)
    used = [(channel, people) for channel, people in column.channels.items() if people]
    used.sort(key=lambda pair: (-len(pair[1]), pair[0]))
    score = next((one for one in results.scores if one.phase == column.phase and one.channel is None), None)
    felt = [finding for feeling in column.feelings for finding in feeling.finding_ids]
    contact = [finding for channel, _ in used for finding in column.channel_finding_ids.get(channel, ())]
    return ColumnView(
        column=column,
        place=number,
        anchor=f"{map_}-{number}",
        name=phase_name(writer, column.phase),
        title=titles.get(column.phase, ""),
        lanes=lanes,
        empty_lanes=sum(not lanes[lane] for lane in MAP_LANES if lane not in _WITHIN_OTHERS),
        feeling_word=emotion_name(writer, column.emotion) if values else "",
        feeling_mean=mean,
        feeling_hue=mean_hue,
        feeling=writer.side([feeling.participant_id for feeling in column.feelings], felt),
        strip=draw_strip(values, column.mean, column.spread) if values else Markup(),
        channels=tuple((channel_name(results, channel, writer), writer.slots(people)) for channel, people in used),
        contact=writer.side([person for _, people in used for person in people], contact),
        switches=tuple(
            _switch(journey, one, map_, writer) for one in journey.switches if one.from_phase == column.phase
        ),
        steps=tuple(_steps(journey, column.phase, map_, writer)),
        repeats=tuple((channel_name(results, key, writer), writer.slots(who)) for key, who in column.repeats.items()),
        quotes=tuple(quote for quote in (quote_view(one, writer) for one in column.quotes) if quote is not None),
        talks={},
        measured=score,
        events=_events(score, words),
        disagrees=score is not None and bool(disagreements([score], [column])),
    )


def _events(score: ContentScore | None, words: Interface) -> tuple[str, ...]:
    names = {event.key: event.name(words.language) for event in load_events()}
    counts = sorted(score.counts.items(), key=lambda pair: -pair[1]) if score else []
    return tuple(f"{words.whole(count)} {names[event]}" for event, count in counts)


def _lane(claims: Sequence[Claim], lane: str, persona: Persona, writer: ClaimWriter) -> list[ClaimView]:
    views = []
    for claim in (claim for claim in claims if claim.section == lane):
        tag = ""
        if lane == "friction" and claim.key:
            tag = writer.words.known("friction", claim.key)
        elif lane in ("question", "wow"):
            tag = writer.words(f"map.{lane}_tag")
        elif lane == "moment" and claim.key in ("peak", "low", "end"):
            tag = writer.words(f"map.{claim.key}").capitalize()
        label = channel_name(writer.results, claim.key, writer) if lane == "touchpoint" and claim.key else ""
        views.append(writer.claim(claim, persona.participant_ids, tag=tag, label=label))
    return views


def step_finding_ids(journey: JourneyMap, step: PathStep) -> tuple[str, ...]:
    """What anybody felt and where anybody had contact in both phases of a step; whose it is, the finding says."""
    return tuple(
        finding
        for column in journey.phases
        if column.phase in (step.from_phase, step.to_phase)
        for finding in (
            *(one for feeling in column.feelings for one in feeling.finding_ids),
            *(one for found in column.channel_finding_ids.values() for one in found),
        )
    )


def _switch(journey: JourneyMap, switch: ChannelSwitch, map_: str, writer: ClaimWriter) -> SwitchView:
    first, second = (channel_name(writer.results, key, writer) for key in (switch.from_channel, switch.to_channel))
    again = switch.from_channel == switch.to_channel  # they had to start again on the same channel
    second = writer.words("map.once_more", channel=second) if again else second
    side = writer.side(switch.participant_ids, switch.finding_ids)
    links = [Link(f"{view.passage.participant_id}: {view.where}", view.href) for view in side.shown]
    return SwitchView(
        from_=f"{first} ({phase_name(writer, switch.from_phase).lower()})",
        to=f"{second} ({phase_name(writer, switch.to_phase).lower()})",
        short=second if again else f"{first} → {second}",
        people=len(switch.participant_ids),
        lost=len(switch.lost_participant_ids),
        links=(*links, *side.more),
        anchor=_switch_anchor(journey, switch, map_),
        number=journey.switches.index(switch),
        side=side,
    )


def _switch_anchor(journey: JourneyMap, switch: ChannelSwitch, map_: str) -> str:
    return f"{map_}-move-{journey.switches.index(switch) + 1}"


def _steps(journey: JourneyMap, phase: str, map_: str, writer: ClaimWriter) -> Iterator[StepView]:
    phases, known = [column.phase for column in journey.phases], writer.results.findings_by_id
    for step in sorted(journey.path, key=lambda step: -len(step.participant_ids)):
        kind = kind_of_step(step, phases, _loop(writer))
        if step.from_phase == phase and kind in ("skip", "back", "again"):
            people = set(step.participant_ids)
            ids = [
                one for one in step_finding_ids(journey, step) if one in known and known[one].participant_id in people
            ]
            to = phase_name(writer, step.to_phase)
            yield StepView(
                writer.words.count(f"map.step.{kind}", len(people), phase=to),
                writer.slots(step.participant_ids),
                _step_anchor(journey, step, map_),
                step.to_phase,
                writer.side(step.participant_ids, ids),
            )


def _step_anchor(journey: JourneyMap, step: PathStep, map_: str) -> str:
    return f"{map_}-step-{journey.path.index(step) + 1}"


def _loop(writer: ClaimWriter) -> list[str]:
    """The phases of the loyalty loop."""
    return [phase.key for phase in writer.results.framework.phases if phase.loop]


def _channel_words(journey: JourneyMap, columns: Sequence[ColumnView], map_: str, writer: ClaimWriter) -> ChannelWords:
    """What the parts of the drawing say when somebody points at them, and where they lead."""
    by_phase = {one.column.phase: one for one in columns}
    moves = {one.anchor: one for column in columns for one in column.switches}

    def move(switch: ChannelSwitch) -> str:
        view = moves[_switch_anchor(journey, switch, map_)]
        lost = f", \N{MULTIPLICATION SIGN} {view.lost}" if view.lost else ""
        return f"{view.short}: {view.people}{lost}"

    def use(phase: str, channel: str) -> str:
        column = by_phase[phase].column
        name, again = channel_name(writer.results, channel, writer), len(column.repeats.get(channel, ()))
        said = f"{by_phase[phase].name}: {name} {len(column.channels[channel])}"
        return f"{said}. {writer.words.count('map.came_back', again, channel=name)}" if again else said

    return ChannelWords(
        move=move,
        move_href=lambda switch: f"#{_switch_anchor(journey, switch, map_)}-w",
        use=use,
        use_href=lambda phase: f"#{by_phase[phase].anchor}-contact-w",
    )


def _unplaced(journey: JourneyMap, writer: ClaimWriter) -> dict[str, tuple[Link, ...]]:
    links: dict[str, list[Link]] = {kind.value: [] for kind in Kind}
    for finding_id in journey.unplaced_finding_ids:
        finding = writer.results.finding(finding_id)
        transcript = writer.results.transcript(finding.evidence.transcript_id)
        href = writer.line_href(transcript, finding.evidence.first_line)
        links[finding.kind.value].append(Link(f"{finding.participant_id}: {finding.label}", href))
    return {kind: tuple(found) for kind, found in links.items() if found}


def _extremes(journey: JourneyMap, writer: ClaimWriter) -> list[tuple[str, str, str]]:
    means = {column.phase: column for column in journey.phases}
    found = []
    for role in ("peak", "low", "end"):
        phase = getattr(journey, role)
        if phase in means:
            mean, _ = shown_mean(means[phase], writer.words)
            found.append((writer.words(f"map.{role}"), phase_name(writer, phase), mean))
    return found
