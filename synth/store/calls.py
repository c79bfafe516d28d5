"""Model calls and sentence vectors: what was paid for or computed once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from synth.analyst import Answer, Request
from synth.store.base import Base, now_utc
from synth.store.studies import Study


class Calls(Base):
    """Implements `synth.analyst.CallStore` and `synth.analyst.VectorCache`."""

    def answer(self, key: str) -> Answer | None:
        """The kept answer of this key; None where there is none, or where it was set aside."""
        row = self._row(
            """
            select raw, input_tokens, output_tokens, cached_tokens, cost_usd, seconds, cut_off from calls
            where key = :key and set_aside is null
            """,
            key=key,
        )
        return Answer(**row | {"cut_off": bool(row["cut_off"])}) if row else None

    def keep(self, key: str, request: Request, answer: Answer) -> None:
        """Keep an answer; on the disk when this returns. One that was set aside under this key is replaced."""
        with self.write() as db:
            db.execute(
                """
                insert or replace into calls values (:key, :request_key, :task, :model, :prompt_version, :prompt, :raw,
                    :input_tokens, :output_tokens, :cached_tokens, :cost_usd, :seconds, :cut_off, :now, null)
                """,
                {
                    "key": key,
                    "request_key": request.key,
                    "task": request.task_name,
                    "model": request.model,
                    "prompt_version": request.prompt_version,
                    "prompt": request.prompt,
                    "now": now_utc(),
                }
                | {field: getattr(answer, field) for field in Answer.__slots__},
            )

    def set_aside(self, key: str, why: str) -> None:
        """Never reuse this answer again, but keep it to be looked at."""
        with self.write() as db:
            db.execute("update calls set set_aside = :why where key = :key", {"key": key, "why": why})

    def note_use(self, study: Study, request_key: str, participant_ids: Iterable[str]) -> None:
        """Note that a study used the answers to a request, and whose words stand in them."""
        with self.write() as db:
            for participant in participant_ids:
                db.execute(
                    """
                    insert into call_uses
                    select :study, key, :participant from calls where request_key = :key
                    on conflict do nothing
                    """,
                    {"study": study.id, "key": request_key, "participant": participant},
                )

    def vectors(self, model: str, texts: Sequence[str]) -> dict[str, bytes]:
        """The stored vectors of these texts, as little-endian float32."""
        found: dict[str, bytes] = {}
        hashes = {_sha256(text): text for text in texts}
        names = list(hashes)
        for first in range(0, len(names), 500):
            some = names[first : first + 500]
            marks = ",".join("?" * len(some))
            rows = self._db.query(
                f"select text_sha256, vector from vectors where model = ? and text_sha256 in ({marks})", [model, *some]
            )
            found |= {hashes[row["text_sha256"]]: row["vector"] for row in rows}
        return found

    def add_vectors(self, model: str, vectors: dict[str, bytes]) -> None:
        """Keep these."""
        with self.write() as db:
            db.conn.executemany(
                "insert into vectors values (?, ?, ?) on conflict do nothing",
                [(model, _sha256(text), vector) for text, vector in vectors.items()],
            )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
