"""The errors that Synth raises on purpose, one small tree.

    SynthError                  one line that says what failed, where, and what to do now
    ├── InputError              something that the user gave: a file, a folder, a setting
    │   ├── ReadError           a file that cannot be read as a transcript
    │   ├── FrameworkError      a framework file that does not hold together
    │   └── SettingError        a setting with a value that cannot be
    │       └── OptionError     an option of a command that cannot be, or not beside the others
    ├── StoreError              the database file: missing, newer, read-only, full
    │   └── NotFoundError       a study, participant or transcript that is not there
    ├── ModelError              a model that did not answer; `retryable` says whether trying again may help
    └── ReplyError              an answer that cannot be used
        ├── CutOffError         an answer that ends before it is complete
        └── EvidenceError       a proposal that does not stand on lines it may cite

Messages carry no words of a participant: logs outlive consent. Where a message names a file it gives the name as the
user wrote it.
"""

from __future__ import annotations


class SynthError(Exception):
    """Anything that Synth reports in one line; the command line exits with 1."""


class InputError(SynthError):
    """Something that the user gave cannot be used as it is."""


class ReadError(InputError):
    """A file cannot be read as a transcript.

    Attributes:
        path: the file, as the user named it.
        why: the reason without the path, a sentence that says what to do.
    """

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


class FrameworkError(InputError):
    """A framework file does not hold together."""


class SettingError(InputError):
    """A setting or an environment variable has a value that cannot be."""


class OptionError(SettingError):
    """An option of a command has a value that cannot be, alone or beside the others; the command line exits with 2."""


class StoreError(SynthError):
    """The database file cannot be used."""


class NotFoundError(StoreError):
    """What was asked for is not in the database."""


class ModelError(SynthError):
    """A model did not answer.

    Attributes:
        model: the name that was asked.
        retryable: whether the same call may succeed later (a limit, a timeout, a server that is down for a moment).
        fatal: whether every further call to this model must fail too (a wrong key, an unknown name).
        retry_after_seconds: how long the server asks to wait; None where it did not say.
        limited: whether the server said that it is asked too much; every call to it must then slow down.
        too_long: whether the prompt is longer than the model reads; a shorter one may do.
    """

    def __init__(
        self,
        model: str,
        why: str,
        *,
        retryable: bool = False,
        fatal: bool = False,
        retry_after_seconds: float | None = None,
        limited: bool = False,
        too_long: bool = False,
    ) -> None:
        super().__init__(f"{model}: {why}")
        self.model, self.retryable, self.fatal = model, retryable, fatal
        self.retry_after_seconds = retry_after_seconds
        self.limited, self.too_long = limited, too_long


class ReplyError(SynthError):
    """A model's answer is not what was asked for; the message says what is wrong, in words a model can act on.

    Attributes:
        why: what is wrong, in words for people.
    """

    def __init__(self, complaint: str, why: str = "") -> None:
        super().__init__(complaint)
        self.why = why or complaint


class CutOffError(ReplyError):
    """An answer ends before it is complete: at the model's length limit, or broken off on the way."""


class EvidenceError(ReplyError):
    """A proposal cites lines that do not exist, lie outside its chunk, are not a participant's, or cross turns."""
