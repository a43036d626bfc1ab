"""Questions prepared for the search: checked, misspelt words corrected, encoded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from retrieval.analysis import is_in_english, is_stop_word, question_terms, terms_in_each, words
from retrieval.encoding.encoder import Encoder, Floats, Tokens
from retrieval.errors import QuestionInvalid, QuestionTooLong
from retrieval.index.vocabulary import Vocabulary
from retrieval.records import ENGLISH
from retrieval.stages import measured

Nearest = Callable[[str, int], str | None]
"""Returns the word of the corpus that is nearest to one in small letters, within so many edits; None for none."""

_WORD = re.compile(r"[^\W\d_]+")
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # colours and the like, pasted from a terminal
_SOUNDS = {char: letters[0] for letters in ("bfpv", "cgjkqsxz", "dt", "l", "mn", "r") for char in letters}
_SILENT = frozenset("aeiouyhwаеиоуыэюяєіьъαεηιουω")
SHORTEST = 5  # letters of the shortest word that is corrected
CONTEXT_WEIGHT = 0.15  # weight of a token of earlier turns: at full weight they drown the question's own
TWO_EDITS_FROM = 8  # letters from which a correction may take two edits


@dataclass(frozen=True, slots=True)
class Question:
    """A question as searched for."""

    text: str
    """The question with misspelt words corrected."""
    terms: tuple[str, ...]
    """Its BM25 terms, in each language of the corpus."""
    tokens: Tokens
    context: int = 0
    """Length of the text's beginning that comes from earlier turns, in characters."""
    doubtful: bool = False
    """Whether a word of it is unknown, and the nearest one of the corpus may well be another name."""
    spellings: str = ""
    """The text with the names that are like unknown words of it, whose terms are looked for."""

    def terms_in(self, language: str) -> list[str]:
        """Return its BM25 terms in one language."""
        return question_terms(self.spellings or self.text, language)

    @property
    def weights(self) -> Floats:
        """[q], each token's weight in the mean match, 1 on average; tokens of earlier turns weigh less."""
        weights = np.where(self.tokens.offsets[:, 0] < self.context, CONTEXT_WEIGHT, 1.0).astype(np.float32)
        return np.asarray(weights / weights.mean(), dtype=np.float32) if self.context else weights


def clean(question: str, longest: int) -> str:
    """Remove control characters and doubled spaces; raises QuestionInvalid where no question is left."""
    if len(question) > longest:
        raise QuestionTooLong(len(question), longest)
    plain = " ".join("".join(map(_printable, _TERMINAL.sub(" ", question))).split())
    if not plain:
        raise QuestionInvalid("is empty", 'ask something, for example "Who signed the letter?"')
    if not any(char.isalnum() for word in words(plain) for char in word):
        raise QuestionInvalid("has no word in it", 'ask with words, for example "Who signed the letter?"')
    return plain


def _printable(char: str) -> str:
    # Cc: line ends and terminal escapes. Cf: soft hyphens and direction marks, which have no width and may be within
    # a word.
    category = unicodedata.category(char)
    return "" if category == "Cf" else " " if category in ("Cc", "Cs", "Co") else char


def prepare(
    text: str,
    encoder: Encoder,
    bm25: Vocabulary,
    nearest: Nearest,
    *,
    context: int = 0,
    languages: Sequence[str] = (ENGLISH,),
) -> Question:
    """Correct and encode a cleaned question, whose first `context` characters come from earlier turns.

    `bm25` holds the terms of the corpus, which is in these languages; `nearest` is only called for an unknown word.
    """
    is_known = partial(_is_known, encoder=encoder, bm25=bm25, languages=languages)
    guesses: dict[str, str] = {}

    def corrected(part: str) -> str:
        mended, names = correct(part, is_known, lambda word: encoder.pieces(word) == 1, nearest)
        guesses.update(names)
        return mended

    before, own = corrected(text[:context]), corrected(text[context:])
    searched = before + own
    is_english = tuple(languages) == (ENGLISH,) or is_in_english(text)
    # The model tells plain words of English alone from names; in other languages, small letters do.
    names = {typed: name for typed, name in guesses.items() if is_english or not name.islower()}
    doubtful = any(_is_another(typed, name) for typed, name in names.items())
    spellings = " ".join([searched, *guesses.values()])
    in_each = tuple(terms_in_each(spellings, languages))
    with measured("encode"):
        tokens = encoder.question(searched)
    return Question(searched, in_each, tokens, len(before), doubtful, spellings)


def _is_known(word: str, encoder: Encoder, bm25: Vocabulary, languages: Sequence[str]) -> bool:
    # A word that is one piece of the model is a common word, not a misspelt one, even if the corpus lacks it.
    return (
        any(term in bm25 for term in terms_in_each(word, languages))
        or any(is_stop_word(word, language) for language in languages)
        or encoder.pieces(word) == 1
    )


def correct(
    text: str,
    is_known: Callable[[str], bool],
    is_plain: Callable[[str], bool],
    nearest: Nearest,
) -> tuple[str, dict[str, str]]:
    """Replace each unknown word by the corpus' nearest word within one edit (two in long words), if that is plain.

    Return the text, and by the word that was typed the nearest one that is not plain: names and the like, which may
    well mean something else.
    """
    names: dict[str, str] = {}

    def replacement(match: re.Match[str]) -> str:
        word = match.group()
        if len(word) < SHORTEST or is_known(word):
            return word
        best = nearest(word.lower(), 2 if len(word) >= TWO_EDITS_FROM else 1)
        if best is None:
            return word
        if not is_plain(best):
            names[word] = best
            return word
        return best

    return _WORD.sub(replacement, text), names


def _is_another(typed: str, name: str) -> bool:
    """Return whether two names that are spelt alike are not one: they sound different, and no letters are swapped."""
    return _sound(typed) != _sound(name) and sorted(typed.lower()) != sorted(name.lower())


def _sound(name: str) -> str:
    """Return a name's consonants, those that sound alike as one: its Soundex (Russell, 1918) at full length."""
    letters = unicodedata.normalize("NFKD", name.casefold())  # without accents, and ß as ss
    first, *codes = (_SOUNDS.get(char, char if char.isalpha() and char not in _SILENT else "") for char in letters)
    return first + "".join(code for code, before in zip(codes, [first, *codes], strict=False) if code != before)
