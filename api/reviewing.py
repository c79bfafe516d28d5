"""What review pages have in common: what may be done with a claim, its history, and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from api.claims import OpenedClaim
from api.errors import ApiError
from api.visitors import Visitor
from synth.domain import Claim, JourneyMap
from synth.pipeline.deciding import Placed, find_claim
from synth.pipeline.shown import ShownStudies, ShownStudy
from synth.regroup import theme_change
from synth.review import Decision, decision_stacks
from synth.store import Store, Study
from synth.store.comments import Comment


@dataclass(frozen=True, slots=True)
class ClaimActions:
    """What somebody may decide on a claim, for `review/macros.html.j2`."""

    claim: Claim
    address: str
    mark: str
    token: str
    """Empty where words must be read before it is accepted."""
    needed: tuple[str, ...]
    unread: tuple[str, ...]
    decided: bool
    second_look: bool
    personas: tuple[tuple[str, str], ...]
    """Where it could be moved to: ids and names."""
    back: str
    """The page to which a decision returns: `queue`, `persona`, `map` or `claim`."""
    following: str = ""
    """The claim that comes next in the queue."""


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the ledger as pages show it."""

    number: int
    by_whom: str
    action: str
    before: str
    after: str
    why: str
    utc: str


@dataclass(frozen=True, slots=True)
class Talk:
    """What is said about a claim or a cell."""

    address: str
    subject: str
    subject_id: str
    comments: tuple[Comment, ...]
    back: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """An open comment that calls whoever looks by name."""

    number: int
    by_whom: str
    text: str
    utc: str
    address: str


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """One claim opened."""

    opened: OpenedClaim
    actions: ClaimActions
    history: tuple[Told, ...]
    talk: Talk
    place_name: str
    place_address: str


def need_claim(study: ShownStudy, claim_id: str) -> Placed:
    """A claim with its place.

    Raises:
        ApiError: it is not shown.
    """
    placed = find_claim(study, claim_id)
    if placed is None:
        raise ApiError("claim-not-found", "The newest draft has no claim with this id.")
    return placed


def need_map(study: ShownStudy, map_id: str) -> JourneyMap:
    """A map of the newest draft.

    Raises:
        ApiError: there is none of this id.
    """
    found = next((one for one in study.draft.maps if one.id == map_id), None)
    if found is None:
        raise ApiError("not-found", "The newest draft has no map with this id.")
    return found


def place_of(study: ShownStudy, placed: Placed) -> tuple[str, str]:
    """Name and address of the persona or the map that a claim stands on."""
    base = f"/studies/{study.study.id}"
    if placed.journey is not None:
        return placed.journey.title, f"{base}/maps/{placed.journey.id}"
    return placed.persona.name, f"{base}/personas/{placed.persona.id}"


def actions_of(study: ShownStudy, opened: OpenedClaim, back: str, following: str = "") -> ClaimActions:
    """What may be done with a claim."""
    placed = opened.placed
    others = [one for one in study.draft.personas if one.id != placed.persona.id]
    if placed.journey is not None:
        mapped = {journey.persona_id for journey in study.draft.maps}
        others = [one for one in others if one.id in mapped]
    return ClaimActions(
        claim=placed.claim,
        address=f"/studies/{study.study.id}/claims/{placed.claim.id}",
        mark=opened.mark,
        token=opened.token,
        needed=opened.needed,
        unread=opened.unread,
        decided=placed.claim.id in study.states,
        second_look=placed.second_look,
        personas=tuple((one.id, one.name) for one in others),
        back=back,
        following=following,
    )


def claim_page(store: Store, shown: ShownStudies, study: ShownStudy, opened: OpenedClaim, back: str) -> ClaimPage:
    """A claim with its history and comments."""
    name, address = place_of(study, opened.placed)
    claim_id = opened.placed.claim.id
    return ClaimPage(
        opened=opened,
        actions=actions_of(study, opened, back),
        history=told(store, shown, study, store.claim_decisions(study.study, claim_id)),
        talk=talk_of(store, study.study, "claim", claim_id, back),
        place_name=name,
        place_address=address,
    )


def told(store: Store, shown: ShownStudies, study: ShownStudy, decisions: list[Decision]) -> tuple[Told, ...]:
    """Entries of the ledger with names hidden and places in words."""
    mask = shown.mask(store, study.study)
    names = owner_names(study)

    def words(text: str | None, one: Decision) -> str:
        if not text:
            return ""
        if one.action == "assign":
            return names.get(text, text)
        if one.subject == "theme" and (change := theme_change(replace(one, action="edit", after=text))) is not None:
            # Stored as what it does to ids; people read the name that comes of it.
            return mask(change.label or "")
        return mask(text)

    return tuple(
        Told(one.number, one.by_whom, one.action, words(one.before, one), words(one.after, one),
             mask(one.why) if one.why else "", one.decided_utc)
        for one in decisions
    )  # fmt: skip


def owner_names(study: ShownStudy) -> dict[str, str]:
    """Owners of claims, as drafts and decisions name them, in words."""
    personas = {one.id: one.name for one in study.draft.personas}
    names = {f"persona:{key}": name for key, name in personas.items()}
    for journey in study.draft.maps:
        for column in journey.phases:
            names[f"map:{journey.id}:{column.phase}"] = f"{personas.get(journey.persona_id, '')}: {column.phase}"
    return names | personas


def undoable(store: Store, study: Study, decision: Decision) -> bool:
    """Whether an undo on its claim would take back this decision and no later one."""
    stack = decision_stacks(store.claim_decisions(study, decision.subject_id)).get(decision.subject_id, [])
    return bool(stack) and stack[-1].number == decision.number


def talk_of(store: Store, study: Study, subject: str, subject_id: str, back: str = "claim") -> Talk:
    """What is said about something, as people wrote it."""
    return Talk(
        f"/studies/{study.id}/comments", subject, subject_id, tuple(store.comments(study, subject, subject_id)), back
    )


def comments_address(study: Study, subject: str, subject_id: str, back: str = "", said: str = "") -> str:
    """Where the comments on a claim or a cell stand."""
    base, anchor = f"/studies/{study.id}", f"#comments-{subject_id.replace(':', '-')}"
    if subject == "cell":
        address = f"{base}/maps/{subject_id.partition(':')[0]}"
    elif back == "queue":
        address = f"{base}/review?claim={subject_id}"
    else:
        address = f"{base}/claims/{subject_id}"
    return said_to(address + anchor, said) if said else address + anchor


def calls_of(store: Store, study: Study, visitor: Visitor) -> tuple[Call, ...]:
    """Open comments that call whoever looks by name, the newest first; nobody is called without accounts."""
    called = store.mentions_of(study, visitor.account.id) if visitor.account else []
    return tuple(
        Call(one.id, one.by_whom, one.text, one.written_utc, comments_address(study, one.subject, one.subject_id))
        for one in reversed(called)
    )


def back_address(study: ShownStudy, back: str, claim_id: str, placed: Placed | None) -> str:
    """Where a decision returns to, with the claim in view; to the ledger where it is not shown any more."""
    base = f"/studies/{study.study.id}"
    if back == "queue":
        return f"{base}/review"
    if placed is None:
        return f"{base}/decisions"
    if back in ("persona", "map"):
        _, address = place_of(study, placed)
        return f"{address}?claim={claim_id}#c-{claim_id}"
    return f"{base}/claims/{claim_id}"


def said_to(address: str, key: str, uncalled: Sequence[str] = ()) -> str:
    """The address with what just happened, and the names in it that call nobody."""
    path, hash_, anchor = address.partition("#")
    said = urlencode([("said", key), *(("uncalled", name) for name in uncalled)])
    return f"{path}{'&' if '?' in path else '?'}{said}{hash_}{anchor}"
