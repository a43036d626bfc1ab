"""Snowball's stemmers and stop words of each language that has them; words of other languages stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""ISO 639-1 code of a language -> its stemmer."""
_WITH_STOP_WORDS = frozenset({
    "danish", "dutch", "french", "german", "italian", "norwegian", "portuguese", "russian", "spanish", "swedish",
    "turkish",
})  # fmt: skip


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """Return what stems a word in lower case, with its accents."""
    import Stemmer

    name = ALGORITHMS.get(language)
    # One that an older PyStemmer lacks leaves words as they are.
    return Stemmer.Stemmer(name).stemWord if name in Stemmer.algorithms() else str


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language but English, in lower case with accents; none without a list."""
    from bm25s import stopwords

    name = ALGORITHMS.get(language, "")
    return frozenset(getattr(stopwords, f"STOPWORDS_{name.upper()}")) if name in _WITH_STOP_WORDS else frozenset()
