"""Interviews in any number, put together from parts that were written for this; the same seed gives the same words.

    python -m bench.make_study FOLDER --interviews 1000 --words 1500

They are for measuring what a study of this size takes, and for nothing else: nobody lived these journeys. Each person
is of one of three temperaments, so that there is something to group, and goes through the phases mostly in order. Half
of the interviews are in Dutch, half in English.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

Parts = Mapping[str, Sequence[str]]

_ENGLISH: Parts = {
    "ask": (
        "How did it begin?",
        "And what did you do then?",
        "How was that for you?",
        "What made you choose?",
        "Where did you look?",
        "Can you tell me more about that?",
        "What happened after that?",
        "And how is it now?",
        "What would you tell somebody else?",
        "Why did that matter to you?",
    ),
    "awareness": (
        "It was {when} that I first noticed {thing}.",
        "I saw {thing} on {place} and thought no more of it.",
        "Somebody at {where} told me about {thing}.",
        "Before {when} I had never heard of {thing} at all.",
    ),
    "orientation": (
        "I started looking on {place} {when}.",
        "I read everything about {thing} that I could find on {place}.",
        "I asked {who} what they had done about {thing}.",
        "I made a list with {thing} at the top and {thing} below it.",
    ),
    "intent": (
        "{When} I knew that I would do it.",
        "I had decided, I only did not know with whom.",
        "I told {who} that I was going to do it {when}.",
    ),
    "consideration": (
        "I compared {thing} and {thing} for an evening.",
        "I called them and asked {who} about {thing}.",
        "The two were much alike, apart from {thing}.",
        "I put {thing} next to the one that {who} had.",
    ),
    "purchase": (
        "I signed on {place} {when}.",
        "I sent the form by e-mail and heard nothing until {when}.",
        "The letter about {thing} came {when}.",
        "At the desk {who} helped me with {thing} in ten minutes.",
    ),
    "use": (
        "I use the app for {thing} {when}.",
        "{When} it stopped working, and I had to call about {thing}.",
        "On the phone I had to tell about {thing} all over again.",
        "The bill for {thing} came {when}.",
        "I wrote to them about {thing} and {who} wrote back.",
    ),
    "loyalty": (
        "I have stayed with them since {when}.",
        "{When} I renewed it without looking at {thing}.",
        "I would not leave them for {thing}.",
    ),
    "advocacy": (
        "I told {who} to go there.",
        "I warned {who} about {thing}.",
        "I wrote a review about {thing} {when}.",
    ),
    "careful": (
        "I was worried about {thing} the whole time.",
        "I only want to know what I will pay for {thing}.",
        "I felt relieved when {who} said it was settled.",
        "I did not trust what they said about {thing}.",
        "I wanted to be certain before I signed.",
        "I was afraid that {thing} would cost me more.",
    ),
    "proud": (
        "I was proud that I had found {thing} by myself.",
        "I wanted to have {thing} before {who} did.",
        "I was delighted with {thing}.",
        "I loved how quick it was.",
        "I was annoyed that {thing} took so long.",
        "I want to do it my own way, without {who} looking over my shoulder.",
    ),
    "together": (
        "We decided about {thing} together, {who} and I.",
        "I was grateful that {who} helped us.",
        "It is important to me that {who} feels at home.",
        "I was sad that nobody answered about {thing}.",
        "I felt ashamed that I had to ask {who}.",
        "I was happy for {who} when it worked.",
    ),
    "thing": (
        "the contract",
        "the monthly fee",
        "the second offer",
        "the small print",
        "the delivery date",
        "the old boiler",
        "the new meter",
        "the waiting time",
        "the deposit",
        "the guarantee",
        "the insurance",
        "the reference number",
    ),
    "place": ("the website", "the app", "the portal", "Facebook", "a forum", "the comparison site"),
    "when": (
        "last spring",
        "on a Monday morning",
        "two weeks later",
        "after the holidays",
        "in the end",
        "that same evening",
        "the day before the move",
        "around Easter",
        "in my lunch break",
        "a year ago",
    ),
    "where": ("work", "the sports club", "the school gate", "a birthday party", "the market"),
    "who": (
        "my sister",
        "a colleague",
        "the neighbour",
        "the man on the phone",
        "my partner",
        "the woman at the desk",
        "my father",
        "an old friend",
        "the installer",
        "our daughter",
    ),
    "aside": (
        "It rained that day.",
        "I remember that the kettle was on.",
        "We had visitors at the time.",
        "That is how it went.",
        "I had a cold as well.",
        "It was the year of the renovation.",
        "I do not know why I remember that.",
    ),
}
_DUTCH: Parts = {
    "ask": (
        "Hoe begon het?",
        "En wat deed u toen?",
        "Hoe was dat voor u?",
        "Waarom koos u daarvoor?",
        "Waar keek u dan?",
        "Kunt u daar meer over vertellen?",
        "Wat gebeurde er daarna?",
        "En hoe is het nu?",
        "Wat zou u een ander aanraden?",
        "Waarom was dat belangrijk voor u?",
    ),
    "awareness": (
        "Pas {when} viel {thing} mij op.",
        "Ik zag {thing} op {place} en dacht er niet verder over na.",
        "Iemand op {where} vertelde mij over {thing}.",
        "Voor die tijd had ik nooit van {thing} gehoord.",
    ),
    "orientation": (
        "Ik ben {when} op {place} gaan zoeken.",
        "Ik heb op {place} alles gelezen over {thing}.",
        "Ik vroeg {who} wat zij met {thing} hadden gedaan.",
        "Ik maakte een lijstje met {thing} bovenaan en {thing} daaronder.",
    ),
    "intent": (
        "{When} wist ik dat ik het zou doen.",
        "Ik had het besloten, alleen nog niet bij wie.",
        "Ik zei tegen {who} dat ik het {when} ging doen.",
    ),
    "consideration": (
        "Ik heb een avond lang {thing} en {thing} vergeleken.",
        "Ik belde ze op en vroeg {who} naar {thing}.",
        "De twee leken erg op elkaar, op {thing} na.",
        "Ik legde {thing} naast die van {who}.",
    ),
    "purchase": (
        "Ik heb {when} op {place} getekend.",
        "Ik stuurde het formulier per mail en hoorde niets tot {when}.",
        "De brief over {thing} kwam {when}.",
        "Aan de balie hielp {who} mij in tien minuten met {thing}.",
    ),
    "use": (
        "Ik gebruik de app {when} voor {thing}.",
        "{When} deed het niets meer en moest ik bellen over {thing}.",
        "Aan de telefoon moest ik het hele verhaal over {thing} opnieuw doen.",
        "De rekening voor {thing} kwam {when}.",
        "Ik schreef ze over {thing} en {who} schreef terug.",
    ),
    "loyalty": (
        "Ik ben er {when} gebleven.",
        "{When} heb ik verlengd zonder naar {thing} te kijken.",
        "Ik zou niet bij ze weggaan om {thing}.",
    ),
    "advocacy": (
        "Ik heb {who} gezegd daarheen te gaan.",
        "Ik heb {who} gewaarschuwd voor {thing}.",
        "Ik schreef {when} een recensie over {thing}.",
    ),
    "careful": (
        "Ik maakte me de hele tijd zorgen over {thing}.",
        "Ik wil gewoon weten wat ik voor {thing} betaal.",
        "Ik was opgelucht toen {who} zei dat het geregeld was.",
        "Ik vertrouwde niet wat ze over {thing} zeiden.",
        "Ik wilde zekerheid voordat ik tekende.",
        "Ik was bang dat {thing} mij meer ging kosten.",
    ),
    "proud": (
        "Ik was trots dat ik {thing} zelf had gevonden.",
        "Ik wilde {thing} hebben voordat {who} het had.",
        "Ik was heel blij met {thing}.",
        "Ik vond het heerlijk hoe snel het ging.",
        "Ik ergerde me eraan dat {thing} zo lang duurde.",
        "Ik wil het op mijn eigen manier doen, zonder {who}.",
    ),
    "together": (
        "We hebben samen over {thing} beslist, {who} en ik.",
        "Ik was dankbaar dat {who} ons hielp.",
        "Ik vind het belangrijk dat {who} zich thuis voelt.",
        "Ik was verdrietig dat niemand iets zei over {thing}.",
        "Ik schaamde me dat ik {who} moest vragen.",
        "Ik was blij voor {who} toen het lukte.",
    ),
    "thing": (
        "het contract",
        "het maandbedrag",
        "de tweede offerte",
        "de kleine lettertjes",
        "de leverdatum",
        "de oude ketel",
        "de nieuwe meter",
        "de wachttijd",
        "de borg",
        "de garantie",
        "de verzekering",
        "het kenmerk",
    ),
    "place": ("de website", "de app", "het portaal", "Facebook", "een forum", "de vergelijkingssite"),
    "when": (
        "vorig voorjaar",
        "op een maandagochtend",
        "twee weken later",
        "na de vakantie",
        "uiteindelijk",
        "diezelfde avond",
        "de dag voor de verhuizing",
        "rond Pasen",
        "in mijn pauze",
        "een jaar geleden",
    ),
    "where": ("het werk", "de sportclub", "het schoolplein", "een verjaardag", "de markt"),
    "who": (
        "mijn zus",
        "een collega",
        "de buurman",
        "de man aan de telefoon",
        "mijn partner",
        "de vrouw aan de balie",
        "mijn vader",
        "een oude vriend",
        "de monteur",
        "onze dochter",
    ),
    "aside": (
        "Het regende die dag.",
        "Ik weet nog dat de waterkoker aanstond.",
        "We hadden toen bezoek.",
        "Zo is het gegaan.",
        "Ik was ook nog verkouden.",
        "Het was het jaar van de verbouwing.",
        "Ik weet niet waarom ik dat nog weet.",
    ),
}
_PHASES = ("awareness", "orientation", "intent", "consideration", "purchase", "use", "loyalty", "advocacy")
TEMPERAMENTS = ("careful", "proud", "together")


def make_interview(number: int, words: int = 1500, seed: int = 1) -> str:
    """One interview as a text file has it, with questions by `Interviewer` and answers by the person's code."""
    rng = random.Random(f"{seed}:{number}")
    parts = (_ENGLISH, _DUTCH)[number % 2]
    temperament = TEMPERAMENTS[number % len(TEMPERAMENTS)]
    paragraphs: list[str] = []
    written = 0
    while written < words:
        phase = _PHASES[min(len(_PHASES) - 1, written * len(_PHASES) // words)]
        answer = " ".join(_sentence(rng, parts, kind) for kind in _kinds(rng, phase, temperament))
        paragraphs += [f"Interviewer: {rng.choice(parts['ask'])}", f"{person(number)}: {answer}"]
        written += len(answer.split()) + 6
    return "\n\n".join(paragraphs) + "\n"


def person(number: int) -> str:
    """The code of the person who speaks in an interview."""
    return f"P{number + 1:05}" if number >= 9999 else f"P{number + 1:04}"


def write_study(folder: Path, interviews: int, words: int = 1500, seed: int = 1) -> int:
    """Write the interviews as text files; how many bytes they are together."""
    folder.mkdir(parents=True, exist_ok=True)
    size = 0
    for number in range(interviews):
        data = make_interview(number, words, seed).encode()
        (folder / f"{person(number)}.txt").write_bytes(data)
        size += len(data)
    return size


def _kinds(rng: random.Random, phase: str, temperament: str) -> Iterator[str]:
    for _ in range(rng.randint(3, 9)):
        chance = rng.random()
        if chance < 0.2:
            yield temperament if rng.random() < 0.8 else rng.choice(TEMPERAMENTS)
        elif chance < 0.5:
            yield phase
        elif chance < 0.6:
            yield rng.choice(_PHASES)
        else:
            yield "aside"


def _sentence(rng: random.Random, parts: Parts, kind: str) -> str:
    sentence = rng.choice(parts[kind])
    for slot in ("thing", "place", "when", "where", "who"):
        while f"{{{slot}}}" in sentence:
            sentence = sentence.replace(f"{{{slot}}}", rng.choice(parts[slot]), 1)
    if "{When}" in sentence:
        when = rng.choice(parts["when"])
        sentence = sentence.replace("{When}", when[0].upper() + when[1:], 1)
    return sentence


def main() -> None:
    """Write a folder of interviews."""
    parser = argparse.ArgumentParser(description="Interviews in any number, for measuring.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--interviews", type=int, default=100)
    parser.add_argument("--words", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    size = write_study(arguments.folder, arguments.interviews, arguments.words, arguments.seed)
    print(f"{arguments.interviews} interviews, {size / 1e6:.1f} MB, in {arguments.folder}")


if __name__ == "__main__":
    main()
