"""`synth compare`: two readings of one study, and how far they agree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from synth.cli.options import db_option, json_option
from synth.cli.terminal import table

if TYPE_CHECKING:
    from synth.agreement import Agreement
    from synth.pipeline.comparing import Comparison, KindComparison, Place

_EXAMPLES = 3
_MEASURES = ("Agreement %", "AC1", "Alpha")


@click.command()
@click.argument("study")
@click.option(
    "--models", nargs=2, default=None, metavar="A B", help="The names of two models that have read the study."
)
@click.option("--versions", nargs=2, default=None, metavar="A B",
              help="Two versions of the prompt that it was read with; with --models, the version of each.")  # fmt: skip
@db_option
@json_option
def compare(
    study: str, models: tuple[str, str] | None, versions: tuple[str, str] | None, db_path: str, as_json: bool
) -> None:
    """Compare two readings of a study, by different models or with different prompts, from what is stored.

    Only lines count that both have read. Agreement is given as percent, Gwet's AC1 and Krippendorff's alpha, with the
    share of lines that each reader's findings cite; docs/models.md says how to read them.

    \b
    synth compare "Home energy" --models offline openai/NAME
    synth compare "Home energy" --models openai/NAME openai/NAME --versions 5ad2 91c0
    """
    if not models and not versions:
        raise click.UsageError("Say which two readings to compare: --models A B, or --versions A B.")
    from synth.pipeline.comparing import choose_readers, compare_readings
    from synth.store import open_store

    store = open_store(db_path, create=False)
    try:
        found = compare_readings(store, store.study(study), choose_readers(models, versions))
    finally:
        store.close()
    click.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=1) if as_json else _page(found))


# --- For people --------------------------------------------------------------------------------------------------


def _page(found: Comparison) -> str:
    first, second = found.readers
    interviews = "interview" if found.transcripts == 1 else "interviews"
    parts = [
        f"{found.study}\nA: {first}, {found.read[0]:,} lines of participants\n"
        f"B: {second}, {found.read[1]:,} lines of participants\n"
        f"Read by both: {found.lines:,} of these lines, in {found.transcripts} {interviews}.",
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
