"""What the sentences and passages of a generation say, with what is read with them though never quoted."""

from __future__ import annotations

from dataclasses import replace

from retrieval.analysis import terms
from retrieval.answering.cues import Cues, cues, words_and_stems
from retrieval.answering.lookup import Place
from retrieval.answering.question import Question
from retrieval.answering.scope import Scope
from retrieval.answering.term_matches import TermMatches
from retrieval.caching import cached
from retrieval.index.generation import Generation

CACHED = 4096  # sentences whose cues are kept


class Sources:
    """Reads the sentences and passages of one generation."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self.cues = cached(self._cues, CACHED)
        """Returns the cues of the sentence at a row, and the words of what it stands under."""

    def place(self, row: int) -> Place:
        """Return a sentence with what is read with it."""
        sentence = self._generation.sentence(row)
        under = f"{self._title(sentence.article)} {self._generation.context_text(sentence.passage)}"
        return Place(self._generation.text(sentence), self._generation.lead_text(row), under)

    def passage_text(self, row: int) -> str:
        """Return a passage with its article's title and aliases, and what it stands under."""
        passage = self._generation.passage(row)
        context = self._generation.context_text(row)
        return f"{self._title(passage.article)} {context}{self._generation.text(passage)}"

    def has_term(self, term: str, scope: Scope | None = None) -> bool:
        """Return whether any passage has a term, or any of those that a filter leaves."""
        terms = self._generation.passage_terms
        return term in terms if scope is None else terms.occurs(term, scope.passages)

    def nearest(self, question: str, word: str, edits: int) -> str | None:
        """Return the word nearest to one of a question, as `Words.nearest`, in the language that most of it is in."""
        words, languages = self._generation.words, self._generation.languages
        if len(languages) == 1:
            return words.nearest(word, languages[0], edits)
        in_question = set(question.lower().split())
        best = max(languages, key=lambda language: sum(words.has(each, language) for each in in_question))
        return words.nearest(word, best, edits)

    def language_of(self, passage: int) -> str:
        """Return the language of a passage."""
        return self._generation.language_of(passage)

    def term_matches(self, question: Question, passage: int) -> TermMatches:
        """Return the question's terms in the language of a passage, with those of the passage."""
        language, index = self.language_of(passage), self._generation.passage_terms
        distinct = tuple(sorted(set(question.terms_in(language))))
        own = frozenset(terms(self.passage_text(passage), language))
        return TermMatches(distinct, tuple(map(index.idf, distinct)), own, index.highest_idf)

    def _title(self, article: int) -> str:
        return self._generation.name(article)

    def _cues(self, row: int) -> Cues:
        sentence = self._generation.sentence(row)
        language = self._generation.language_of(sentence.passage)
        own = cues(self._generation.text(sentence), language)
        published = self._generation.article(sentence.article).published or ""
        context = self._generation.context_text(sentence.passage) + self._generation.lead_text(row)
        under, stems = words_and_stems(f"{context} {published}", language)
        return replace(own, words=own.words | under, stems=own.stems | stems)
