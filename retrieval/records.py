"""The records that cross every border of the engine.

All offsets count characters (Unicode code points) of `Article.text`; a span is half-open, [start, end).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Article:
    """One document of the corpus."""

    id: str
    """Path below the corpus folder without its ending, unless front matter or a JSONL line names one."""
    text: str
    """What every offset counts in: the file as decoded, or the extracted text where `converted`."""
    title: str
    sha256: str
    """Hex digest of the file's bytes (of the line's bytes for a JSONL corpus)."""
    path: str | None = None
    """Path of the file below the corpus folder, with `/` between parts."""
    source: str | None = None
    """Who published it, as a reader would want to see it."""
    url: str | None = None
    published: str | None = None
    """Date of publication, ISO 8601 where the document gives one that can be read."""
    encoding: str = "utf-8"
    """The encoding the bytes were decoded with."""
    converted: bool = False
    """True where the text was extracted (HTML, PDF, JSONL) and offsets do not count in the file itself."""
    body: int = 0
    """Where the text begins that may be quoted: behind front matter."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A span of an article that may be quoted."""

    start: int
    end: int
    paragraph: int
    """Number of the paragraph it stands in, counted from 1 over paragraphs that hold a sentence."""
    run: int = 0
    """Sentences of one run have nothing between them that was left out; a passage stays within a run."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence-aligned window of one article."""

    article: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Warn:
    """Something of the corpus that was skipped or guessed, for the build's summary."""

    path: str
    """The file below the corpus folder, with `:LINE` for a line of a JSONL corpus."""
    reason: str
    """A sentence part: why, in the reader's words."""
    skipped: bool = True
    """False where the file was indexed all the same (an encoding that had to be guessed)."""
    retry: bool = False
    """True where the file may be read another time (it vanished, or could not be opened): the next build tries."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands, so that anyone can check it."""

    article: str
    title: str
    start: int
    end: int
    paragraph: int
    sha256: str
    source: str | None = None
    published: str | None = None
    url: str | None = None
    path: str | None = None

    @property
    def ref(self) -> str:
        """The permalink, `ARTICLE@DIGEST12#START-END`."""
        return f"{self.article}@{self.sha256[:12]}#{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Quote:
    """An exact slice of one article's text, with its citation."""

    text: str
    citation: Citation
    score: float
    also_in: tuple[Citation, ...] = ()
    """Other articles that print the same words, but for upper case, white space, quote marks and dashes."""
    weak: bool = False
    """True where the answer is an abstention and the quote is shown all the same."""


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """An article named without a quote."""

    article: str
    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage as the retriever ranks it."""

    citation: Citation
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A question with its quotes, best first, or an abstention with the nearest articles."""

    question: str
    answered: bool
    confidence: float
    """Estimated probability, 0 to 1, that the first quote answers the question."""
    quotes: tuple[Quote, ...]
    nearest: tuple[ArticleRef, ...]
    fingerprint: str
    """First 12 hex digits of the digest of the generation that answered."""
    elapsed_ms: float
    searched: str = ""
    """What was searched: the question, with misspelt words set right."""
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation, with the quotes that answered it."""

    question: str
    """Empty where its words are not to be repeated: the quotes then stand for it."""
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome of checking whether a text stands verbatim in the corpus."""

    verdict: Literal["verbatim", "near", "absent"]
    text: str
    citations: tuple[Citation, ...] = ()
    """Every place of a verbatim text; the nearest quote's place for a near one."""
    nearest: str | None = None
    """The corpus' own words that come nearest, for a near one."""
