"""What a run came to, for people and machines: calls counted, results counted, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from synth.asking import Tally
from synth.coverage import cited_share
from synth.domain import Kind, Persona, Unassigned
from synth.pipeline.coding import CodingOutcome
from synth.results import Failure, Results

EXIT_DONE, EXIT_PARTLY, EXIT_BUDGET = 0, 3, 4


@dataclass(slots=True)
class RunReport:
    """What a run came to, for people and machines."""

    study: str
    model: str
    read: int = 0
    failures: list[Failure] = field(default_factory=list)
    unread: list[Failure] = field(default_factory=list)
    """Those of the failures that are files."""
    chunks: int = 0
    calls_made: int = 0
    calls_reused: int = 0
    calls_failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """Those of the input that the provider had kept."""
    cost_usd: float | None = 0.0
    finding_counts: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    themes: int = 0
    contested: int = 0
    """Claims that somebody contradicts, or that a critic refuted."""
    personas: tuple[Persona, ...] = ()
    unassigned: tuple[Unassigned, ...] = ()
    interviews: int = 0
    """Of the whole study; `read` counts those that were given to this run."""
    participants: int = 0
    coverage: float = 0.0
    seconds: float = 0.0
    report: str = ""
    stopped: str | None = None
    notes: list[str] = field(default_factory=list)
    exit_status: int = EXIT_DONE
    batch: dict[str, int] = field(default_factory=dict)
    """Requests that a batch brought back answered or not, and those that were handed in; empty without batches."""
    passes: dict[str, int] = field(default_factory=dict)
    """Findings by how they stand where lines were read more than once: carried by all passes, or by some."""

    def as_summary(self) -> dict[str, object]:
        """What the database keeps of it: figures, and no name of a file, which may be somebody's."""
        kept = ("calls", "tokens", "cost_usd", "findings", "themes", "participants", "coverage", "seconds")
        return {key: value for key, value in self.as_json().items() if key in kept} | {"failed": len(self.failures)}

    def as_json(self) -> dict[str, object]:
        """The contract of `synth run --json` (docs/design.md)."""
        return {
            "study": self.study,
            "model": self.model,
            "transcripts": {
                "read": self.read,
                "failed": [{"path": failure.name, "why": failure.why} for failure in self.unread],
            },
            "chunks": self.chunks,
            "chunks_failed": [
                {"chunk": failure.name, "why": failure.why} for failure in self.failures if failure not in self.unread
            ],
            "calls": {"made": self.calls_made, "reused": self.calls_reused, "failed": self.calls_failed},
            "tokens": {"input": self.input_tokens, "output": self.output_tokens, "cached": self.cached_tokens},
            "passes": self.passes,
            "batch": self.batch,
            "cost_usd": self.cost_usd,
            "findings": {**self.finding_counts, "refused": self.refused},
            "themes": self.themes,
            "contested": self.contested,
            "personas": [
                {
                    "id": persona.id,
                    "name": persona.name,
                    "participants": list(persona.participant_ids),
                    "claims": len(persona.claims),
                    "stability": persona.stability,
                }
                for persona in self.personas
            ],
            "unassigned": [{"participant": one.participant_id, "why": one.why} for one in self.unassigned],
            "participants": self.participants,
            "coverage": round(self.coverage, 4),
            "seconds": round(self.seconds, 3),
            "stopped": self.stopped,
            "notes": self.notes,
            "report": self.report,
        }


def count_calls(report: RunReport, tally: Tally, outcome: CodingOutcome) -> None:
    """Note what asking came to: calls, what they cost, what failed or was left, and the exit status."""
    report.failures = [*report.unread, *report.failures]
    report.chunks = outcome.chunks
    report.calls_made, report.calls_failed = tally.made, tally.failed
    report.calls_reused = tally.reused + outcome.skipped
    report.input_tokens, report.output_tokens = tally.input_tokens, tally.output_tokens
    report.cached_tokens = tally.cached_tokens
    report.cost_usd = None if tally.unknown_costs else tally.cost_usd
    if outcome.stopped is not None:
        # Those that nobody came to are told by their length, without a look at them.
        left = {0: "Only the draft is", 1: "1 chunk is"}.get(outcome.left, f"About {outcome.left} chunks are")
        report.stopped = f"{outcome.stopped} {left} left."
        report.exit_status = EXIT_BUDGET
    elif outcome.waiting:
        waiting = "1 chunk waits" if outcome.waiting == 1 else f"{outcome.waiting} chunks wait"
        report.stopped = (
            f"{waiting} in a batch. The same command with --batch collects them; `synth calls` lists batches."
        )
        report.exit_status = EXIT_PARTLY
    elif report.failures:
        report.exit_status = EXIT_PARTLY


def count_results(report: RunReport, results: Results) -> None:
    """Note what the study shows now."""
    report.finding_counts = {kind.value: sum(finding.kind is kind for finding in results.findings) for kind in Kind}
    stable = [finding.stability for finding in results.findings if finding.stability is not None]
    if stable:
        report.passes = {"by_all": stable.count(1.0), "by_some": len(stable) - stable.count(1.0)}
    # Refusals of other kinds cost a finding one of its labels, or a draft a claim; they are in the report.
    report.refused = sum(refusal.kind in set(Kind) for refusal in results.refusals)
    report.themes = len(results.draft.themes)
    report.contested = sum(claim.contested for claim in results.draft.claims())
    report.personas, report.unassigned = results.draft.personas, results.draft.unassigned
    report.interviews, report.participants = len(results.transcripts), len(results.participants)
    report.coverage = cited_share(results.coverage) or 0.0
