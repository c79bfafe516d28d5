"""Whether words say what their speaker wants, in a form that can stand as a goal or as a name.

What somebody does not want is a fear or a refusal and no goal; 'I want to say' looks for a word and wants nothing.
"""

from __future__ import annotations

import re

_MODAL = r"(?: just| only| really| do| still| always)?"
_WISH = re.compile(
    rf"\b(?:(?:i|we)(?:'d)?{_MODAL} (?:want(?:ed)?|hope[ds]?|need(?:ed)?(?= to| some))(?! to (?:say|laugh|cry))"
    rf"|(?:i|we)(?:'d| would){_MODAL} (?:like|love|rather)"
    r"|(?:i|we)'?(?:m| am| was| were|re| are) (?:looking for|trying to|hoping)"
    r"|so that (?:i|we)|as long as|so long as|all i (?:want|need)(?:ed)?"
    r"|(?:ik|we|wij) (?:wil(?:len|de|den)?|wou(?:en|den)?|zoek|zochten?|hoop(?:te)?|probeer(?:de)?)"
    r"(?! niet)(?! zeggen)(?! geen)"
    r"|(?:wil(?:de)?|wou|willen|wilden|zoek|hoop|hoopte) (?:ik|we|wij|je)(?! niet)(?! geen)(?! er niet)"
    r"|(?:ik|we|wij) (?:heb|had|hebben|hadden|zou|zouden)(?: het| er)? (?:liever|graag|liefst)"
    r"|graag will?en|zodat (?:ik|we|wij)|zolang)\b",
    re.IGNORECASE,
)
_UNWANTED = re.compile(
    r"\b(?:(?:do|did|does)(?:n't| not) (?:want|need)"
    r"|(?:wil(?:de)?|wou|willen) (?:\w+ ){0,2}(?:niet|geen|nooit)|never want)",
    re.IGNORECASE,
)
_NAMING = re.compile(
    r"^(?:(?:i|we)(?:'d)?(?: just| only)? (?:want|need|like|would rather)|i'd rather|just |only |rather |all i want"
    r"|as long as|no more |(?:ik|wij|we) (?:wil|wou|willen|zoek|hou van|houd van|heb liever)|liever |gewoon |alleen "
    r"|als ik maar |zolang |geen )",
    re.IGNORECASE,
)
_ANYBODYS = re.compile(
    r"(?:(?:to )?(?:know|understand|see|decide|have|keep|get|be able)\b|some(?:body|one|where|thing)\b|a person\b"
    r"|(?:eerst )?(?:weten|begrijpen|snappen|zien|kunnen|zelf)\b|iemand\b|iets\b|ergens\b|een mens\b|geen\b|niemand\b)",
    re.IGNORECASE,
)
_OF_THE_STORY = re.compile(
    r"\b(?:him|her|them|he|she|they|that|i \w+ed|hem|haar|hen|hij|zij|ze|die|dat|daar)\b|\d", re.IGNORECASE
)


def wants_as_anybody(wish: str) -> bool:
    """Whether what somebody wants could be what others want: nobody and nothing of their own story is in it."""
    return "," not in wish and bool(_ANYBODYS.match(wish)) and not of_the_story(wish)


def of_the_story(text: str) -> bool:
    """Whether words speak of somebody or something that only their own story tells."""
    return bool(_OF_THE_STORY.search(text))


def tells_wish(text: str) -> bool:
    """Whether somebody says of themselves what they want to get done, and not only what they do not want."""
    return bool(_WISH.search(_UNWANTED.sub(" ", text.replace("’", "'"))))


def reads_as_name(text: str) -> bool:
    """Whether words can name a persona: a need of one's own, or what is wanted and nothing else, in one breath."""
    return "," not in text and not text.endswith("?") and bool(_NAMING.match(text.replace("’", "'")))
