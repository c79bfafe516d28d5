"""A persona drafted without a model: each section from what its people said, in forms or in their own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Literal

from synth.analyst import ClaimReply, DraftPersona, PersonaReply
from synth.claims import plain_text
from synth.counted import channel_noun
from synth.cues import load_traits
from synth.domain import Kind
from synth.frameworks import FUNCTIONAL, Framework
from synth.offline.drafting.excerpts import excerpt, says_why
from synth.offline.drafting.feelings import names_channel
from synth.offline.drafting.forms import motive_answers, motive_matcher, never_matcher
from synth.offline.drafting.material import (
    Group,
    Piece,
    acts,
    any_driver,
    by_channel,
    carried,
    claim,
    driver,
    emotion,
    emotions,
    group_by,
    in_phase,
    is_stated,
    lay_out,
    motivations,
)
from synth.offline.drafting.sections import as_name, by_reason, by_standing, gives_reason, names_fear, refuses, wants
from synth.offline.drafting.wishes import tells_need
from synth.personas import QUESTIONS
from synth.phrases import has_form, join_words, say
from synth.quotes import can_lead, choose_quotes, quote_score

Keys = Callable[[Piece], Iterable[str]]
_FEARS = frozenset({"worry", "fear", "doubt", "distrust", "overwhelm"})
_EARLY = ("awareness", "orientation", "consideration")
_CHOOSING = ("intent", "consideration", "purchase")
_MOST_GOALS, _MOST_STATED, _MOST_FEARS, _MOST_NEVER, _MOST_DIFFER = 2, 4, 3, 2, 3
_SEVERAL = 2
"""From so many people on, one of them does not tell how all of them decide."""
_EACH_SIDE = 2
"""People who differ on either side."""
_EVERYBODYS = 0.6
"""A driver that so many of the others have too tells nothing of these people."""
_LEAST_LEAD = 0.2
"""How much more of these people than of the others must tell a trait before it is said of them."""
_LEAST_APART = 0.34
"""The same for a question or a channel, of which everybody has some."""
_SHOWN_ALREADY = 0.4
"""What it costs words to stand on the sheet already, where others could be shown large."""


def draft_persona(task: DraftPersona) -> PersonaReply:
    """The reply to a task; the same task gives the same reply."""
    return _PersonaDraft(task).reply()


class _PersonaDraft:
    def __init__(self, task: DraftPersona) -> None:
        self.task, self.language = task, task.language
        self.framework: Framework = task.framework
        self.pieces = lay_out(task.passages)
        self.others = lay_out(task.others)
        self.people = len(task.participant_ids)
        self.other_people = len({piece.person for piece in self.others})
        self.quoted: set[int] = set()
        """Pieces whose words stand in a claim already."""
        self.said: set[str] = set()
        """Their words: another finding on the same line is no reason to show them again."""

    def reply(self) -> PersonaReply:
        lead = self._leading_driver()
        trait = self._leading_trait(lead)
        claims = [
            *self._essence(lead, trait),
            *self._goals(),
            *self._stated(lead),
            *self._decide(),
            *self._fear(lead),
            *self._never(),
            *self._differ(),
        ]
        hero, quotes = self._quotes(lead, trait)
        return PersonaReply(
            name=self._name(lead, trait),
            claims=claims,
            hero=hero,
            quotes=quotes,
            unknowns=self._unknowns(claims),
        )

    # What leads

    def _leading_driver(self) -> Group | None:
        """The driver that sets these people most apart, of those that more than half of them have."""
        own = [group for group in group_by(motivations(self.pieces), _drivers_of) if self._emotional(group)]
        own = [group for group in own if self._most(group.people)]
        return max(own, key=lambda group: self._weight(group, _drivers_of), default=None)

    def _likely_driver(self) -> Group | None:
        """The driver that half of them or more may have, and several likely do: too little for a sentence about all."""
        told = {group.key: group for group in group_by(motivations(self.pieces), _drivers_of) if self._emotional(group)}
        heard = group_by(motivations(self.pieces), lambda one: [any_driver(one)])
        likely = [told[one.key] for one in heard if 2 * one.people >= self.people and one.key in told]
        likely = [one for one in likely if one.people > 1 and self._tells(one)]
        return max(likely, key=lambda group: self._weight(group, _drivers_of), default=None)

    def _leading_trait(self, lead: Group | None) -> Group | None:
        """The way of acting that sets these people most apart, of those that more than half of them have."""
        said = lead.key if lead else None
        own = [group for group in group_by(self.pieces, _traits_of) if self._most(group.people)]
        own = [group for group in own if said is None or load_traits()[group.key].driver != said]
        apart = [group for group in own if not self.others or self._lead(group, _traits_of) > _LEAST_LEAD]
        return max(apart, key=lambda group: self._weight(group, _traits_of), default=None)

    def _most(self, people: int) -> bool:
        """Whether so many are more than half: what half of them lack does not tell who they are."""
        return 2 * people > self.people

    def _weight(self, group: Group, keys: Keys) -> float:
        share = len(group.pieces) / max(1, len(self.pieces)) * 10
        return group.people / self.people + 1.5 * self._lead(group, keys) + share

    def _lead(self, group: Group, keys: Keys) -> float:
        if not self.other_people:
            return 0.0
        elsewhere = {piece.person for piece in self.others if group.key in list(keys(piece))}
        rate = len(group.pieces) / self.people
        theirs = sum(group.key in list(keys(piece)) for piece in self.others) / self.other_people
        people = group.people / self.people - len(elsewhere) / self.other_people
        return people + 0.5 * (rate - theirs) / max(rate + theirs, 1e-9)

    def _tells(self, lead: Group) -> bool:
        """Whether a driver tells these people from others: most of them do not have it, nor does a persona before."""
        if self.other_people:
            elsewhere = {piece.person for piece in self.others if driver(piece) == lead.key}
            if len(elsewhere) >= _EVERYBODYS * self.other_people:
                return False
        taken = {plain_text(name) for name in self.task.taken_names}
        return not any(plain_text(name) in taken for name in self.framework.driver(lead.key).names(self.language))

    def _emotional(self, group: Group) -> bool:
        return group.key != FUNCTIONAL and any(one.key == group.key for one in self.framework.drivers)

    # Sections

    def _essence(self, lead: Group | None, trait: Group | None) -> list[ClaimReply]:
        said = load_traits()[trait.key].trait.of(self.language) if trait else ""
        if lead is None:
            practical = [one for one in motivations(self.pieces) if driver(one) == FUNCTIONAL]
            if trait is None:
                return self._shared()
            text = say(self.language, "draft.essence_functional", trait=said)
            return [self._joined(text, practical, None, trait, said)]
        need = self.framework.driver(lead.key).need(self.language)
        if trait is None and not self._tells(lead):
            # Others have this driver as much: what happened to most of these people tells more of them.
            return self._shared() or [claim("essence", need, lead.pieces)]
        if trait is None:
            return [claim("essence", need, lead.pieces)]
        text = say(self.language, "draft.essence_trait", need=need, trait=said)
        return [self._joined(text, lead.pieces, need, trait, said)]

    def _joined(self, text: str, first: Sequence[Piece], need: str | None, trait: Group, said: str) -> ClaimReply:
        """A sentence of two parts, on those of whom both are true; where they are under half, the part of most people.

        Somebody of whom half of a sentence is true is not behind it. `need`: the first part, where it can stand alone.
        """
        both = {piece.person for piece in first} & {piece.person for piece in trait.pieces}
        if self._most(len(both)):
            return claim("essence", text, _once([one for one in (*first, *trait.pieces) if one.person in both]))
        if need is not None and len({piece.person for piece in first}) > trait.people:
            return claim("essence", need, _once(first))
        return claim("essence", said[:1].upper() + said[1:], trait.pieces)

    def _shared(self) -> list[ClaimReply]:
        """What more than half of them went through; else what they ask or use, unlike the others; else nothing."""
        told = self._shared_situation()
        if told is not None:
            text = say(self.language, "draft.essence_shared", what=say(self.language, f"situation.{told.key}"))
            return [claim("essence", text, told.pieces)]
        asked = self._own_question
        if asked is not None:
            what = motive_answers("information")[asked.key].they.of(self.language)
            text = say(self.language, "draft.essence_question", what=what[:1].lower() + what[1:])
            return [claim("essence", text, asked.pieces)]
        used = self._own_channel
        if used is None:
            return []
        return [claim("essence", say(self.language, "draft.essence_channel", channel=self._noun(used)), used.pieces)]

    @cached_property
    def _own_question(self) -> Group | None:
        """What these people want to know before they choose, which sets them most apart."""
        early = self._in_phases(self.pieces, *_EARLY)
        return self._most_apart(group_by(early, _asks), group_by(self.others, _asks))

    @cached_property
    def _own_channel(self) -> Group | None:
        """The channel that sets these people most apart."""
        return self._most_apart(by_channel(self.pieces), by_channel(self.others))

    def _most_apart(self, own: Sequence[Group], elsewhere: Sequence[Group]) -> Group | None:
        """Of what more than half of them have, and at least two, what fewest of the others have.

        None where many of the others have it too, and where there are no others.
        """
        if not self.others:
            return None
        theirs = {group.key: group.people for group in elsewhere}

        def lead(group: Group) -> float:
            return group.people / self.people - theirs.get(group.key, 0) / self.other_people

        shared = [group for group in own if group.people > 1 and self._most(group.people)]
        rare = [group for group in shared if 2 * theirs.get(group.key, 0) < self.other_people]
        return max((group for group in rare if lead(group) >= _LEAST_APART), key=lead, default=None)

    def _noun(self, group: Group) -> str:
        return channel_noun(group.key, self.framework, self.language)

    def _shared_situation(self) -> Group | None:
        groups = [group for group in group_by(self.pieces, lambda one: one.happens) if self._most(group.people)]
        named = [group for group in groups if has_form(f"situation.{group.key}")]
        return max(named, key=lambda group: self._weight(group, lambda one: one.happens), default=None)

    def _goals(self) -> list[ClaimReply]:
        """What they want to get done, in their words, where they say so outright; practical things first."""
        wanted = by_reason([one for one in motivations(self.pieces) if wants(one, one.words)])
        wanted.sort(key=lambda one: driver(one) != FUNCTIONAL)
        return self._in_their_words("goal", wanted, _MOST_GOALS, must=wants)

    def _stated(self, lead: Group | None) -> list[ClaimReply]:
        """Reasons as they give them, of different people; first those of the driver that leads."""
        reasons = motivations(self.pieces)
        first = [piece for piece in reasons if lead and piece in lead.pieces]
        ranked = [*by_reason(first), *by_reason([piece for piece in reasons if piece not in first])]
        return self._in_their_words("stated", ranked, _MOST_STATED, must=gives_reason)

    def _decide(self) -> list[ClaimReply]:
        claims = [*self._answers("information", 2), *self._answers("moment", 2)]
        claims += self._channels("source", "draft.source", self._in_phases(self.pieces, *_EARLY[1:]))
        choosing = self._in_phases(motivations(self.pieces), *_CHOOSING)
        for group in carried(group_by(choosing, _drivers_of))[:2]:
            text = self.framework.driver(group.key).choice(self.language) if self._emotional(group) else ""
            if text and (group.people > 1 or self.people < _SEVERAL):
                claims.append(claim("decide", text, group.pieces, key="choice"))
        claims += self._channels("action", "draft.act", self._acted("purchase"))
        claims += self._answers("action", 1)
        return claims

    def _acted(self, *reader_phases: str) -> list[Piece]:
        return [one for one in self._in_phases(self.pieces, *reader_phases) if acts(one)]

    def _in_phases(self, pieces: Sequence[Piece], *reader_phases: str) -> list[Piece]:
        """Those in the phases that stand for these phases of the customer journey."""
        return in_phase(pieces, *self.framework.standing_for(*reader_phases))

    def _answers(self, question: Literal["information", "moment", "action"], most: int) -> list[ClaimReply]:
        where = {"information": _EARLY, "moment": _EARLY[:2], "action": _CHOOSING}[question]
        known = motive_answers(question)
        # Where and when somebody acted is told by what they did, not by what they felt or wanted there.
        told = self._acted(*where) if question == "action" else self._in_phases(self.pieces, *where)
        groups = group_by(told, lambda one: motive_matcher(question, one.finding.language).keys(one.words))
        least = 2 if self.people >= _SEVERAL else 1
        chosen = [group for group in groups if group.people >= least][:most]
        return [claim("decide", known[g.key].they.of(self.language), g.pieces, key=question) for g in chosen]

    def _channels(self, question: str, form: str, pieces: Sequence[Piece]) -> list[ClaimReply]:
        groups = by_channel(pieces)
        often = [group for group in groups if group.people * 2 >= self.people][:3] or groups[:2]
        if self.people > _SEVERAL:
            # Of two people each may use channels of their own; of more, those of one are nobody else's.
            often = [group for group in often if group.people > 1]
        if not often:
            return []
        nouns = [channel_noun(group.key, self.framework, self.language) for group in often]
        text = say(self.language, form, channels=join_words(self.language, nouns))
        return [claim("decide", text, _once(piece for group in often for piece in group.pieces), key=question)]

    def _fear(self, lead: Group | None) -> list[ClaimReply]:
        feared = [piece for piece in emotions(self.pieces) if emotion(piece) in _FEARS]
        claims = []
        beside = [(reason, fear) for reason in lead.pieces for fear in feared if reason.near(fear)] if lead else []
        if lead and len({reason.person for reason, _ in beside}) > 1 and self._tells(lead):
            text = self.framework.driver(lead.key).fear(self.language)
            claims.append(claim("fear", text, _once(piece for pair in beside for piece in pair)))
        ranked = by_standing([piece for piece in feared if is_stated(piece)])
        rest = _MOST_FEARS - len(claims)
        return claims + self._in_their_words("fear", ranked, rest, must=names_fear)

    def _never(self) -> list[ClaimReply]:
        refused = [
            piece
            for piece in [*motivations(self.pieces), *emotions(self.pieces)]
            if never_matcher(piece.finding.language).find(piece.words)
        ]
        return self._in_their_words("never", by_standing(refused), _MOST_NEVER, must=refuses)

    def _differ(self) -> list[ClaimReply]:
        """Channels that some like and others do not, in words that name them.

        Feelings that differ at a phase are no contradiction: they are mostly about different things, and the map's
        curve shows how far apart they are.
        """
        found: list[tuple[int, ClaimReply]] = []
        for group in by_channel(self.pieces):
            named = [one for one in group.pieces if names_channel(one.words, one.finding.language, group.key)]
            good, bad = _apart([one for one in named if one.mood > 0], [one for one in named if one.mood < 0])
            # What was felt near a contact is less than a feeling that was told.
            least = min(_people(good), _people(bad))
            if least >= _EACH_SIDE:
                noun = self._noun(group)
                text = say(self.language, "draft.differ_channel", channel=noun[:1].upper() + noun[1:])
                found.append((least, claim("differ", text, good, against=bad)))
        found.sort(key=lambda entry: -entry[0])
        return [one for _, one in found[:_MOST_DIFFER]]

    # Name, quotes, unknowns

    def _name(self, lead: Group | None, trait: Group | None) -> str:
        """A need, as they might put it: of the driver or the way of acting that sets them apart, else in their words.

        Where there are none of these, of the driver that most of them may have, else of what most of them went through,
        asked or used. None is taken twice.
        """
        of_driver = self.framework.driver(lead.key).names(self.language) if lead else ()
        of_trait = load_traits()[trait.key].names.of(self.language) if trait else ()
        first = lead is not None and self._tells(lead)
        if first and lead and trait:
            first = self._lead(lead, _drivers_of) >= self._lead(trait, _traits_of)
        own = tuple(name for name in map(as_name, by_reason(self._own_reasons())) if name)[:1]
        names = (*of_driver, *of_trait, *own) if first else (*of_trait, *own, *of_driver)
        likely = self._likely_driver()
        if likely is not None:
            names = (*names, *self.framework.driver(likely.key).names(self.language))
        names = (*names, *self._names_apart())
        taken = {plain_text(name) for name in self.task.taken_names}
        free = [name for name in names if plain_text(name) not in taken]
        return free[0] if free else say(self.language, "draft.fallback_name")

    def _names_apart(self) -> list[str]:
        """What they went through, what they ask and what they use, in this order."""
        shared, asked, used = self._shared_situation(), self._own_question, self._own_channel
        names = [say(self.language, f"situation.{shared.key}")] if shared else []
        names += [motive_answers("information")[asked.key].they.of(self.language)] if asked else []
        names += [say(self.language, "draft.name_channel", channel=self._noun(used))] if used else []
        return [name[:1].upper() + name[1:] for name in names]

    def _own_reasons(self) -> list[Piece]:
        return [piece for piece in motivations(self.pieces) if piece.finding.language == self.language]

    def _quotes(self, lead: Group | None, trait: Group | None) -> tuple[int, list[int]]:
        """The words to show large tell what the persona is named after, where anybody's do; then others'."""
        number = {id(passage): index for index, passage in enumerate(self.task.passages, start=1)}
        leading = {piece.number for piece in lead.pieces} if lead else set()
        telltale = {piece.number for piece in trait.pieces} if trait else set()
        telling = [one for one in self.task.passages if one.finding.language == self.language] or list(
            self.task.passages
        )
        busy = Counter(passage.finding.participant_id for passage in self.task.passages)
        standing_alone = [one for one in telling if can_lead(one)]
        standing_alone = standing_alone or [one for one in self.task.passages if can_lead(one)] or telling
        best = max(
            standing_alone,
            key=lambda one: (
                quote_score(one)
                + (0.8 if number[id(one)] in leading else 0.0)
                + (1.2 if number[id(one)] in telltale else 0.0)
                + 0.4 * says_why(one.words)
                + 0.8 * tells_need(one.words)
                + (0.6 if one.finding.kind is Kind.MOTIVATION else 0.0)
                + 0.3 * busy[one.finding.participant_id] / max(busy.values())
                - (_SHOWN_ALREADY if number[id(one)] in self.quoted else 0.0)
            ),
            default=None,
        )
        if best is None:
            return 0, []
        fresh = [one for one in self.task.passages if one is best or number[id(one)] not in self.quoted]
        chosen = choose_quotes(fresh, [best], 5, self.language)
        return number[id(best)], [number[id(one)] for one in chosen if one is not best]

    def _unknowns(self, claims: Sequence[ClaimReply]) -> list[str]:
        answered = {one.key for one in claims if one.section == "decide"}
        missing = [say(self.language, f"question.{question}") for question in QUESTIONS if question not in answered]
        if not missing:
            return []
        return [say(self.language, "draft.unknown_questions", questions=join_words(self.language, missing))]

    def _in_their_words(
        self, section: str, ranked: Sequence[Piece], most: int, must: Callable[[Piece, str], bool] | None = None
    ) -> list[ClaimReply]:
        """Excerpts of different people as far as there are: in the draft's language first, none shown twice.

        Who says the same in the same words stands behind the same claim.
        """
        chosen: dict[str, tuple[str, list[Piece]]] = {}
        heard: Counter[str] = Counter()
        pool = [piece for piece in ranked if piece.number not in self.quoted]
        pool.sort(key=lambda piece: piece.finding.language != self.language)
        for turn in range(2):
            for piece in pool:
                text = excerpt(piece.words, piece.finding.language) if piece.number not in self.quoted else ""
                elsewhere = plain_text(text) in self.said and plain_text(text) not in chosen
                if not text or elsewhere or (must is not None and not must(piece, text)):
                    continue
                same = chosen.get(plain_text(text))
                if same is None and (len(chosen) >= most or heard[piece.person] > turn):
                    continue
                chosen.setdefault(plain_text(text), (text, []))[1].append(piece)
                heard[piece.person] += 1
                self.quoted.add(piece.number)
                self.said.add(plain_text(text))
        return [claim(section, text, pieces) for text, pieces in chosen.values()]


def _traits_of(piece: Piece) -> Iterable[str]:
    return piece.traits


def _drivers_of(piece: Piece) -> Iterable[str]:
    return [driver(piece)]


def _asks(piece: Piece) -> Iterable[str]:
    return motive_matcher("information", piece.finding.language).keys(piece.words)


def _apart(good: Sequence[Piece], bad: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    both = {piece.person for piece in good} & {piece.person for piece in bad}
    return [piece for piece in good if piece.person not in both], [piece for piece in bad if piece.person not in both]


def _people(pieces: Sequence[Piece]) -> int:
    return len({piece.person for piece in pieces})


def _once(pieces: Iterable[Piece]) -> list[Piece]:
    return list({piece.number: piece for piece in pieces}.values())
