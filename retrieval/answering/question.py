"""A question made ready for the search: checked, misspelt words set right, encoded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.analysis import stem, terms, words
from retrieval.encoding.encoder import Encoder, Floats, Tokens
from retrieval.errors import QuestionInvalid, QuestionTooLong
from retrieval.index.bm25 import BM25

_WORD = re.compile(r"[^\W\d_]+")
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # colours and the like, pasted along from a terminal
SHORTEST = 5  # letters of a word that may be taken for misspelt
CONTEXT_WEIGHT = 0.15  # of a token of earlier turns, measured in followup: whole, they drown the question's own
TWO_EDITS_FROM = 8  # letters from which two edits are allowed, not one


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched for."""

    text: str
    """The question with misspelt words set right."""
    terms: tuple[str, ...]
    """Its BM25 terms."""
    tokens: Tokens
    context: int = 0
    """Characters at the text's beginning that earlier turns put there."""

    @property
    def weights(self) -> Floats:
        """[q], what each token counts in the mean match, 1 on average: those of earlier turns count less."""
        weights = np.where(self.tokens.offsets[:, 0] < self.context, CONTEXT_WEIGHT, 1.0).astype(np.float32)
        return np.asarray(weights / weights.mean(), dtype=np.float32) if self.context else weights


def clean(question: str, longest: int) -> str:
    """The question without control characters and doubled spaces; raises QuestionInvalid when it cannot be asked."""
    if len(question) > longest:
        raise QuestionTooLong(len(question), longest)
    plain = " ".join("".join(map(_seen, _TERMINAL.sub(" ", question))).split())
    if not plain:
        raise QuestionInvalid("is empty", 'ask something, for example "Who signed the letter?"')
    if not any(char.isalnum() for word in words(plain) for char in word):
        raise QuestionInvalid("has no word in it", 'ask with words, for example "Who signed the letter?"')
    return plain


def _seen(char: str) -> str:
    # Cc: line ends and terminal escapes. Cf: soft hyphens, and the marks that turn the direction of text around; they
    # have no width, and may stand within a word.
    category = unicodedata.category(char)
    return "" if category == "Cf" else " " if category in ("Cc", "Cs", "Co") else char


def prepare(
    text: str, encoder: Encoder, known: BM25, vocabulary: Callable[[], Sequence[str]], *, context: int = 0
) -> Question:
    """Make a cleaned question ready; its first `context` characters are of earlier turns.

    `known` tells which terms the corpus has; `vocabulary` gives the corpus' words as printed, most frequent first, and
    is asked only when a word is not known.
    """
    before, own = (
        correct(part, lambda word: _is_known(word, encoder, known), vocabulary)
        for part in (text[:context], text[context:])
    )
    corrected = before + own
    return Question(corrected, tuple(terms(corrected)), encoder.question(corrected), len(before))


def _is_known(word: str, encoder: Encoder, known: BM25) -> bool:
    # A word the model has as one piece is a common word of the language, and not misspelt: it is not in the corpus.
    return any(stem(part) in known for part in words(word)) or encoder.pieces(word) == 1


def correct(text: str, is_known: Callable[[str], bool], vocabulary: Callable[[], Sequence[str]]) -> str:
    """The text with each unknown word replaced by the corpus' word within one edit (two in long words), if any.

    Edits are insertions, deletions, substitutions and swaps of neighbours (optimal string alignment); the first letter
    must agree, the most frequent of equally near words wins.
    """
    from rapidfuzz.distance import OSA

    def replacement(match: re.Match[str]) -> str:
        word = match.group()
        if len(word) < SHORTEST or is_known(word):
            return word
        edits = 2 if len(word) >= TWO_EDITS_FROM else 1
        low = word.lower()
        best, distance = word, edits + 1
        for candidate in vocabulary():
            if candidate[0].lower() != low[0] or abs(len(candidate) - len(low)) > edits:
                continue
            found = OSA.distance(low, candidate.lower(), score_cutoff=edits)
            if found < distance:
                best, distance = candidate, found
        return best

    return _WORD.sub(replacement, text)
