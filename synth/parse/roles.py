"""Who asks and whose journey it is: told from what a label says, else from who asks questions, how much each says and
who begins; always with how sure it is, and open to being set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth.domain import Role
from synth.parse import words
from synth.parse.rowlabels import is_group, label_key, role_of_label
from synth.parse.settings import ReadSettings

NO_LABELS = (
    "The file names no speakers: everything counts as the participant's, questions too. Export it with speakers, or "
    "write `Interviewer:` and `P:` before what each of them says."
)
ONE_LABEL = (
    "The file names only one speaker: everything counts as the participant's, questions too. Look whether everybody "
    "who speaks is named in it."
)
_ASKS = re.compile(
    r"(?:(?:en|ja|oké|oke|ok|dus|maar|nou|goed|and|so|okay|right|yeah|but|well)\s+){0,3}"
    r"(?:(?:wat|hoe|waarom|wanneer|waar|welke?|what|how|why|when|where|which)\b(?!\s+(?:ik|we|wij|i)\b)"
    r"|(?:kunt?|kan|hebt?|bent?|vindt?|vond|had|was|zou|wilt?|ging|deed|denkt?|doe|could|can|would|did|do|have|are|were|is)"
    r"\s+(?:je|jij|u|jullie|dat|er|you|that|there|it)\b)",
    re.I,
)
_INVITES = re.compile(r"\b(?:kun je|kunt u|kan je|could you|can you|tell me|vertel (?:eens|me|mij))\b", re.I)
_SURE_LETTERS = frozenset("irpq")
_UNKNOWN = ("unknown", "onbekend", "unidentified", "inaudible", "crosstalk")


@dataclass(frozen=True, slots=True)
class Voice:
    """What a speaker's part of an interview looks like."""

    name: str | None
    turns: int
    words: int
    lines: int
    questions: int
    """Lines that ask (see `asks`)."""
    first_turn: int
    before_others: int = 0
    """Questions after which somebody else speaks much longer."""


@dataclass(frozen=True, slots=True)
class Told:
    """Roles with how sure each is, and what a person should look at."""

    roles: Mapping[str | None, tuple[Role, float]]
    warnings: tuple[str, ...] = ()


def asks(text: str, *, marked: bool) -> bool:
    """Whether a line is a question.

    Args:
        text: what is said.
        marked: whether the interview has question marks; speech to text leaves them out at times, and then the words
            have to tell.
    """
    if marked:
        return text.rstrip("\"'”’)] ").endswith("?")
    return bool(_ASKS.match(text) or _INVITES.search(text))


def tell_roles(voices: Sequence[Voice], settings: ReadSettings, *, labelled: bool) -> Told:
    """A role for every voice.

    Args:
        voices: in order of first appearance.
        settings: what a person set goes before everything else.
        labelled: whether the file names speakers at all.
    """
    if not labelled:
        return Told({voice.name: (Role.PARTICIPANT, 0.3) for voice in voices}, (NO_LABELS,))
    roles = _set_by_person(voices, settings)
    for voice in voices:
        if voice.name not in roles and (role := _by_label(voice.name)) is not None:
            roles[voice.name] = role
    open_voices = [voice for voice in voices if voice.name not in roles]
    warnings: list[str] = []
    if open_voices and len(voices) == 1:
        return Told({voices[0].name: (Role.PARTICIPANT, 0.5)}, (ONE_LABEL,))
    if open_voices:
        known = {role for role, _ in roles.values()}
        if Role.INTERVIEWER in known:
            roles.update(_beside_interviewer(open_voices, Role.PARTICIPANT in known))
        else:
            roles.update(_by_shape(open_voices, voices, Role.PARTICIPANT in known))
        unsure = [
            voice for voice in open_voices if roles[voice.name][1] < 0.6 and roles[voice.name][0] is not Role.UNKNOWN
        ]
        if unsure:
            warnings.append(
                f"Who asks is not sure ({len(unsure)} of {len(voices)} speakers): "
                f"check the roles, or set the interviewer."
            )
    if not any(role is Role.INTERVIEWER for role, _ in roles.values()) and len(voices) > 1:
        warnings.append("Nobody looks like the interviewer: check the roles, or set the interviewer.")
    if not any(role is Role.PARTICIPANT for role, _ in roles.values()):
        warnings.append("Nobody looks like a participant: check the roles, or set who asks.")
    return Told(roles, tuple(warnings))


def _set_by_person(voices: Sequence[Voice], settings: ReadSettings) -> dict[str | None, tuple[Role, float]]:
    """Roles by settings; who is not named where others are set stays open."""
    roles: dict[str | None, tuple[Role, float]] = {}
    for names, role in ((settings.interviewer, Role.INTERVIEWER), (settings.participants, Role.PARTICIPANT)):
        wanted = {label_key(name.strip().rstrip(":").strip()) for name in names}
        for voice in voices:
            if voice.name is not None and (
                label_key(voice.name) in wanted or label_key(voice.name.split()[0]) in wanted
            ):
                roles[voice.name] = role, 1.0
    if settings.interviewer and any(role is Role.INTERVIEWER for role, _ in roles.values()):
        for voice in voices:
            if voice.name not in roles and _by_label(voice.name) != (Role.UNKNOWN, 1.0):
                roles[voice.name] = Role.PARTICIPANT, 0.95
    return roles


def _by_label(name: str | None) -> tuple[Role, float] | None:
    if name is None:
        return Role.UNKNOWN, 1.0
    lowered = name.casefold()
    if any(word in lowered for word in _UNKNOWN):
        return Role.UNKNOWN, 1.0
    role = role_of_label(name)
    bare = lowered.rstrip("0123456789. ")
    # `R1` and `P07` say it, but `V1` may be the first question or the first woman.
    if role is not None and (len(bare) > 1 or (bare in _SURE_LETTERS and len(name.rstrip(". ")) > 1)):
        return role, 1.0
    if is_group(name):
        return Role.UNKNOWN, 0.9
    if bare in words.OTHERS and bare not in {
        "speaker",
        "spreker",
        "spk",
        "voice",
        "stem",
        "person",
        "persoon",
        "man",
        "vrouw",
        "woman",
    }:
        return Role.UNKNOWN, 0.9
    return None


def _ask_score(voice: Voice, all_words: int, all_questions: int) -> float:
    """0 to about 1: how much a voice behaves as one who asks."""
    of_lines = voice.questions / max(1, voice.lines)
    of_questions = voice.questions / all_questions
    letter = _letter_prior(voice.name)
    score = 0.35 * min(1.0, of_lines / 0.4) + 0.3 * of_questions + 0.2 * (1 - min(1.0, 2 * voice.words / all_words))
    return score + 0.05 * (voice.first_turn == 1) + 0.1 * min(1.0, voice.before_others / max(1, voice.turns)) + letter


def _letter_prior(name: str | None) -> float:
    lowered = (name or "").casefold().rstrip("0123456789. ")
    return (
        0.5
        if lowered in {"i", "q", "int"}
        else 0.3
        if lowered in {"v", "o"}
        else -0.4
        if lowered in {"r", "p", "a"}
        else 0.0
    )


def _beside_interviewer(open_voices: Sequence[Voice], participants_known: bool) -> dict[str | None, tuple[Role, float]]:
    """An interviewer is known: the others are participants, but for those who only ask."""
    roles: dict[str | None, tuple[Role, float]] = {}
    for voice in open_voices:
        only_asks = voice.questions > 0.5 * voice.lines and voice.before_others > 0.3 * voice.turns
        asks_too = only_asks and len(open_voices) + participants_known > 1 and voice.lines > 2
        roles[voice.name] = (
            (Role.INTERVIEWER, 0.6) if asks_too else (Role.PARTICIPANT, 0.7 if participants_known else 0.9)
        )
    return roles


def _by_shape(
    open_voices: Sequence[Voice], voices: Sequence[Voice], participants_known: bool
) -> dict[str | None, tuple[Role, float]]:
    """Nobody is known to ask: the one who asks most by far does."""
    all_words = max(1, sum(voice.words for voice in voices))
    all_questions = max(1, sum(voice.questions for voice in voices))
    all_turns = sum(voice.turns for voice in voices)
    scores = {voice.name: _ask_score(voice, all_words, all_questions) for voice in open_voices}
    for voice in open_voices if len(voices) > 2 else ():
        # Whoever says one thing in a group may ask in it, but does not lead it.
        if voice.turns < 0.1 * all_turns and voice.words < 0.1 * all_words:
            scores[voice.name] *= 0.5
    order = sorted(open_voices, key=lambda voice: -scores[voice.name])
    best = scores[order[0].name]
    second = scores[order[1].name] if len(order) > 1 else (0.1 if participants_known else 0.0)
    margin = best - second
    roles: dict[str | None, tuple[Role, float]] = {
        voice.name: (Role.PARTICIPANT, _sure(margin)) for voice in open_voices
    }
    asked = order[0].questions >= (1 if len(voices) == 2 else 2) or _letter_prior(order[0].name) > 0
    if best >= 0.3 and margin >= 0.06 and asked:
        roles[order[0].name] = Role.INTERVIEWER, _sure(margin)
        for voice in order[1:]:
            few = voice.words < 0.05 * all_words
            if few and len(voices) > 2 and voice.questions > 0.4 * voice.lines:
                roles[voice.name] = Role.INTERVIEWER, 0.5
    else:
        roles = {name: (role, min(sure, 0.5)) for name, (role, sure) in roles.items()}
    return roles


def _sure(margin: float) -> float:
    return round(min(0.95, 0.5 + margin), 2)
