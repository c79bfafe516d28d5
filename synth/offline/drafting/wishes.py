"""Whether words say what their speaker wants, in a form that can stand as a goal or as a name.

What somebody does not want is a fear or a refusal and no goal; 'I want to say' looks for a word and wants nothing.
"""

from __future__ import annotations

import re

_MODAL = r"(?: just| only| really| do| still| always)?"
_WISH = re.compile(
    rf"(?<!way )(?<!if )\b(?:(?:i|we)(?:'d)?{_MODAL} (?:want(?:ed)?|hope[ds]?|need(?:ed)?(?= to| some| that| a| my))"
    r"(?! to (?:say|laugh|cry))"
    rf"|(?:i|we)(?:'d| would){_MODAL} (?:like|love|rather)"
    r"|(?:i|we)'?(?:m| am| was| were|re| are) (?:looking for|trying to|hoping)"
    r"|so that (?:i|we)|as long as|so long as|all i (?:want|need)(?:ed)?"
    r"|(?:ik|we|wij) (?:wil(?:len|de|den)?|wou(?:en|den)?|zoek|zochten?|hoop(?:te)?|probeer(?:de)?)"
    r"(?! niet)(?! zeggen)(?! geen)(?! (?:het|dat) uit)"
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
_FOR_ONESELF = re.compile(
    r"\b(?:(?:i|we) (?:do|did)(?:n't| not) (?:want|need)(?! any)|(?:i|we) (?:need|have) to (?:know|see|be able|be sure)"
    r"|(?:ik|we|wij) (?:wil(?:len|de|den)?|wou(?:en|den)?)(?: gewoon| echt| ook)? (?:niet|geen|nooit|nergens)"
    r"|(?:ik|we|wij) (?:hoef|hoefde|hoeven|hoefden) (?:niet|geen|nergens|nooit)"
    r"|(?:ik|we|wij) moe(?:t|st|ten|sten) (?:weten|kunnen|zeker))\b",
    re.IGNORECASE,
)
"""What is needed or not wanted: no goal, and a need all the same."""
_LEFT_OUT = re.compile(
    r"\b(?:(?:they|he|she|somebody|someone) (?:could|should|might) (?:at least )?have"
    r" (?:told|said|called|rung|phoned|asked|sent|warned|written|explained|let|mentioned)"
    r"|(?:ze|zij|hij|iemand) (?:had|hadden) (?:\w+ ){0,5}(?:kunnen|moeten|mogen) (?:\w+ )?\w+en"
    r"|(?:had|hadden) (?:ze|zij|hij|iemand) (?:\w+ ){0,5}(?:kunnen|moeten|mogen) (?:\w+ )?\w+en)\b",
    re.IGNORECASE,
)
"""What somebody else could have done: 'they could at least have called'."""
_NO_NEED = re.compile(
    r"\b(?:(?:(?:do|did)(?:n't| not) want|wil(?:de)?|wou) (?:\w+ ){0,5}(?:over (?:hebben|praten)|talk about)"
    r"|(?:wil|wou|wilde|want|wanted|need) ?…|zo (?:wil|wou|wilde) (?:ik|we|wij)"
    r"|(?:zolang|so long as|as long as) (?:dat|that|it)\b)",
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


def tells_need(text: str) -> bool:
    """Whether words say what their speaker wants, needs or will not have, or what others could have done for them."""
    said = text.replace("’", "'")
    told = tells_wish(said) or _FOR_ONESELF.search(said) or _LEFT_OUT.search(said)
    return bool(told) and not is_no_need(said)


def is_no_need(text: str) -> bool:
    """Whether a wish is none: not said to the end, of something to be silent about, or of what is so already."""
    return bool(_NO_NEED.search(text.replace("’", "'")))


def reads_as_name(text: str) -> bool:
    """Whether words can name a persona: a need of one's own, or what is wanted and nothing else, in one breath."""
    return "," not in text and not text.endswith("?") and bool(_NAMING.match(text.replace("’", "'")))
