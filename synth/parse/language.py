"""Which language an interview is in, told from its commonest words over the whole text.

Small words make up half of all speech and hardly overlap between languages; over a thousand words the right language
wins by far. Where the text is too short or no language fits, it is `und`."""

from __future__ import annotations

import re
from collections import Counter

_SMALL_WORDS = {
    "nl": """de het een en ik je dat van in is niet ik ja maar dan ook op te zijn was met voor die er heb heeft wel nog
        naar om toen nou we wat als bij uit zo ze hij hoe dus want had aan gewoon mijn ben kan moet daar geen weet
        deze over meer worden""",
    "en": """the and i you that it to a of was in is so we they but my have for with on not what this be do are
        like just at or there he she about would had then when because know think really yeah don't it's
        from how me up out very were did your""",
    "de": """und ich die der das ist nicht es zu ein wir auch so mit war dann aber sie auf den für von hat man eine wie
        noch da habe dass oder wenn mir schon nur bei doch einen sich""",
    "fr": """et je de la le les c'est pas que on est il un une des en pour dans vous qui mais ça avec sur ce nous j'ai
        plus elle du au très comme tout était""",
    "es": """de que la y el en no es un los se lo una por con me las para pero como muy más mi yo ya porque está
        eso hay al cuando sí del también""",
    "it": """di che e la il non è un per una sono mi con ma si ho anche come più le della era questo perché molto
        quando cosa lo ci gli poi""",
    "pt": """de que e o a não é um uma para com eu os se em por mais mas como foi muito isso ele também da do tem na no
        já porque quando""",
    "sv": """och jag det att är inte som en på för det var med så men den har vi till av om de man han ju också
        när från""",
    "da": """og jeg det at er ikke som en på for var med så men den har vi til af om de man han også når fra der
        hvad""",
    "no": """og jeg det at er ikke som en på for var med så men den har vi til av om de man han også når fra hva""",
    "fy": """de it in en ik net dat fan is wie mar ek op te mei foar dy der ha hawwe wol noch nei om doe wat as
        by út sa""",
    "af": """die het en ek nie dat van in is was maar dan ook op te met vir daar baie ons wat as by hulle hy sy om""",
    "pl": "i nie to się w na że z jest do jak tak ale co o po był ja mnie już od tylko przez",
    "tr": "bir ve bu da de ne için çok ben ama o gibi var mı daha sonra şey yani olarak",
    "fi": "ja on se että ei hän oli mutta niin kun ne myös minä joka tai sen ole",
}
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SETS = {language: frozenset(listed.split()) for language, listed in _SMALL_WORDS.items()}
_LANGUAGES = {
    word: [language for language in _SETS if word in _SETS[language]] for word in frozenset().union(*_SETS.values())
}
_SCRIPTS = (
    ("ja", "\u3040", "\u30ff"),
    ("zh", "\u4e00", "\u9fff"),
    ("ko", "\uac00", "\ud7af"),
    ("ru", "\u0400", "\u04ff"),
    ("el", "\u0370", "\u03ff"),
    ("he", "\u0590", "\u05ff"),
    ("ar", "\u0600", "\u06ff"),
    ("hi", "\u0900", "\u097f"),
    ("th", "\u0e00", "\u0e7f"),
)
_BEYOND_LATIN = re.compile("[\\x00-\\u036f\\u1e00-\\u206f]+")
_SAMPLE = 200_000
_LEAST_WORDS = 6
UNKNOWN_LANGUAGE = "und"


def tell_language(text: str) -> str:
    """An ISO 639-1 code, or `und` where the text is too short or mixed to tell."""
    sample = text if len(text) <= _SAMPLE else text[: _SAMPLE // 2] + text[-_SAMPLE // 2 :]
    foreign = _BEYOND_LATIN.sub("", sample[:20_000])
    for language, first, last in _SCRIPTS if foreign else ():
        if sum(first <= character <= last for character in foreign) > 0.2 * min(len(sample), 20_000):
            return language
    counts = Counter(word.replace("’", "'") for word in _WORDS.findall(sample.lower()))
    total = sum(counts.values())
    if total < _LEAST_WORDS:
        return UNKNOWN_LANGUAGE
    found = dict.fromkeys(_SETS, 0)
    for word, count in counts.items():
        for language in _LANGUAGES.get(word, ()):
            found[language] += count
    (best, first_score), (_, second) = sorted(
        ((language, n / total) for language, n in found.items()), key=lambda one: -one[1]
    )[:2]
    if first_score < 0.12 or (first_score - second < 0.02 and total < 200):
        return UNKNOWN_LANGUAGE
    return best


def tell_sentence_language(text: str, otherwise: str) -> str:
    """English or Dutch, by which has more of its small words in a sentence; `otherwise` where neither has."""
    words = [word.replace("’", "'") for word in _WORDS.findall(text.lower())]
    dutch, english = (sum(word in _SETS[language] for word in words) for language in ("nl", "en"))
    return otherwise if dutch == english else "nl" if dutch > english else "en"
