"""The drafts as Markdown: a document to read, mail or paste, with the first words behind every sentence.

Words of participants are quoted and escaped, so that nothing in an interview becomes a heading, a link or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from synth.built_in import is_built_in
from synth.domain import PERSONA_SECTIONS, Claim, JourneyMap, Persona, PhaseColumn, fold_space
from synth.export.claims import Anchors, ClaimWriter
from synth.export.evidence import Passage, make_passages
from synth.export.grid import ColumnView, MapView, build_map
from synth.export.interface import Interface, clock
from synth.export.page import group_refusals
from synth.export.sheet import QUESTIONS, SheetView, build_sheet
from synth.export.trust import saturation_sentence
from synth.results import Results, State

PASSAGES = 3
"""Passages shown under a sentence; the number of people says how many there are, the JSON has all."""
NOTHING = "\N{EN DASH}"
_SECTIONS = tuple(section for section in PERSONA_SECTIONS if section != "essence")
_LANES = ("doing", "touchpoint", "need", "friction", "question", "moment", "wow", "idea")


def export_markdown(results: Results) -> dict[str, bytes]:
    """One document."""
    document = _Document(results)
    return {"report.md": document.text().encode("utf-8")}


def escape_markdown(text: str) -> str:
    """Words that stay words: every sign that Markdown or HTML reads is escaped, white space is folded."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~!&$])", r"\\\1", fold_space(text))
    # A list, a rule or a heading can begin a line without any of these.
    return re.sub(r"^(\d+)([.)])|^([-+=:])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)


class _Document:
    def __init__(self, results: Results) -> None:
        self.results, self.w = results, Interface(results.language)
        self.writer = ClaimWriter(results, self.w, Anchors())
        self.lines: list[str] = []

    def text(self) -> str:
        self._opening()
        journeys = {journey.persona_id: journey for journey in self.results.draft.maps}
        for place, persona in enumerate(self.results.draft.personas, start=1):
            journey = journeys.get(persona.id)
            sheet = build_sheet(persona, place, journey, (f"persona-{place}", f"map-{place}"), self.writer)
            self._persona(persona, sheet)
            if journey:
                view = build_map(journey, persona, place, (f"persona-{place}", f"map-{place}"), self.writer)
                self._map(journey, view)
        self._trust()
        self._left_out()
        self._method()
        return "\n".join(self.lines).strip() + "\n"

    def add(self, *lines: str) -> None:
        self.lines += lines

    def _opening(self) -> None:
        r, w = self.results, self.w
        built_in = is_built_in(r.provenance.model)
        reader = w("reader.built_in") if built_in else r.provenance.model
        self.add(f"# {escape_markdown(r.study)}", "", "<!-- Synth -->", "")
        if r.subject and r.subject != r.study:
            self.add(escape_markdown(r.subject), "")
        self.add(
            f"{w('overview.over', date=w.date(r.provenance.drafted_utc))}. "
            f"{w('reader.title', reader=escape_markdown(reader))}. "
            f"{w.count('people', len(r.participants))}, {w('facts.interviews').lower()}: {len(r.transcripts)}, "
            f"{w('facts.findings').lower()}: {len(r.findings)}.",
            "",
        )
        if r.provenance.quality:
            self.add(f"> {escape_markdown(r.provenance.quality)}", "")
        note = "reader.built_in_note" if built_in else "reader.model_note"
        self.add(f"> {w(note, model=escape_markdown(r.provenance.model))}", "")
        if not r.draft.personas:
            self.add(f"## {w('overview.no_personas')}", "", w("overview.no_personas_why"), "")

    def _persona(self, persona: Persona, sheet: SheetView) -> None:
        w = self.w
        self.add(f"## {w('persona_n', n=sheet.place)}: {escape_markdown(persona.name)}", "")
        people = ", ".join(map(escape_markdown, sheet.people))
        self.add(f"{w.count('n_of_people', sheet.everyone, some=w.whole(len(sheet.people)))}: {people}", "")
        for view in sheet.sections["essence"]:
            self._claim(view.claim)
        if sheet.hero:
            self.add(f"> “{escape_markdown(sheet.hero.text)}”  ", f"> {self._source(sheet.hero.source.passage)}", "")
        for section in _SECTIONS:
            views = sheet.sections[section]
            if not views and section != "driver":
                continue
            self.add(f"### {w(f'section.{section}')}", "")
            for view in views:
                label = view.label or (w(f"question.{view.claim.key}") if view.claim.key in QUESTIONS else "")
                self._claim(view.claim, label)
            if not views:
                self.add(w("driver_unsure" if sheet.unsure else "nothing_heard"), "")
        self.add(f"### {w('section.unknown')}", "")
        silent = [w("nothing_heard_under", sections=" · ".join(sheet.silent))] if sheet.silent else []
        unknown = [f"- {escape_markdown(sentence)}" for sentence in (*silent, *persona.unknowns)]
        self.add(*unknown or [w("unknown_none")], "")

    def _trust(self) -> None:
        r, w = self.results, self.w
        self.add(f"## {w('trust.title')}", "")
        if r.draft.grouping:
            self.add(escape_markdown(r.draft.grouping.criterion), "")
            firm = [f"{escape_markdown(one.name)}: {w.share(one.stability)}" for one in r.draft.personas
                    if one.stability is not None]  # fmt: skip
            if firm:
                self.add(f"{w('trust.stable_note')} {'; '.join(firm)}.", "")
        self.add(saturation_sentence(r.saturation, w), "")

    def _map(self, journey: JourneyMap, view: MapView) -> None:
        w = self.w
        self.add(f"## {escape_markdown(journey.title)}", "")
        if journey.reading:
            self.add(f"**{escape_markdown(journey.reading)}**", "")
        head = [w("map.phase"), w("map.feeling"), w("map.mean"), w("map.people"), w("map.channels")]
        rows = [
            [
                f"{column.place} {column.name}",
                column.feeling_word or w("nobody_felt_short"),
                column.feeling_mean or NOTHING,
                w("n_of", n=len(column.feeling.people), total=len(view.people)),
                ", ".join(f"{name} {len(people)}" for name, people in column.channels),
            ]
            for column in view.columns
        ]
        self._table(head, rows)
        lanes = [w(f"lane.{lane}") for lane in _LANES]
        self._table(
            [w("map.phase"), *lanes],
            [
                [f"{column.place} {column.name}", *(self._cell(column, lane) for lane in _LANES)]
                for column in view.columns
            ],
        )
        for column in view.columns:
            self._phase(column.column, column)
        if view.improvements:
            self.add(f"### {w('better.title')}", "", view.consistency, "")
            self.add(
                *[
                    f"1. {escape_markdown(one.view.claim.text)} ({one.phase}, {one.people})"
                    for one in view.improvements
                ],
                "",
            )
        if view.plan:
            self.add(f"### {w('plan.title')}", "", w("plan.note"), "")
            columns = ("need", "idea", "channel", "call", "kpi", "effort", "medium")
            self._table(
                [w("map.phase"), *(w(f"plan.{column}") for column in columns)],
                [
                    [row.phase, *map(escape_markdown, (row.need or NOTHING, row.idea.claim.text, row.channel,
                     row.call_to_action, row.kpi, row.effort, row.medium_why))]
                    for row in view.plan
                ],
            )  # fmt: skip
        if view.switches:
            self.add(f"### {w('map.table_switches')}", "")
            self._table(
                [w("map.from"), w("map.to"), w("map.people"), w("map.lost")],
                [[switch.from_, switch.to, str(switch.people), str(switch.lost)] for switch in view.switches],
            )

    def _phase(self, column: PhaseColumn, view: ColumnView) -> None:
        title = view.lanes["title"][0].claim.text if view.lanes["title"] else view.title
        self.add(f"### {view.place} {view.name}: {escape_markdown(title)}", "")
        shown = [claim for claim in column.claims if self.results.state(claim.id) is not State.REJECTED]
        for claim in shown:
            if claim.section != "title":
                self._claim(claim, self.w.known("lane", claim.section))
        for quote in view.quotes[:1]:
            self.add(f"> “{escape_markdown(quote.text)}”  ", f"> {self._source(quote.source.passage)}", "")
        if not shown:
            self.add(self.w("nothing_heard"), "")

    def _cell(self, column: ColumnView, lane: str) -> str:
        texts = []
        for view in column.lanes[lane]:
            tag = f"**{view.tag}.** " if view.tag else ""
            texts.append(f"{tag}{escape_markdown(view.claim.text)} ({len(view.pro.people)})")
        return "<br>".join(texts) or NOTHING

    def _claim(self, claim: Claim, label: str = "") -> None:
        """A sentence with its counts, then words for it and against it."""
        w = self.w
        counts = w.count("people", len(claim.participant_ids))
        if claim.contested and not claim.against_participant_ids:
            counts += f", {w('contested').lower()}"
        if claim.against_participant_ids:
            counts += f", {w.count('n_against', len(claim.against_participant_ids))}"
        state = self.results.state(claim.id)
        mark = "" if state is State.PROPOSED else f", {w(f'state.{state.value}')}"
        idea = f"{w('idea')}. " if claim.idea else ""
        front = f"**{escape_markdown(label)}**: " if label else ""
        self.add(f"- {front}{idea}{escape_markdown(claim.text)} *({counts}{mark})*")
        self._words(claim.finding_ids, "")
        self._words(claim.against_finding_ids, f"{w('against')}: ")
        if claim.critique:
            self.add(f"  - {w('critic_says')} {escape_markdown(claim.critique)}")
        if not claim.finding_ids:
            self.add(f"  - {w('written_by_person')}")
        self.add("")

    def _words(self, finding_ids: Sequence[str], front: str) -> None:
        # One passage for each of the first people says more than three of the same person.
        firsts: dict[str, Passage] = {}
        for passage in make_passages(self.results, finding_ids, around=0):
            firsts.setdefault(passage.participant_id, passage)
        for passage in list(firsts.values())[:PASSAGES]:
            text = " … ".join(escape_markdown(line.text) for line in passage.lines if line.cited)
            self.add(f"  - {front}“{text}” {self._source(passage)}")

    def _source(self, passage: Passage) -> str:
        where = self.w.count("lines", len(passage.cited), runs=passage.runs)
        time = f", {clock(passage.start_seconds)}" if passage.start_seconds is not None else ""
        return f"{escape_markdown(passage.participant_id)}, {escape_markdown(passage.transcript.name)}, {where}{time}"

    def _left_out(self) -> None:
        r, w = self.results, self.w
        self.add(f"## {w('left.title')}", "")
        unassigned = [
            f"**{escape_markdown(one.participant_id)}**: {escape_markdown(one.why)}" for one in r.draft.unassigned
        ]
        failures = [
            f"**{escape_markdown(w.told(one.name))}**: {escape_markdown(w.told(one.why))}" for one in r.failures
        ]
        groups = group_refusals(r.refusals, w)
        refused = [f"{group.count}: {escape_markdown(group.why)} ({group.kinds})" for group in groups]
        for key, items in (("unassigned", unassigned), ("failures", failures), ("refused", refused)):
            self.add(f"### {w(f'left.{key}')}", "")
            self.add(*([f"- {item}" for item in items] or [w(f"left.{key}_none")]), "")
        unplaced = sum(finding.phase is None for finding in r.findings)
        self.add(f"### {w('left.unplaced')}", "", f"{unplaced}. {w('left.unplaced_note')}", "")
        self.add(f"### {w('facts.cited')}", "")
        rows = []
        for one in r.coverage:
            name = escape_markdown(r.transcript(one.transcript_id).name)
            rows.append([escape_markdown(one.participant_id), name, w.share(one.share), str(len(one.uncited_turns))])
        head = ("people_table.person", "people_table.interview", "people_table.cited", "left.uncited")
        self._table([w(key) for key in head], rows)

    def _method(self) -> None:
        w = self.w
        self.add(f"## {w('method.title')}", "")
        for key in ("how_1", "how_2", "how_3", "how_4", "limit_draft", "limit_mean"):
            self.add(w(f"method.{key}"), "")
        self.add(w.count("method.limit_people", len(self.results.participants)), "")

    def _table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        self.add(f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}")
        self.add(*[f"| {' | '.join(row)} |" for row in rows], "")
