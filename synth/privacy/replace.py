"""From a transcript to the same transcript under pseudonyms.

The promises: lines, turns, numbers and the id are those of the source, so that evidence resolves in both; the same name
has the same pseudonym in the whole study; replacing twice changes nothing more. What cannot be promised is that nothing
was missed: see `docs/privacy.md`.
"""

from __future__ import annotations

from collections.abc import Iterable

from synth.domain import Role, Transcript, fold_space
from synth.privacy.key import Key
from synth.privacy.known import names_somebody
from synth.privacy.masker import Masker
from synth.privacy.outside import neutral_name
from synth.privacy.rewrite import Rewrite, rewrite_transcript
from synth.privacy.values import Identifier, Replaced, Replacement


def learn_names(transcripts: Iterable[Transcript], key: Key) -> None:
    """Note in the key who speaks under which label, so that they are known in every transcript of the study.

    Call it for all transcripts of a batch before any is replaced: then the order of files makes no difference.
    """
    for transcript in transcripts:
        for speaker in transcript.speakers:
            if speaker.name is None or not names_somebody(speaker.name):
                continue
            if speaker.participant is not None:
                if speaker.name != speaker.participant:
                    key.add_participant(speaker.participant, speaker.name)
            elif speaker.role is Role.INTERVIEWER:
                label = fold_space(speaker.name)
                key.pseudonym(Identifier.INTERVIEWER, label.casefold(), transcript.language, label)


def replace_names(transcript: Transcript, key: Key) -> Replaced:
    """The transcript with a pseudonym for every name and identifier that was found.

    Args:
        transcript: its participants have ids. One that was replaced before comes back as it is.
        key: grows by what is new; save it before anything that was replaced is stored or sent.
    """
    learn_names([transcript], key)
    masker = Masker(key, transcript)
    found = masker.find(transcript)
    rewrites = [Rewrite(one.start, one.end, masker.words_for(one, transcript.text)) for one in found]
    changed, placed = rewrite_transcript(
        transcript, rewrites, masker.labels, masker.mask, neutral_name(transcript.name, [transcript], key)
    )
    replacements = tuple(
        Replacement(
            found[at.number].kind, rewrites[at.number].words, at.line, at.source_start, at.source_end, at.start, at.end
        )
        for at in placed
    )
    return Replaced(changed, replacements)


def replace_text(text: str, key: Key, language: str, transcript: Transcript | None = None) -> str:
    """A text that is no transcript (a label of a finding, a claim, a note) with pseudonyms for names.

    Args:
        transcript: whose words it is about; its speakers are then known by their first names too.
    """
    return Masker(key, transcript, language).mask(text)
