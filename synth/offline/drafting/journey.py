"""A journey map drafted without a model: each cell from what happened in that phase, in the first person."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from synth.analyst import ClaimReply, DraftMap, MapReply, Passage
from synth.domain import Kind, Touchpoint
from synth.frameworks import Framework, Phase
from synth.journeys import PEOPLE_FOR_RECURRING, find_marks, peak_end_reading, title_of_map
from synth.offline.drafting.excerpts import QUOTATION, excerpt, refers_back, says_self, standing, tells_others
from synth.offline.drafting.feelings import names_channel, names_feeling
from synth.offline.drafting.forms import deed_matcher, deeds, motive_answers, motive_matcher, situations
from synth.offline.drafting.material import (
    Group,
    Piece,
    acts,
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
    touchpoints,
    valence,
)
from synth.offline.drafting.wishes import tells_need
from synth.phrases import join_words, say
from synth.quotes import content_words, spread_quotes

_MOST_DOING, _MOST_TOUCHPOINTS, _MOST_NEEDS, _MOST_FRICTION, _MOST_IDEAS = 3, 2, 2, 3, 2
_ENOUGH_DOING = 2
_MOST_THROUGH = 2
_LEAST_CONTENT = 2
"""Words that carry meaning, in what is shown of a contact."""
_TELLS_ACT = re.compile(
    r"(?:(?:so|then|and|dus|toen|en) )?(?:i|i'm|i'd|i've|we|we'd|ik|wij)\b"
    r"(?! (?:was|am|felt|thought|think|knew|know|wanted|want|hoped|hope|liked|like|couldn't|didn't"
    r"|werd|ben bang|ben blij|voelde|voel|vond|vind|dacht|denk|wist|weet|wou|wilde|wil|hoopte|hoop|schrok|had)\b)",
    re.IGNORECASE,
)
"""How words begin that tell what their speaker did, and not what they were, felt or had in mind."""
_THERE_WAS = re.compile(
    r"(?:there (?:was|were|is|are) (?:(?:a|an|the|this|some) )?\w+(?: \w+)?"
    r"|er (?:was|waren|is|zijn|lag) (?:(?:een|de|het) )?\w+(?: \w+)?)\W*$",
    re.IGNORECASE,
)
_MOST_QUOTES = 16
_MOST_QUESTIONS = 3
_SURE_ENOUGH = 0.6
"""Below this a reader's guess does not stand in a cell by its words alone: half of them or more were wrong."""
_SURE_CONTACT = 0.7
"""The same for a contact in the words of one person, which nothing else beside it tells."""


def draft_map(task: DraftMap) -> MapReply:
    """The reply to a task; the same task gives the same reply."""
    return _MapDraft(task).reply()


class _MapDraft:
    def __init__(self, task: DraftMap) -> None:
        self.task, self.language = task, task.language
        self.framework: Framework = task.framework
        self.asking = [phase.key for phase in task.framework.phases if phase.role == "informing"]
        self.pieces = lay_out(task.passages)
        self.people = len(task.participant_ids)
        self.quoted: set[int] = set()
        self.said: set[str] = set()
        self.asked: set[str] = set()

    def reply(self) -> MapReply:
        claims: list[ClaimReply] = []
        marks = find_marks([(phase, value, people) for phase, value, people in self.task.means if value is not None])
        frictions = {phase.key: self._happening(phase, "bad") for phase in self.framework.phases}
        joys = {phase.key: self._happening(phase, "good") for phase in self.framework.phases}
        moments = self._moments(marks, frictions, joys)
        ideas = self._ideas(frictions, joys)
        asked = self._questions()
        for phase in self.framework.phases:
            here = in_phase(self.pieces, phase.key)
            if not here:
                continue
            claims.append(claim("title", phase.title(self.language), here, phase=phase.key))
            claims += self._doing(phase, here)
            claims += moments.get(phase.key, [])
            claims += self._friction(phase, here, frictions[phase.key])
            claims += asked.get(phase.key, [])
            claims += self._needs(phase, here)
            claims += self._touchpoints(phase, here)
            claims += ideas.get(phase.key, [])
        return MapReply(
            title=title_of_map(self.language, self.task.persona_name),
            claims=claims[:120],
            quotes=self._quotes(),
            reading=peak_end_reading(self.task.means, self.framework, self.language),
        )

    # Lanes

    def _doing(self, phase: Phase, here: Sequence[Piece]) -> list[ClaimReply]:
        """What is done, where words of several tell it; else how somebody puts it; else which channels several used."""
        contacts = [one for one in touchpoints(here) if not _is_skipped(one)]
        claims = [
            claim("doing", self._done(group), group.pieces, phase=phase.key)
            for group in group_by(contacts, _deeds_of)
            if group.people > 1
        ][:_MOST_DOING]
        told = {number for one in claims for number in one.findings}
        acted = [one for one in contacts if one.number not in told and acts(one) and one.sure >= _SURE_ENOUGH]
        while len(claims) < _ENOUGH_DOING:
            piece, text = self._own_words(sorted(acted, key=self._rank), _tells_act)
            if piece is None:
                break
            acted = [one for one in acted if one.person != piece.person or self.people == 1]
            claims.append(claim("doing", text, [piece], phase=phase.key))
        return claims or self._channels_used(phase, here)

    def _done(self, group: Group) -> str:
        """A deed with the channels that most of its people did it through."""
        through = by_channel(group.pieces)[:_MOST_THROUGH]
        names = [self.framework.channel(one.key).name(self.language).lower() for one in through]
        text = deeds()[group.key].say.of(self.language)
        return f"{text} ({join_words(self.language, names)})" if names else text

    def _channels_used(self, phase: Phase, here: Sequence[Piece]) -> list[ClaimReply]:
        """Where no words tell what somebody did, a channel of one person is a contact and nothing more."""
        often = [group for group in by_channel(here) if group.people > 1]
        return [
            claim("doing", self._does(phase, group.key), group.pieces, phase=phase.key) for group in often[:_MOST_DOING]
        ]

    def _touchpoints(self, phase: Phase, here: Sequence[Piece]) -> list[ClaimReply]:
        """The contact moments in their words, of the channels that most people use here, each of somebody else."""
        claims: list[ClaimReply] = []
        heard: Counter[str] = Counter()
        sure = [one for one in touchpoints(here) if one.sure >= _SURE_CONTACT and not _is_skipped(one)]
        for group in by_channel(sure):
            if len(claims) == _MOST_TOUCHPOINTS:
                break
            ranked = sorted(group.pieces, key=lambda one: (heard[one.person], -_tells(one), *self._rank(one)))
            piece, text = self._contact(group.key, ranked)
            if piece is not None:
                heard[piece.person] += 1
                claims.append(claim("touchpoint", text, [piece], key=group.key, phase=phase.key))
        return claims

    def _contact(self, key: str, ranked: Sequence[Piece]) -> tuple[Piece | None, str]:
        """Words that tell of a contact: where somebody names the channel, it stands in what is shown of them."""
        named = [one for one in ranked if names_channel(one.words, one.finding.language, key)]
        piece, text = self._own_words(named, partial(_shows_contact, key))
        return (piece, text) if piece else self._own_words([one for one in ranked if one not in named], _says_contact)

    def _needs(self, phase: Phase, here: Sequence[Piece]) -> list[ClaimReply]:
        claims = []
        known = {one.key for one in self.framework.drivers}
        for group in carried(group_by(motivations(here), lambda one: [driver(one)])):
            wish = self.framework.driver(group.key).wish(self.language) if group.key in known else ""
            if wish and group.people > 1:
                claims.append(claim("need", wish, group.pieces, phase=phase.key))
        if phase.key in self.asking:
            answers = motive_answers("information")
            groups = group_by(here, lambda one: motive_matcher("information", one.finding.language).keys(one.words))
            for group in groups:
                me = answers[group.key].me
                if me is not None and (group.people > 1 or self.people == 1):
                    claims.append(claim("need", me.of(self.language), group.pieces, phase=phase.key))
        claims = [one for one in claims if one.text not in self.asked]
        claims.sort(key=lambda one: -self._people_of(one))
        if len(claims) < _MOST_NEEDS:
            # A reason that says what is wanted needs no reader that is sure of it.
            heard = [one for one in here if one.finding.kind is Kind.MOTIVATION or one.sure >= _SURE_ENOUGH]
            piece, text = self._own_words(sorted(heard, key=self._rank_reasons_first), _tells_need)
            if piece is not None:
                claims.append(claim("need", text, [piece], phase=phase.key))
        return claims[:_MOST_NEEDS]

    def _questions(self) -> dict[str, list[ClaimReply]]:
        """What half of the people or more wanted to know, once, in the phase where most of them asked."""
        answers = motive_answers("information")
        before = [one for one in self.pieces if one.finding.phase in self.asking]
        groups = group_by(before, lambda one: motive_matcher("information", one.finding.language).keys(one.words))
        asked: dict[str, list[ClaimReply]] = {}
        for group in groups[:_MOST_QUESTIONS]:
            me = answers[group.key].me
            if me is None or group.people < max(PEOPLE_FOR_RECURRING, math.ceil(self.people / 2)):
                continue
            where = Counter(phase for _, phase in {(one.person, one.finding.phase) for one in group.pieces})
            phase = min(where, key=lambda key: (-where[key], self.asking.index(key or "")))
            text = me.of(self.language)
            self.asked.add(text)
            asked.setdefault(phase or "", []).append(claim("question", text, group.pieces, phase=phase))
        return asked

    def _friction(self, phase: Phase, here: Sequence[Piece], groups: Sequence[Group]) -> list[ClaimReply]:
        known = situations()
        claims = [
            claim("friction", known[g.key].say.of(self.language), g.pieces, key=known[g.key].friction, phase=phase.key)
            for g in groups[:_MOST_FRICTION]
        ]
        if not claims:
            bad = [one for one in emotions(here) if valence(one) < 0 and one.sure >= _SURE_ENOUGH and is_stated(one)]
            worst = sorted(bad, key=lambda one: (valence(one), *self._rank(one)))
            piece, text = self._own_words(worst, _names_trouble)
            if piece is not None:
                claims.append(claim("friction", text, [piece], phase=phase.key))
        return claims

    def _moments(
        self,
        marks: tuple[str | None, str | None, str | None],
        frictions: dict[str, list[Group]],
        joys: dict[str, list[Group]],
    ) -> dict[str, list[ClaimReply]]:
        """At the highest point, the lowest and the end: what happens to several there, else one person's words."""
        moments: dict[str, list[ClaimReply]] = {}
        means = {phase: value for phase, value, _ in self.task.means}
        for mark, phase in zip(("peak", "low", "end"), marks, strict=True):
            if phase is None or (mark == "end" and phase in moments):
                continue
            good = mark == "peak" or (mark == "end" and (means[phase] or 0.0) >= 0)
            groups = [group for group in (joys if good else frictions)[phase] if group.people > 1]
            if groups:
                text = situations()[groups[0].key].say.of(self.language)
                made = claim(
                    "moment", say(self.language, "draft.moment_many", say=text), groups[0].pieces, key=mark, phase=phase
                )
            else:
                felt = [
                    one
                    for one in emotions(in_phase(self.pieces, phase))
                    if (valence(one) > 0) == good and valence(one) and one.sure >= _SURE_ENOUGH
                ]
                piece, text = self._own_words(
                    sorted(
                        felt,
                        key=lambda one: (
                            not is_stated(one),
                            -abs(valence(one)),
                            *self._rank(one),
                        ),
                    ),
                    _tells_self,
                )
                if piece is None:
                    continue
                made = claim("moment", text, [piece], key=mark, phase=phase)
            moments.setdefault(phase, []).append(made)
        for own in self.framework.phases:
            # Where people say themselves that a moment counts, their words give the reason (method.md 5.4).
            telling = [
                one for one in touchpoints(in_phase(self.pieces, own.key)) if _matters(one) and one.sure >= _SURE_ENOUGH
            ]
            piece, text = self._own_words(sorted(telling, key=self._rank))
            if piece is not None:
                moments.setdefault(own.key, []).append(claim("moment", text, [piece], phase=own.key))
        return moments

    def _ideas(self, frictions: dict[str, list[Group]], joys: dict[str, list[Group]]) -> dict[str, list[ClaimReply]]:
        """Each idea once, in the phase where most people meet what it answers."""
        found: dict[str, tuple[str, Group]] = {}
        for groups_by_phase, least in ((frictions, 1), (joys, 2)):
            for phase, groups in groups_by_phase.items():
                for group in groups:
                    if group.people >= least and (group.key not in found or group.people > found[group.key][1].people):
                        found[group.key] = phase, group
        ideas: dict[str, list[ClaimReply]] = {}
        ranked = sorted(found.values(), key=lambda entry: (situations()[entry[1].key].tone == "good", -entry[1].people))
        for phase, group in ranked:
            if len(ideas.get(phase, ())) < _MOST_IDEAS:
                one = situations()[group.key]
                answers = one.friction or one.answers or one.tone
                made = claim("idea", one.idea.of(self.language), group.pieces, key=answers, phase=phase)
                ideas.setdefault(phase, []).append(made)
        return ideas

    # Parts

    def _does(self, phase: Phase, key: str) -> str:
        channel = self.framework.channel(key)
        return channel.telling(self.language) if phase.telling else channel.doing(self.language)

    def _happening(self, phase: Phase, tone: str) -> list[Group]:
        """Situations that people met here; of one person only where the words alone tell it, and they felt so too."""
        known = situations()
        here = in_phase(self.pieces, phase.key)
        groups = group_by(here, lambda one: [key for key in one.happens if known[key].tone == tone])
        return [
            group
            for group in groups
            if group.people > 1 or (known[group.key].alone and any(one.mood for one in group.pieces))
        ]

    def _own_words(
        self, ranked: Sequence[Piece], must: Callable[[Piece, str], object] | None = None
    ) -> tuple[Piece | None, str]:
        """The first whose words make a piece that says what it must; those in the map already are passed over."""
        for piece in sorted(ranked, key=lambda one: one.finding.language != self.language):
            text = excerpt(piece.words, piece.finding.language) if piece.number not in self.quoted else ""
            if text and text not in self.said and (must is None or must(piece, text.strip(QUOTATION))):
                self.quoted.add(piece.number)
                self.said.add(text)
                return piece, text
        return None, ""

    def _rank(self, piece: Piece) -> tuple[float, int]:
        return -(standing(piece.words) + 2 * piece.sure), piece.number

    def _rank_reasons_first(self, piece: Piece) -> tuple[bool, float, int]:
        return piece.finding.kind is not Kind.MOTIVATION, *self._rank(piece)

    def _people_of(self, reply: ClaimReply) -> int:
        return len({self.pieces[number - 1].person for number in reply.findings})

    def _quotes(self) -> list[int]:
        number = {id(passage): index for index, passage in enumerate(self.task.passages, start=1)}
        chosen: list[Passage] = []
        numbers: list[int] = []
        for phase in self.framework.phases:
            here = [one for one in self.task.passages if one.finding.phase == phase.key]
            fresh = [one for one in here if number[id(one)] not in self.quoted] or here
            for passage in spread_quotes(fresh, 1, taken=chosen):
                chosen.append(passage)
                numbers.append(number[id(passage)])
        return numbers[:_MOST_QUOTES]


def _deeds_of(piece: Piece) -> list[str]:
    matches = deed_matcher(piece.finding.language).find(piece.words)
    return list(dict.fromkeys(match.key for match in matches if not match.negated))


def _is_skipped(piece: Piece) -> bool:
    return isinstance(piece.finding.detail, Touchpoint) and bool(piece.finding.detail.skipped)


def _tells(piece: Piece) -> int:
    """How much is known of a contact besides its channel: who began it, what it took and what came of it."""
    detail = piece.finding.detail
    if not isinstance(detail, Touchpoint):
        return 0
    return min(2, (detail.initiator is not None) + (detail.effort is not None) + (detail.outcome is not None))


def _says_contact(_piece: Piece, text: str) -> bool:
    """Whether words tell what happened at a contact: that there was a letter says nothing."""
    least = _LEAST_CONTENT if says_self(text) else 2 * _LEAST_CONTENT
    return content_words(text) >= least and not _THERE_WAS.match(text)


def _shows_contact(channel: str, piece: Piece, text: str) -> bool:
    return _says_contact(piece, text) and names_channel(text, piece.finding.language, channel)


def _tells_act(piece: Piece, text: str) -> bool:
    return bool(_TELLS_ACT.match(text)) and _says_contact(piece, text)


def _names_trouble(piece: Piece, text: str) -> bool:
    """Whether its speaker names there what they felt: what made them feel so seldom tells it by itself."""
    felt = names_feeling(text, piece.finding.language, {emotion(piece)})
    return felt and _tells_self(piece, text) and not refers_back(text) and content_words(text) >= _LEAST_CONTENT


def _tells_self(_piece: Piece, text: str) -> bool:
    """Whether words tell of their speaker: what somebody else did tells a feeling of nobody."""
    return says_self(text) and not tells_others(text)


def _tells_need(_piece: Piece, text: str) -> bool:
    return content_words(text) >= _LEAST_CONTENT and not refers_back(text) and tells_need(text)


def _matters(piece: Piece) -> bool:
    detail = piece.finding.detail
    return isinstance(detail, Touchpoint) and detail.matters is not None
