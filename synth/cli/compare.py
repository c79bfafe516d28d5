"""`synth compare`: two readings of one study, and how far they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from synth.cli.options import db_option, json_option
from synth.cli.terminal import counted, json_text, table

if TYPE_CHECKING:
    from synth.agreement import Agreement
    from synth.pipeline.comparing import Comparison, KindComparison, Place
    from synth.waves import WaveComparison

_EXAMPLES = 3
_MEASURES = ("Agreement %", "AC1", "Alpha")


@click.command()
@click.argument("study")
@click.option(
    "--models", nargs=2, default=None, metavar="A B", help="The names of two models that have read the study."
)
@click.option("--versions", nargs=2, default=None, metavar="A B",
              help="Two versions of the prompt that it was read with; with --models, the version of each.")  # fmt: skip
@click.option("--waves", nargs=2, default=None, metavar="A B", help="Two waves of interviews, the earlier one first.")
@click.option("--persona", default=None, metavar="NAME", help="With --waves: of the people of this persona only.")
@click.option("--out", default="synth-report", metavar="DIR", show_default=True,
              help="With --waves: where the page goes.")  # fmt: skip
@db_option
@json_option
def compare(
    study: str, models: tuple[str, str] | None, versions: tuple[str, str] | None, waves: tuple[str, str] | None,
    persona: str | None, out: str, db_path: str, as_json: bool,
) -> None:  # fmt: skip
    """Compare two readings of a study, or two waves of its interviews, from what is stored.

    --waves: what appeared, vanished or moved, and how feelings shifted, with people counted; a difference is only said
    to hold where chance seldom makes one as large. Writes a page beside the report.

    --models, --versions: by different models or with different prompts.

    Only lines count that both have read. Agreement is given as percent, Gwet's AC1 and Krippendorff's alpha, with the
    share of lines that each reader's findings cite; docs/models.md says how to read them.

    \b
    synth compare "Home energy" --waves 2025-Q4 2026-Q4
    synth compare "Home energy" --models offline openai/NAME
    synth compare "Home energy" --models openai/NAME openai/NAME --versions 5ad2 91c0
    """
    if not models and not versions and not waves:
        raise click.UsageError("Say what to compare: --waves A B, --models A B, or --versions A B.")
    if waves:
        if models or versions:
            raise click.UsageError("Compare either waves or readings, not both at once.")
        _compare_waves(study, waves, persona, out, db_path, as_json)
        return
    from synth.pipeline.comparing import choose_readers, compare_readings
    from synth.store import open_store

    with closing(open_store(db_path, create=False)) as store:
        found = compare_readings(store, store.study(study), choose_readers(models, versions))
    click.echo(json_text(_as_json(found)) if as_json else _page(found))


def _compare_waves(
    study: str, waves: tuple[str, str], persona: str | None, out: str, db_path: str, as_json: bool
) -> None:
    from synth.pipeline.waves import see_waves, write_waves
    from synth.store import open_store

    with closing(open_store(db_path, create=False)) as store:
        seen = see_waves(store, store.study(study), waves, persona)
    if as_json:
        from synth.export.waves import waves_json

        click.echo(json_text(waves_json(seen.results, seen.comparison)))
        return
    path = write_waves(seen, out, persona or "")
    click.echo(_waves_text(seen.comparison))
    click.echo(f"\nPage: {path}")


def _waves_text(found: WaveComparison) -> str:
    first, second = found.waves
    everybody, later = (counted(len(people), "person", "people") for people in found.people)
    heads = ("Phase", first, "people", second, "people", "change", "chance", "")
    rows = [
        (one.phase, _signed(one.before), str(len(one.people_before)), _signed(one.after), str(len(one.people_after)),
         _signed(one.change), "" if one.chance is None else f"{one.chance:.2f}", "holds" if one.holds else "")
        for one in found.feelings
    ]  # fmt: skip
    held = [
        f"{one.change}: {one.label} ({one.what}), {len(one.before)} of {everybody}, then "
        f"{len(one.after)} of {len(found.people[1])}"
        for one in found.presences
        if one.holds
    ]
    unheld = [one for one in found.presences if not one.holds and max(len(one.before), len(one.after)) > 1]
    counts = Counter(one.change for one in unheld)
    unsure = ", ".join(f"{count} {change}" for change, count in counts.most_common())
    parts = [
        f"{first}: {everybody}. {second}: {later}, {len(found.both)} in both.",
        table(heads, rows),
        "\n".join(held) or "No theme, driver or channel differs by more than chance could make.",
    ]
    if unsure:
        parts.append(f"Seen, but chance could have made it: {unsure}. The page lists them with their words.")
    return "\n\n".join(parts)


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.2f}"


# --- For people --------------------------------------------------------------------------------------------------


def _page(found: Comparison) -> str:
    first, second = found.readers
    parts = [
        f"{found.study}\nA: {first}, {found.read[0]:,} lines of participants\n"
        f"B: {second}, {found.read[1]:,} lines of participants\n"
        f"Read by both: {found.lines:,} of these lines, in {counted(found.transcripts, 'interview')}.",
        f"Is a line cited by a finding of this kind?\n{_lines_table(found)}",
        f"Findings (shared: of one kind, lines overlap by at least half of the shorter)\n{_counts_table(found)}",
        f"Labels of shared findings (valence: its sign)\n{_labels_table(found)}",
    ]
    parts += [_examples(one) for one in found.kinds if one.only_a or one.only_b or one.shared]
    parts += _notes(found)
    return "\n\n".join(parts)


def _lines_table(found: Comparison) -> str:
    heads = ("Kind", "Lines", *_MEASURES, "Cited by A %", "Cited by B %")
    rows = [
        (one.kind.value, f"{one.lines.units:,}", *_measures(one.lines), *(_percent(share) for share in one.prevalence))
        for one in found.kinds
    ]
    return table(heads, rows, right=range(1, len(heads)))


def _counts_table(found: Comparison) -> str:
    heads = ("Kind", "A", "B", "Shared", "Only A", "Only B")
    counts = [(one.kind.value, _counts(one)) for one in found.kinds]
    rows = [(kind, *(f"{number:,}" for number in numbers.values())) for kind, numbers in counts]
    return table(heads, rows, right=range(1, len(heads)))


def _labels_table(found: Comparison) -> str:
    heads = ("Kind", "Label", "Compared", *_MEASURES)
    rows = [
        (one.kind.value, label, f"{agreement.units:,}", *_measures(agreement))
        for one in found.kinds
        for label, agreement in one.labels.items()
    ]
    return table(heads, rows, right=range(2, len(heads)))


def _measures(agreement: Agreement) -> tuple[str, ...]:
    percent = "–" if agreement.percent is None else f"{agreement.percent:.1f}"
    return percent, *("–" if value is None else f"{value:.2f}" for value in (agreement.ac1, agreement.alpha))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _counts(one: KindComparison) -> dict[str, int]:
    shared, only_a, only_b = len(one.shared), len(one.only_a), len(one.only_b)
    return {"a": shared + only_a, "b": shared + only_b, "shared": shared, "only_a": only_a, "only_b": only_b}


def _examples(one: KindComparison) -> str:
    unlike = [pair for pair in one.shared if pair.a.about != pair.b.about]
    told = [f"Examples: {one.kind.value}"]
    told += _some("only A", [_where(place) for place in one.only_a])
    told += _some("only B", [_where(place) for place in one.only_b])
    told += _some("shared", [_where(pair.a) for pair in one.shared if pair.a.about == pair.b.about])
    told += _some("unlike", [f"{_where(pair.a)}, B {_where(pair.b, pair.a.transcript)}" for pair in unlike])
    return "\n".join(told)


def _some(what: str, places: Sequence[str]) -> list[str]:
    """A few of the places, from all over the study rather than from its first interview."""
    step = max(1, len(places) // _EXAMPLES)
    return [f"  {what}  {place}" for place in places[::step][:_EXAMPLES]]


def _where(place: Place, same_transcript: str = "") -> str:
    lines = f"line {place.first_line}" if place.first_line == place.last_line else (
        f"lines {place.first_line} to {place.last_line}"
    )  # fmt: skip
    return (
        f"{lines}: {place.about}"
        if place.transcript == same_transcript
        else f"{place.transcript}, {lines}: {place.about}"
    )


def _notes(found: Comparison) -> list[str]:
    notes = []
    outside = tuple(sum(one.outside[reader] for one in found.kinds) for reader in (0, 1))
    if any(outside):
        notes.append(f"On lines that the other has not read, so in no count: {outside[0]} of A, {outside[1]} of B.")
    unknown = sum(one.unknown for one in found.kinds)
    if unknown:
        notes.append(
            f"{unknown} shared findings are not compared in phase and valence: the answer they came from is not stored."
        )
    measured = [agreement for one in found.kinds for agreement in (one.lines, *one.labels.values())]
    if any(agreement.units and agreement.alpha is None for agreement in measured):
        notes.append("Alpha is – where both said the same of everything: without variation it is not defined.")
    return notes


# --- For machines ------------------------------------------------------------------------------------------------


def _as_json(found: Comparison) -> dict[str, Any]:
    return {
        "study": found.study,
        "readings": {
            name: {"model": reader.model, "version": reader.version, "lines": lines}
            for name, reader, lines in zip("ab", found.readers, found.read, strict=True)
        },
        "transcripts": found.transcripts,
        "lines": found.lines,
        "kinds": {one.kind.value: _kind_json(one) for one in found.kinds},
    }


def _kind_json(one: KindComparison) -> dict[str, Any]:
    return {
        "lines": _agreement_json(one.lines)
        | {"prevalence": dict(zip("ab", (_rounded(share) for share in one.prevalence), strict=True))},
        "findings": _counts(one) | {"outside": dict(zip("ab", one.outside, strict=True))},
        "labels": {label: _agreement_json(agreement) for label, agreement in one.labels.items()},
        "labels_unknown": one.unknown,
        "shared": [{"a": asdict(pair.a), "b": asdict(pair.b)} for pair in one.shared],
        "only_a": [asdict(place) for place in one.only_a],
        "only_b": [asdict(place) for place in one.only_b],
    }


def _agreement_json(agreement: Agreement) -> dict[str, Any]:
    return {
        "units": agreement.units,
        "agreed": agreement.agreed,
        "percent": _rounded(agreement.percent),
        "ac1": _rounded(agreement.ac1),
        "alpha": _rounded(agreement.alpha),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
