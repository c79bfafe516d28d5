"""`synth calls`: every model call of a study, what it cost, and any of them whole."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from synth.cli.options import db_option, json_option
from synth.cli.terminal import json_text, shorten, table

if TYPE_CHECKING:
    from synth.pipeline.calls import SeenCall
    from synth.store import Store, Study
    from synth.store.batching import Batch
    from synth.store.calls import StoredCall, TaskSum

_KEY_SHOWN = 8
_COLUMNS = ("Time (UTC)", "Key", "Task", "Model", "In", "Cached", "Out", "Cost $", "Seconds", "State")
_NUMBERS = range(4, 9)


@click.command()
@click.argument("study")
@click.argument("key", required=False)
@click.option(
    "--cancel-batch", default=None, metavar="ID", help="Ask the provider to stop a batch of `synth run --batch`."
)
@db_option
@json_option
def calls(study: str, key: str | None, cancel_batch: str | None, db_path: str, as_json: bool) -> None:
    """List the model calls that a study used with their sum by task, or show one whole.

    KEY is the beginning of a call's key. A call is shown with its prompt and its reply, which hold what people said.

    \b
    synth calls "Home energy"
    synth calls "Home energy" 3f9a
    synth calls "Home energy" --cancel-batch batch_abc
    """
    from synth.pipeline.calls import look_at_call
    from synth.store import open_store

    with closing(open_store(db_path, create=False)) as store:
        found = store.study(study)
        if cancel_batch is not None:
            click.echo(_cancelled(store, found, cancel_batch))
            return
        if key is not None:
            seen = look_at_call(store, found, key)
            click.echo(json_text(_seen_json(seen)) if as_json else _seen_page(seen))
            return
        used, sums, unnoted = store.study_calls(found), store.call_sums(found), store.unnoted_calls()
        batches = store.batches(found)
    if as_json:
        shown = {
            "study": found.name,
            "calls": [_call_json(call) for call in used],
            "by_task": [_sum_json(one) for one in sums],
            "of_no_study": [_call_json(call) for call in unnoted],
            "batches": [asdict(batch) for batch in batches],
        }
        click.echo(json_text(shown))
        return
    click.echo(_list_page(found.name, used, sums, unnoted, batches))


def _cancelled(store: Store, study: Study, batch_id: str) -> str:
    import asyncio

    from synth.pipeline.batching import cancel_batch

    return asyncio.run(cancel_batch(store, study, batch_id))


# --- The list ----------------------------------------------------------------------------------------------------


def _list_page(
    study: str,
    used: Sequence[StoredCall],
    sums: Sequence[TaskSum],
    unnoted: Sequence[StoredCall],
    batches: Sequence[Batch],
) -> str:
    parts = [_calls_table(used) if used else f"Study '{study}' used no call yet."]
    if sums:
        parts.append(f"By task\n{_sums_table(sums)}")
        if any(one.unknown_costs for one in sums):
            parts.append("A cost with '+ ?' lacks calls whose price is unknown.")
    if unnoted:
        parts.append(
            "Answers in this database that no study has used (they could not be used, or the run ended first)\n"
            + _calls_table(unnoted)
        )
    if batches:
        parts.append(f"Batches\n{_batches_table(batches)}")
    return "\n\n".join(parts)


def _batches_table(batches: Sequence[Batch]) -> str:
    heads = ("Handed in (UTC)", "Batch", "Model", "Requests", "Answered", "Failed", "State")
    rows = [
        (
            batch.submitted_utc.replace("T", " ").rstrip("Z"), batch.id, shorten(batch.model, 32),
            f"{batch.requests:,}", f"{batch.answered:,}", f"{batch.failed:,}",
            "under way" if batch.state == "submitted" else batch.state + (f": {batch.why}" if batch.why else ""),
        )
        for batch in batches
    ]  # fmt: skip
    return table(heads, rows, right=range(3, 6))


def _calls_table(shown: Sequence[StoredCall]) -> str:
    rows = [
        (
            call.answered_utc.replace("T", " ").rstrip("Z"), call.key[:_KEY_SHOWN], call.task, shorten(call.model, 32),
            f"{call.input_tokens:,}", f"{call.cached_tokens:,}", f"{call.output_tokens:,}",
            "?" if call.cost_usd is None else f"{call.cost_usd:.4f}", f"{call.seconds:.1f}",
            _state_words(call),
        )
        for call in shown
    ]  # fmt: skip
    return table(_COLUMNS, rows, right=_NUMBERS)


def _sums_table(sums: Sequence[TaskSum]) -> str:
    heads = ("Task", "Calls", "Set aside", "In", "Cached", "Out", "Cost $", "Seconds")
    rows = [_sum_cells(one.task, [one]) for one in sums]
    if len(sums) > 1:
        rows.append(_sum_cells("all", sums))
    return table(heads, rows, right=range(1, len(heads)))


def _sum_cells(name: str, sums: Sequence[TaskSum]) -> list[str]:
    counts = [
        sum(getattr(one, field) for one in sums)
        for field in ("calls", "set_aside", "input_tokens", "cached_tokens", "output_tokens")
    ]
    unknown = " + ?" if any(one.unknown_costs for one in sums) else ""
    cost = f"{sum(one.cost_usd for one in sums):.4f}{unknown}"
    return [name, *(f"{count:,}" for count in counts), cost, f"{sum(one.seconds for one in sums):.1f}"]


def _state(call: StoredCall) -> str:
    if call.set_aside is not None:
        return "set aside"
    return "asked again" if call.asked_again else "used"


def _state_words(call: StoredCall) -> str:
    words = _state(call)
    notes = [word for word, is_so in (("second try", call.second_try), ("cut off", call.cut_off)) if is_so]
    words += f" ({', '.join(notes)})" if notes else ""
    return words if call.set_aside is None else shorten(f"{words}: {call.set_aside}", 120)


# --- One call ----------------------------------------------------------------------------------------------------


def _seen_page(seen: SeenCall) -> str:
    call = seen.whole.call
    cost = "unknown" if call.cost_usd is None else f"${call.cost_usd:.6f}"
    about = [
        f"Key       {call.key}",
        f"Task      {call.task}, prompt version {call.prompt_version}",
        f"Model     {call.model}",
        f"Answered  {call.answered_utc} after {call.seconds:.1f} s",
        f"Tokens    {call.input_tokens:,} in ({call.cached_tokens:,} of them cached), {call.output_tokens:,} out",
        f"Cost      {cost}",
        f"State     {_state_words(call)}",
        f"Words of  {', '.join(seen.whole.participant_ids) or 'nobody that is noted'}",
    ]
    sent = seen.whole.prompt or "(Nothing is sent to the built-in reader.)"
    parts = ["\n".join(about), f"--- Prompt ---\n{_printable(sent)}"]
    if call.second_try:
        said = seen.complaint or "(The first reply is not stored any more, so the complaint cannot be told.)"
        parts.append(f"--- Complaint, sent after the prompt ---\n{_printable(said)}")
    parts.append(f"--- Reply ---\n{_printable(seen.whole.raw)}")
    return "\n\n".join(parts)


def _printable(text: str) -> str:
    """As sent, but for signs that would steer the terminal: those are shown by their code."""
    return "".join(
        sign if sign in "\n\t" or (sign >= " " and not "\x7f" <= sign <= "\x9f") else f"\\x{ord(sign):02x}"
        for sign in text
    )


# --- For machines ------------------------------------------------------------------------------------------------


def _call_json(call: StoredCall) -> dict[str, Any]:
    return {
        "key": call.key,
        "time": call.answered_utc,
        "task": call.task,
        "model": call.model,
        "prompt_version": call.prompt_version,
        "tokens": {"input": call.input_tokens, "output": call.output_tokens, "cached": call.cached_tokens},
        "cost_usd": call.cost_usd,
        "seconds": round(call.seconds, 3),
        "state": _state(call),
        "why": call.set_aside,
        "second_try": call.second_try,
        "cut_off": call.cut_off,
    }


def _sum_json(one: TaskSum) -> dict[str, Any]:
    return {
        "task": one.task,
        "calls": one.calls,
        "set_aside": one.set_aside,
        "tokens": {"input": one.input_tokens, "output": one.output_tokens, "cached": one.cached_tokens},
        "cost_usd": None if one.unknown_costs else one.cost_usd,
        "known_cost_usd": one.cost_usd,
        "unknown_costs": one.unknown_costs,
        "seconds": round(one.seconds, 3),
    }


def _seen_json(seen: SeenCall) -> dict[str, Any]:
    whole = seen.whole
    return _call_json(whole.call) | {
        "participants": list(whole.participant_ids),
        "prompt": whole.prompt,
        "complaint": seen.complaint,
        "reply": whole.raw,
    }
