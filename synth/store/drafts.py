"""Drafts with their claims, and the claims that people wrote themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from synth.domain import Claim, Draft, Origin, content_id
from synth.results import Provenance
from synth.review import owned_claims, with_claims
from synth.store.base import Base, now_utc
from synth.store.studies import Study

DRAFT_JSON = TypeAdapter(Draft)
RESHAPED = "reshaped:"
"""How the key of a draft begins whose personas people put together; the key that it came from follows."""
_PROVENANCE = TypeAdapter(Provenance)


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft as it was made; immutable."""

    id: str
    number: int
    inputs_key: str
    """Hash of everything that the draft was made from."""
    draft: Draft
    provenance: Provenance


class Drafts(Base):
    """What the findings of a study came to."""

    def put_draft(self, study: Study, inputs_key: str, draft: Draft, provenance: Provenance) -> StoredDraft:
        """Store a draft after those that exist. The same inputs are the same draft: the stored one is returned."""
        last = self.last_draft(study)
        if last is not None and last.inputs_key == inputs_key:
            return last
        number = last.number + 1 if last else 1
        stored = StoredDraft(content_id(study.id, number, inputs_key), number, inputs_key, draft, provenance)
        bare = with_claims(draft, lambda _: ())
        with self.write() as db:
            db.execute(
                "insert into drafts values (:study, :id, :number, :inputs_key, :body, :provenance, :now)",
                {
                    "study": study.id,
                    "id": stored.id,
                    "number": number,
                    "inputs_key": inputs_key,
                    "body": DRAFT_JSON.dump_json(bare).decode(),
                    "provenance": _PROVENANCE.dump_json(provenance).decode(),
                    "now": now_utc(),
                },
            )
            for owner, claims in owned_claims(draft):
                self._put_claims(study, stored.id, owner, claims)
        return stored

    def newest_draft_id(self, study: Study) -> str | None:
        """The id of the newest draft; None before the first."""
        ids = self._column("select id from drafts where study_id = :id order by number desc limit 1", id=study.id)
        return ids[0] if ids else None

    def last_draft(self, study: Study) -> StoredDraft | None:
        """The newest draft; None before the first."""
        row = self._row("select * from drafts where study_id = :id order by number desc limit 1", id=study.id)
        if row is None:
            return None
        claims = self._claims(study, row["id"])
        draft = with_claims(DRAFT_JSON.validate_json(row["body"]), lambda owner: tuple(claims.get(owner, ())))
        return StoredDraft(
            row["id"], row["number"], row["inputs_key"], draft, _PROVENANCE.validate_json(row["provenance"])
        )

    def decided_claims(
        self, study: Study, newest: Mapping[str, tuple[str, Claim]] | None = None
    ) -> dict[str, tuple[str, Claim]]:
        """Each claim that anybody ever decided on, by id: its owner and the claim as it was last drafted.

        Args:
            study: whose claims.
            newest: the claims of the newest draft where they are at hand: those are not read again.
        """
        here = newest or {}
        rows = self._rows(
            """
            select c.draft_id, c.id, max(d.number) as number from claims c
            join drafts d on d.study_id = c.study_id and d.id = c.draft_id
            where c.study_id = :id and c.id in
                (select subject_id from decisions where study_id = :id and subject = 'claim')
            group by c.id
            """,
            id=study.id,
        )
        found = {row["id"]: here[row["id"]] for row in rows if row["id"] in here}
        rows = [row for row in rows if row["id"] not in here]
        for draft_id in {row["draft_id"] for row in rows}:
            wanted = {row["id"] for row in rows if row["draft_id"] == draft_id}
            for owner, claims in self._claims(study, draft_id).items():
                found |= {claim.id: (owner, claim) for claim in claims if claim.id in wanted}
        return found | self._added_claims(study)

    def add_claim(self, study: Study, claim_id: str, owner: str, section: str, phase: str | None, idea: bool) -> None:
        """Where a claim that a person wrote stands; the decision that adds it holds its words."""
        self._execute(
            "insert into added_claims values (:study, :id, :owner, :section, :phase, null, :idea)",
            study=study.id, id=claim_id, owner=owner, section=section, phase=phase, idea=int(idea),
        )  # fmt: skip

    def claim_texts(self, study: Study, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Section and sentence of these claims, as they were last drafted or written."""
        found: dict[str, tuple[str, str]] = {}
        for claim_id in dict.fromkeys(ids):
            row = self._row(
                """
                select c.section, c.text from claims c join drafts d on d.study_id = c.study_id and d.id = c.draft_id
                where c.study_id = :study and c.id = :id order by d.number desc limit 1
                """,
                study=study.id,
                id=claim_id,
            ) or self._row(
                """
                select a.section, d.after as text from added_claims a join decisions d on d.study_id = a.study_id
                    and d.subject = 'claim' and d.subject_id = a.id and d.action = 'add'
                where a.study_id = :study and a.id = :id
                """,
                study=study.id,
                id=claim_id,
            )
            if row:
                found[claim_id] = (row["section"], row["text"] or "")
        return found

    def _added_claims(self, study: Study) -> dict[str, tuple[str, Claim]]:
        """Claims that people wrote themselves; their words are those of the decision that added them."""
        rows = self._rows(
            """
            select a.*, d.after as text from added_claims a
            join decisions d on d.study_id = a.study_id and d.subject = 'claim' and d.subject_id = a.id
                and d.action = 'add'
            where a.study_id = :id
            """,
            id=study.id,
        )
        return {
            row["id"]: (
                row["owner"],
                Claim(row["id"], row["section"], row["text"], (), (), row["phase"], row["key"], origin=Origin.PERSON,
                      idea=bool(row["idea"])),
            )
            for row in rows
            if row["text"]
        }  # fmt: skip

    def _put_claims(self, study: Study, draft_id: str, owner: str, claims: tuple[Claim, ...]) -> None:
        for position, claim in enumerate(claims):
            self._execute(
                """
                insert into claims (study_id, draft_id, id, owner, position, section, phase, key, text, origin, idea,
                    lead_finding_id, verdict, critique)
                values (:study, :draft, :id, :owner, :position, :section, :phase, :key, :text, :origin, :idea, :lead,
                    :verdict, :critique)
                """,
                study=study.id,
                draft=draft_id,
                id=claim.id,
                owner=owner,
                position=position,
                section=claim.section,
                phase=claim.phase,
                key=claim.key,
                text=claim.text,
                origin=claim.origin.value,
                idea=int(claim.idea),
                lead=claim.finding_ids[0] if claim.finding_ids else None,
                verdict=claim.verdict,
                critique=claim.critique,
            )
            cited = [(finding, 0) for finding in claim.finding_ids]
            cited += [(finding, 1) for finding in claim.against_finding_ids if finding not in claim.finding_ids]
            for place, (finding, against) in enumerate(cited):
                self._execute(
                    "insert into claim_evidence values (:study, :draft, :claim, :finding, :place, :against)",
                    study=study.id, draft=draft_id, claim=claim.id, finding=finding, place=place, against=against,
                )  # fmt: skip

    def _claims(self, study: Study, draft_id: str) -> dict[str, list[Claim]]:
        rows = self._rows(
            """
            select e.claim_id, e.finding_id, e.against, f.participant_id from claim_evidence e
            join findings f on f.study_id = e.study_id and f.id = e.finding_id
            where e.study_id = :study and e.draft_id = :draft order by e.claim_id, e.position
            """,
            study=study.id,
            draft=draft_id,
        )
        cited: dict[str, list[tuple[str, str, int]]] = {}
        for row in rows:
            cited.setdefault(row["claim_id"], []).append((row["finding_id"], row["participant_id"], row["against"]))
        owned: dict[str, list[Claim]] = {}
        for row in self._rows(
            "select * from claims where study_id = :study and draft_id = :draft order by owner, position",
            study=study.id,
            draft=draft_id,
        ):
            evidence = cited.get(row["id"], [])
            owned.setdefault(row["owner"], []).append(
                Claim(
                    id=row["id"],
                    section=row["section"],
                    text=row["text"],
                    finding_ids=tuple(finding for finding, _, against in evidence if not against),
                    participant_ids=tuple(sorted({person for _, person, against in evidence if not against})),
                    phase=row["phase"],
                    key=row["key"],
                    against_finding_ids=tuple(finding for finding, _, against in evidence if against),
                    against_participant_ids=tuple(sorted({person for _, person, against in evidence if against})),
                    origin=Origin(row["origin"]),
                    idea=bool(row["idea"]),
                    verdict=row["verdict"],
                    critique=row["critique"],
                )
            )
        return owned
