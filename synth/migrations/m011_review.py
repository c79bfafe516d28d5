"""What people add to a draft: own claims, what they think of touchpoints, the state and the future of a map."""

from __future__ import annotations

from sqlite_utils import Database

from synth.migrations.registry import migrations, run_script


@migrations()
def m011_review(db: Database) -> None:
    """Tables for what people write and score themselves; decisions stay in the ledger."""
    run_script(
        db,
        """
        -- Where a claim that a person wrote stands; its words are those of the decision that added it.
        create table added_claims (
            study_id text not null references studies(id) on delete cascade,
            id text not null,
            owner text not null,
            section text not null,
            phase text,
            key text,
            idea integer not null check (idea in (0, 1)),
            primary key (study_id, id)
        ) strict, without rowid;

        -- What people agreed on about a map, and the draft that they saw; a later draft makes it outdated.
        create table map_states (
            study_id text not null references studies(id) on delete cascade,
            map_id text not null,
            state text not null check (state in ('review', 'agreed')),
            draft_id text not null,
            by_whom text not null,
            set_utc text not null,
            primary key (study_id, map_id)
        ) strict, without rowid;

        -- What each person thinks of a touchpoint, 1 to 5.
        create table touchpoint_scores (
            study_id text not null references studies(id) on delete cascade,
            map_id text not null,
            phase text not null,
            channel text not null,
            by_whom text not null,
            satisfaction integer check (satisfaction between 1 and 5),
            person integer check (person between 1 and 5),
            organisation integer check (organisation between 1 and 5),
            scored_utc text not null,
            primary key (study_id, map_id, phase, channel, by_whom)
        ) strict, without rowid;

        -- A map that people drew: as they think that it is, or as it should become; how a phase feels, and words.
        create table drawn_phases (
            study_id text not null references studies(id) on delete cascade,
            map_id text not null,
            kind text not null check (kind in ('own', 'future')),
            phase text not null,
            valence real check (valence between -2 and 2),
            words text not null,
            by_whom text not null,
            changed_utc text not null,
            primary key (study_id, map_id, kind, phase)
        ) strict, without rowid;

        create index decisions_person on decisions(study_id, by_whom, id);
        """,
    )
