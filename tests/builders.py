"""Small studies made by hand, for tests of anything that reads `Results`.

Every builder gives a whole, valid value of `synth.domain`: lines are exact slices of their transcript, findings stand
on lines that exist, and a map's feelings are computed from the findings that it is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import mean, quantiles

from synth.domain import (
    ChannelSwitch,
    Claim,
    Coverage,
    Draft,
    Emotion,
    Evidence,
    Feeling,
    Finding,
    JourneyMap,
    Kind,
    Line,
    Motivation,
    Origin,
    Participant,
    PathStep,
    Persona,
    PhaseColumn,
    Quote,
    Refusal,
    Role,
    Speaker,
    Theme,
    Touchpoint,
    Transcript,
    Turn,
    Unassigned,
    content_id,
    distinct,
)
from synth.frameworks import Framework, load_framework
from synth.results import Failure, Provenance, Results, State

Said = Sequence[tuple[str | None, Sequence[str]]]


def make_transcript(
    name: str, said: Said, participants: Mapping[str, str], *, language: str = "en", seconds_a_line: float | None = None
) -> Transcript:
    """A transcript of turns, each `(speaker, sentences)`; labels that are not in `participants` (label to id) ask."""
    text, lines, turns = "", list[Line](), list[Turn]()
    for turn_number, (speaker, sentences) in enumerate(said, start=1):
        text += ("\n\n" if text else "") + (f"{speaker}: " if speaker else "")
        first = len(lines) + 1
        for place, sentence in enumerate(sentences):
            text += " " if place else ""
            start, number = len(text), len(lines) + 1
            text += sentence
            seconds = None if seconds_a_line is None else (number - 1) * seconds_a_line
            lines.append(Line(number, turn_number, start, len(text), sentence, seconds))
        turns.append(Turn(turn_number, speaker, first, len(lines)))
    labels = list(dict.fromkeys(speaker for speaker, _ in said))
    speakers = tuple(
        Speaker(
            label,
            Role.PARTICIPANT if label in participants else Role.INTERVIEWER,
            sum(turn.speaker == label for turn in turns),
            participant=participants.get(label or ""),
        )
        for label in labels
    )
    digest = content_id(name, text)
    return Transcript(
        digest, name, "txt", "utf-8", language, digest, len(text.encode()), text, speakers, tuple(turns), tuple(lines)
    )


def make_finding(
    transcript: Transcript,
    first_line: int,
    detail: Motivation | Emotion | Touchpoint,
    *,
    last_line: int | None = None,
    label: str = "",
    phase: str | None = None,
) -> Finding:
    """A finding on lines of one participant; the label is the words themselves where none is given."""
    last = last_line or first_line
    participant = transcript.speaker_of(first_line).participant
    if participant is None:
        raise ValueError(f"line {first_line} of {transcript.name} is not a participant's")
    words = transcript.slice(first_line, last)[2]
    return Finding(
        content_id(transcript.id, first_line, last, str(detail)),
        participant,
        Evidence(transcript.id, first_line, last),
        label or " ".join(words.split()[:6]),
        transcript.language,
        phase,
        detail,
    )


def make_claim(
    section: str,
    text: str,
    findings: Sequence[Finding],
    *,
    against: Sequence[Finding] = (),
    phase: str | None = None,
    key: str | None = None,
    idea: bool = False,
    origin: Origin = Origin.ANALYST,
) -> Claim:
    """A claim whose people are those of its findings."""
    return Claim(
        content_id(section, text, phase, key),
        section,
        text,
        tuple(finding.id for finding in findings),
        distinct([finding.participant_id for finding in findings]),
        phase,
        key,
        tuple(finding.id for finding in against),
        distinct([finding.participant_id for finding in against]),
        origin,
        idea,
    )


def make_column(
    phase: str, findings: Sequence[Finding], claims: Sequence[Claim] = (), quote: bool = True
) -> PhaseColumn:
    """One phase of a map, with its feelings and channels computed from the findings of that phase."""
    here = [finding for finding in findings if finding.phase == phase]
    feelings, words = list[Feeling](), Counter[str]()
    channels: dict[str, list[Finding]] = {}
    felt: dict[str, list[Finding]] = {}
    for finding in here:
        if isinstance(finding.detail, Emotion):
            felt.setdefault(finding.participant_id, []).append(finding)
            words[finding.detail.emotion] += 1
        elif isinstance(finding.detail, Touchpoint):
            channels.setdefault(finding.detail.channel, []).append(finding)
    for person, moments in sorted(felt.items()):
        value = mean(moment.detail.valence for moment in moments if isinstance(moment.detail, Emotion))
        feelings.append(Feeling(person, round(value * 2) / 2, tuple(moment.id for moment in moments)))
    values = sorted(feeling.valence for feeling in feelings)
    quartiles = quantiles(values, n=4, method="inclusive") if len(values) >= 5 else None
    return PhaseColumn(
        phase=phase,
        participant_ids=distinct([finding.participant_id for finding in here]),
        feelings=tuple(feelings),
        mean=mean(values) if values else None,
        spread=(quartiles[0], quartiles[2]) if quartiles else None,
        emotion=words.most_common(1)[0][0] if words else None,
        channels={channel: distinct([f.participant_id for f in used]) for channel, used in channels.items()},
        channel_finding_ids={channel: tuple(f.id for f in used) for channel, used in channels.items()},
        claims=tuple(claim for claim in claims if claim.phase == phase),
        quotes=tuple(Quote(finding.id, phase) for finding in here[:1] if quote),
    )


def make_map(
    persona: Persona,
    findings: Sequence[Finding],
    claims: Sequence[Claim],
    framework: Framework,
    *,
    path: Sequence[PathStep] = (),
    switches: Sequence[ChannelSwitch] = (),
    title: str = "I get it done",
    reading: str = "",
) -> JourneyMap:
    """A persona's map over all phases of a framework; peak and low are the extreme means of three people or more."""
    own = [finding for finding in findings if finding.participant_id in persona.participant_ids]
    columns = tuple(make_column(phase, own, claims) for phase in framework.phase_keys)
    felt = [(column.mean, column.phase) for column in columns if column.mean is not None and len(column.feelings) >= 3]
    return JourneyMap(
        id=content_id("map", persona.id),
        persona_id=persona.id,
        title=title,
        framework=framework.key,
        wave=None,
        phases=columns,
        path=tuple(path),
        switches=tuple(switches),
        peak=max(felt)[1] if felt and max(felt)[0] > 0 else None,
        low=min(felt)[1] if felt and min(felt)[0] < 0 else None,
        end=next((column.phase for column in reversed(columns) if column.feelings), None),
        reading=reading,
        unplaced_finding_ids=tuple(finding.id for finding in own if finding.phase is None),
    )


def make_persona(
    name: str,
    participant_ids: Sequence[str],
    claims: Sequence[Claim] = (),
    quotes: Sequence[Finding] = (),
    *,
    unknowns: Sequence[str] = ("Nobody was asked about the price.",),
    stability: float | None = 0.88,
    border_ids: Sequence[str] = (),
) -> Persona:
    """A persona with these claims; the first quote is the large one."""
    return Persona(
        id=content_id("persona", name, tuple(participant_ids)),
        name=name,
        participant_ids=distinct(participant_ids),
        border_ids=tuple(border_ids),
        stability=stability,
        claims=tuple(claims),
        quotes=tuple(Quote(finding.id) for finding in quotes),
        unknowns=tuple(unknowns),
    )


def make_results(
    transcripts: Sequence[Transcript],
    findings: Sequence[Finding],
    personas: Sequence[Persona] = (),
    maps: Sequence[JourneyMap] = (),
    *,
    study: str = "Choosing a bicycle",
    subject: str = "How people choose a bicycle",
    language: str = "en",
    framework: Framework | None = None,
    themes: Sequence[Theme] = (),
    unassigned: Sequence[Unassigned] = (),
    refusals: Sequence[Refusal] = (),
    failures: Sequence[Failure] = (),
    states: Mapping[str, State] | None = None,
    quality: str = "",
    wave: str | None = None,
) -> Results:
    """A whole study; participants and coverage are told from the transcripts and findings."""
    people = distinct([s.participant for t in transcripts for s in t.speakers if s.participant])
    return Results(
        study=study,
        subject=subject,
        language=language,
        framework=framework or load_framework(),
        wave=wave,
        transcripts=tuple(transcripts),
        participants=tuple(Participant(person) for person in people),
        findings=tuple(findings),
        refusals=tuple(refusals),
        draft=Draft(tuple(personas), tuple(maps), tuple(themes), tuple(unassigned)),
        coverage=tuple(_coverage(transcript, findings) for transcript in transcripts),
        failures=tuple(failures),
        provenance=Provenance("offline", {"code_chunk": "1"}, quality, "2026-11-05T09:30:00Z"),
        states=states or {},
    )


def _coverage(transcript: Transcript, findings: Sequence[Finding]) -> Coverage:
    cited = {
        number
        for finding in findings
        if finding.evidence.transcript_id == transcript.id
        for number in range(finding.evidence.first_line, finding.evidence.last_line + 1)
    }
    person = next((speaker.participant for speaker in transcript.speakers if speaker.participant), "")
    spoken = [line for line in transcript.lines if transcript.speaker_of(line.number).participant]
    uncited = [
        turn.number
        for turn in transcript.turns
        if transcript.speaker_of(turn.first_line).participant
        and not cited & set(range(turn.first_line, turn.last_line + 1))
    ]
    return Coverage(
        person or "",
        transcript.id,
        sum(line.end - line.start for line in spoken if line.number in cited),
        sum(line.end - line.start for line in spoken),
        tuple(uncited),
    )


def small_study(language: str = "en", people: int = 3, **changes: object) -> Results:
    """People who all tell the same short story of choosing a bicycle: one persona, its map, a claim of most kinds.

    The first participant contradicts the fear of the others. `changes` goes to `make_results`.
    """
    transcripts, findings = list[Transcript](), list[Finding]()
    for number in range(1, people + 1):
        transcript = make_transcript(f"interview-{number:02}.txt", _STORY[language], {"Respondent": f"P{number:02}"},
                                     language=language, seconds_a_line=7.0)  # fmt: skip
        transcripts.append(transcript)
        findings += [
            make_finding(transcript, 2, Emotion("worry", -1), label="worry", phase="awareness"),
            make_finding(transcript, 3, Motivation("feel secure", "choice"), label="certainty", phase="consideration"),
            make_finding(transcript, 5, Touchpoint("desk"), last_line=6, label="shop", phase="purchase"),
            make_finding(transcript, 6, Emotion("relief", 2 if number % 2 else 1), label="relief", phase="purchase"),
            make_finding(transcript, 7, Touchpoint("phone", "desk", False), label="call", phase=None),
        ]
    worry, secure, shop, relief, call = (findings[place::5] for place in range(5))
    claims = [
        make_claim("essence", "Wants to know where they stand.", secure),
        make_claim("stated", "The old one broke down.", worry),
        make_claim("driver", "Wants to know where they stand.", secure, key="feel secure"),
        make_claim("decide", "Chooses what feels safe.", secure, key="choice"),
        make_claim("fear", "Standing still on the road.", worry[1:] or worry, against=worry[:1] if people > 1 else ()),
        make_claim("channel", "Desk or shop", shop, key="desk", origin=Origin.COMPUTED),
    ]
    lanes = [
        make_claim("title", "I go to the shop", shop, phase="purchase"),
        make_claim("doing", "Tries one out at the shop.", shop, phase="purchase"),
        make_claim("touchpoint", "The shop, in person.", shop, phase="purchase", key="desk"),
        make_claim("need", "Wants it to be safe.", secure, phase="consideration"),
        make_claim("friction", "On the phone they start over.", call, phase="purchase", key="context lost"),
        make_claim("moment", "The test ride decides.", relief, phase="purchase", key="peak"),
        make_claim("idea", "Offer a test ride.", call, phase="purchase", idea=True),
    ]
    framework = load_framework()
    persona = make_persona("No breakdowns", [f.participant_id for f in worry], claims, secure[:3])
    everyone = persona.participant_ids
    journey = make_map(
        persona,
        findings,
        lanes,
        framework,
        path=[PathStep("awareness", "consideration", everyone), PathStep("consideration", "purchase", everyone)],
        switches=[
            ChannelSwitch("purchase", "desk", "purchase", "phone", everyone, everyone, tuple(f.id for f in call))
        ],
        reading="The shop carries the journey.",
    )
    theme = Theme("t1", Kind.EMOTION, "Worry about the old one", tuple(f.id for f in worry), everyone, "awareness")
    given: dict[str, object] = {"language": language, "framework": framework, "themes": [theme]}
    return make_results(transcripts, findings, [persona], [journey], **(given | changes))  # type: ignore[arg-type]


_STORY: Mapping[str, Said] = {
    "en": [
        ("Interviewer", ["How did it begin?"]),
        ("Respondent", ["My old bicycle broke down twice and I got worried.", "I wanted one that I could rely on."]),
        ("Interviewer", ["And then?"]),
        ("Respondent", ["I went to the shop.", "I rode one around the block and I was so relieved.",
                        "Later I called and had to tell it all again."]),
    ],
    "nl": [
        ("Interviewer", ["Hoe begon het?"]),
        ("Respondent", ["Mijn oude fiets ging twee keer stuk en ik maakte me zorgen.",
                        "Ik wilde er een waar ik op kon bouwen."]),
        ("Interviewer", ["En toen?"]),
        ("Respondent", ["Ik ging naar de winkel.", "Ik reed een blokje om en ik was zo opgelucht.",
                        "Later belde ik en moest ik alles opnieuw vertellen."]),
    ],
}  # fmt: skip
