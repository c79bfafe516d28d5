"""Shapes of accounts, tokens, links, retention and new studies in the HTTP API: what is taken, and what is given."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from api.models import Id, Page, Sentence
from api.shapes import Shape
from synth.accounts import MOST_PASSWORD, Role

_ACCOUNT, _STUDY = "5c0f6a1b2d3e4f50", "b1eaa99ee3b42549"
Login = Annotated[str, Field(min_length=1, max_length=100, examples=["joris"])]
Password = Annotated[str, Field(min_length=1, max_length=MOST_PASSWORD, examples=["three green bicycles"])]
Name = Annotated[Sentence, Field(max_length=100, examples=["Joris Baan"])]


def _example(**fields: JsonValue) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})


# --- Studies ---------------------------------------------------------------------------------------------------------


class StudyIn(Shape):
    """A new study."""

    model_config = _example(name="Choosing a bicycle", subject="How people choose a bicycle", language="en")

    name: Annotated[Sentence, Field(min_length=1, max_length=200)]
    subject: Annotated[Sentence, Field(max_length=1_000)] = ""
    language: Annotated[Literal["", "en", "nl"], Field(description="Of drafts; empty: that of most interviews.")] = ""
    framework: Annotated[str, Field(max_length=60, description="A key of GET /api/v1/frameworks.")] = "customer"


class StudyChange(Shape):
    """What changes about a study; what is left out stays."""

    model_config = _example(subject="How people choose and keep a bicycle")

    subject: Annotated[Sentence | None, Field(max_length=1_000)] = None
    language: Literal["", "en", "nl"] | None = None
    framework: Annotated[str | None, Field(max_length=60, description="Before the first draft only.")] = None


class Member(Shape):
    """Somebody's role on a study."""

    account_id: str
    login: str
    name: str
    role: Annotated[Role | None, Field(description="What counts here.")]
    own: Annotated[Role | None, Field(description="A role on this study alone; null: as on all studies.")]


class MemberList(Shape):
    """Everybody with an account, and what they may do on a study."""

    items: list[Member]


class RoleIn(Shape):
    """A role; null takes it away."""

    model_config = _example(role="reviewer")

    role: Role | None


class ShareIn(Shape):
    """A link to make."""

    model_config = _example(label="The steering group", days=30)

    label: Name = ""
    days: Annotated[int, Field(ge=1, le=366)] = 30


class Share(Shape):
    """A link to a study's report; what opens it was given once."""

    id: str
    label: str
    made_by: str
    made_utc: str
    ends_utc: str
    revoked_utc: str | None
    opened: int


class ShareList(Shape):
    """All links that a study ever had, the newest first."""

    items: list[Share]


class ShareMade(Shape):
    """A link that was just made."""

    share: Share
    address: Annotated[str, Field(description="Opens the report; it is given this once.")]


class RetentionIn(Shape):
    """How long to keep a study after it was last worked on."""

    model_config = _example(months=24)

    months: Annotated[int | None, Field(ge=1, le=600, description="null: until somebody deletes it.")]


class Retention(Shape):
    """How long a study is kept; everything is null where nobody said so."""

    months: int | None
    due_utc: Annotated[str | None, Field(description="When notice is given, or was due.")]
    noticed: bool
    deletes_utc: Annotated[str | None, Field(description="When it goes, if nobody works on it before.")]


class Withdrawn(Shape):
    """What went with somebody who withdrew, in numbers, and where else their words are."""

    interviews: Annotated[int, Field(description="In which they alone were interviewed: removed whole.")]
    blanked: Annotated[int, Field(description="With others, in which their turns were blanked.")]
    findings: int
    claims_lost: Annotated[int, Field(description="Of the newest draft: they stood on nobody else, or repeated them.")]
    claims_weakened: Annotated[int, Field(description="Of the newest draft: they stand on fewer people now.")]
    studies: Annotated[list[str], Field(description="Other studies of yours that hold the same files.")]
    clean: Annotated[
        bool,
        Field(description="false: another program had the database open; `synth withdraw NAME --scrub` overwrites."),
    ]


# --- People ----------------------------------------------------------------------------------------------------------


class Me(Shape):
    """Who is asking."""

    login: Annotated[str | None, Field(description="null: in single-user mode.")]
    name: str
    role: Annotated[Role | None, Field(description="On what belongs to no study.")]
    single_user: bool
    token: Annotated[str | None, Field(description="The id of the token that was sent.")]


class MeChange(Shape):
    """Your name in the ledger from now on."""

    model_config = _example(name="Mira Jansen")

    name: Annotated[Name, Field(min_length=1)]


class AccountIn(Shape):
    """An account to make."""

    model_config = _example(login="joris", name="Joris Baan", password="three green bicycles", role="reviewer")

    login: Login
    name: Name = ""
    password: Password
    role: Role | None = None
    study_id: Annotated[Id | None, Field(description="The role is on this study alone.")] = None


class AccountChange(Shape):
    """What changes about an account; what is left out stays."""

    model_config = _example(role="researcher")

    name: Annotated[Name | None, Field(min_length=1)] = None
    password: Password | None = None
    role: Role | None = None
    no_role: Annotated[bool, Field(description="Take away the role on all studies.")] = False
    keep_tokens: Annotated[
        bool, Field(description="With `password`: tokens go on working, which they do not otherwise.")
    ] = False


class Account(Shape):
    """Somebody with a password."""

    model_config = _example(id=_ACCOUNT, login="joris", name="Joris Baan", role=None, studies={_STUDY: "reviewer"},
                            made_utc="2026-03-02T10:15:00Z")  # fmt: skip

    id: str
    login: str
    name: str
    role: Annotated[Role | None, Field(description="On every study that `studies` does not name.")]
    studies: Annotated[dict[str, Role], Field(description="Role by study id.")]
    made_utc: str


class AccountList(Shape):
    """All accounts, by login."""

    items: list[Account]


class TokenIn(Shape):
    """A token to make."""

    model_config = _example(name="nightly export", scope="viewer", days=90)

    name: Annotated[Name, Field(min_length=1)]
    scope: Annotated[Role, Field(description="The most that it may do.")] = Role.VIEWER
    study_id: Annotated[Id | None, Field(description="The only study that it opens.")] = None
    days: Annotated[int, Field(ge=1, le=366)] = 90


class Token(Shape):
    """A token of yours, without what opens it."""

    id: str
    name: str
    scope: Role
    study_id: str | None
    made_utc: str
    ends_utc: str
    used_utc: str | None
    revoked_utc: str | None


class TokenList(Shape):
    """All tokens that you ever had, the newest first."""

    items: list[Token]


class TokenMade(Shape):
    """A token that was just made."""

    token: Token
    secret: Annotated[str, Field(description="Send it as `Authorization: Bearer`; it is given this once.")]


# --- The service -----------------------------------------------------------------------------------------------------


class AuditEntry(Shape):
    """Something that was refused, or a change of who may do what."""

    number: int
    at_utc: str
    who: str
    what: str
    refused: bool
    method: str
    route: str
    study_id: str | None
    address: str
    about: str


class AuditPage(Page):
    """Entries, the newest first."""

    items: list[AuditEntry]


class FrameworkName(Shape):
    """A framework that a study can have."""

    key: str
    en: str
    nl: str
    phases: list[str]


class FrameworkList(Shape):
    """The frameworks that ship."""

    items: list[FrameworkName]


class ModelKey(Shape):
    """Whether there is a key for a provider; never the key."""

    variable: Annotated[str, Field(examples=["OPENAI_API_KEY"])]
    provider: str
    where: Annotated[Literal["environment", "here", ""], Field(description="Empty: there is none.")]


class ModelKeyList(Shape):
    """The providers."""

    items: list[ModelKey]


class ModelKeyIn(Shape):
    """A key to keep; empty takes it away."""

    model_config = _example(key="sk-...")

    key: Annotated[str, Field(max_length=2_000, pattern=r"^[\x21-\x7e]*$")]
