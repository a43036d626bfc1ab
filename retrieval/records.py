"""The records that cross every border of the engine.

All offsets count characters (Unicode code points) of `Article.text`; a span is half-open, [start, end).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from typing import Literal

ENGLISH = "en"
"""The language of an article whose own was not told."""

BlockPlace = tuple[int, int, int, int, int]
"""Start, end, kind, level and scope of a block; see `retrieval.articles.structure.Block`."""

Place = tuple[int, str, str | None]
"""Where a part of a document begins, the time or the page that it is cited by ("" for none), and its own address: that
of a page is the end of the document's."""

_PAGE = "#page="

Label = tuple[str, str]
"""The label of a link, or of a footnote with `^` before it, and what the footnote's mark reads as."""


def page_address(number: int) -> str:
    """Return the address of a page within its document, by its number from 1 (RFC 8118)."""
    return f"{_PAGE}{number}"


def page_number(address: str | None) -> int | None:
    """Return the number of a page that this is the address of; None for any other address."""
    return int(address.removeprefix(_PAGE)) if address and address.startswith(_PAGE) else None


@dataclass(frozen=True, slots=True)
class Article:
    """One document of the corpus."""

    id: str
    """Path below the corpus folder without its ending, unless front matter or a JSONL line names one."""
    text: str
    """The text that offsets refer to: the decoded file, or the extracted text where `converted`."""
    title: str
    sha256: str
    """Hex digest of the file's bytes; of a line's bytes for a JSONL corpus, and of the text for each other article that
    shares its file: what changes elsewhere in the file leaves citations of it standing."""
    path: str | None = None
    """Path of the file below the corpus folder, with `/` between parts."""
    source: str | None = None
    """The publisher's name, for display."""
    url: str | None = None
    published: str | None = None
    """Date of publication, as the document writes it."""
    encoding: str = "utf-8"
    """Encoding that the bytes were decoded with."""
    converted: bool = False
    """True where the text was extracted (HTML, PDF, JSONL …), so that offsets do not refer to the file itself."""
    converter: str | None = None
    """Name and version of what extracted the text."""
    places: tuple[Place, ...] = ()
    """The parts that are cited by a time, a page or an address of their own, in order."""
    body: int = 0
    """Offset where quotable text begins: after front matter."""
    language: str = ""
    """ISO 639-1 code of the language it is written in; empty where it was not told."""
    tags: tuple[str, ...] = ()
    """What it is filed under, as the document writes it."""
    aliases: tuple[str, ...] = ()
    """Other names of what it is about: read with its passages as the title is, and never quoted."""
    layout: tuple[BlockPlace, ...] = ()
    """The blocks, where the document says what they are; of a PDF, the cells of tables. Only known while it is read."""
    outside: tuple[str, ...] = ()
    """What a page shows outside its main text; only known while it is read."""

    @property
    def read_as(self) -> str:
        """The language whose terms its words are: its own, or English where that was not told."""
        return self.language or ENGLISH


class Kind(IntEnum):
    """What a block of an article is; a quotable span has the kind of its block."""

    PROSE = 0
    ITEM = 1
    """An item of a list."""
    STEP = 2
    """An item of a numbered list."""
    ROW = 3
    """A row of a table."""
    CODE = 4
    """A block of code, with the sentence that introduces it."""
    LINE = 5
    """A line among others that end without a full stop: a verse, a field and its value."""
    HEADER = 6
    """The first row of a table: context, never quoted."""
    HEADING = 7
    """A heading, or a mark that says nothing: context, never quoted."""
    LEFT_OUT = 8
    """Page furniture, between two sentences that do not belong together."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A quotable span of an article: a sentence, an item, a row or a block of code."""

    start: int
    end: int
    paragraph: int
    """Number of its paragraph, from 1, counting only paragraphs with a sentence."""
    run: int = 0
    """Nothing was skipped between sentences of one run, and their context is the same; a passage stays within a run."""
    kind: Kind = Kind.PROSE
    lead: int = -1
    """Where what is read with it begins, though never quoted: its number in a list, the question it answers; -1 where
    nothing is."""
    context: tuple[tuple[int, int], ...] = ()
    """Spans of what it stands under: headings, the item above it, the sentence before its list, the table's header."""
    headings: int = 0
    """How many of these are headings; they come first."""

    @property
    def begin(self) -> int:
        """Where it begins, with what is read with it."""
        return self.lead if self.lead >= 0 else self.start


class Reason(StrEnum):
    """Why a piece of an article is never quoted."""

    OUTSIDE = "outside"
    """It stands on a page outside its main text: a menu, a sidebar, a running head."""
    FURNITURE = "furniture"
    """It belongs to the page, not to what the article says: a credit, a newsletter box."""
    CONTEXT = "context"
    """It is only read with what stands below it: a heading, a question, the sentence before a list."""
    SHORT = "short"
    """It is too short to be a sentence: a label, a name."""
    FRONT_MATTER = "front_matter"
    MARKS = "marks"
    """It is no text, or none that its page shows and stands by: bullets, tags, comments, what is hidden or struck."""
    DOUBT = "doubt"
    """A style sheet of its page may hide a word of it, or adds one."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A piece of an article that is never quoted."""

    reason: Reason
    characters: int
    """How many it has, white space not counted."""
    opening: str
    """Its first words; empty for marks that hold no word."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence-aligned window of one article."""

    article: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Warn:
    """A file or line that was skipped or guessed at, for the build's summary."""

    path: str
    """The file below the corpus folder, with `:LINE` for a line of a JSONL corpus."""
    reason: str
    """The reason as part of a sentence, in plain words."""
    skipped: bool = True
    """False where the file was indexed nonetheless (with a guessed encoding)."""
    retry: bool = False
    """True where the next build should try again (the file vanished or could not be opened)."""
    unread: str = ""
    """The ending of a file whose format is not read."""
    needs: str = ""
    """What would let more of the file be read and is not there: `ocr`."""


@dataclass(frozen=True, slots=True)
class Citation:
    """The place of a quote, so that anyone can check it."""

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
    section: tuple[str, ...] = ()
    """The headings that it stands under, the outermost first; the article's title is not among them."""
    labels: tuple[Label, ...] = ()
    """Those in the quote that its article, in Markdown, defines: `[the mill][m]` is a link to what `m` is there."""
    encoding: str | None = "utf-8"
    """What the file at `path` is decoded with; None where the offsets count in text that was extracted from it."""
    locator: str | None = None
    """Where in a recording it stands: `00:04:10`, hours, minutes and seconds from the beginning; or on which pages of a
    PDF: `p. iv`, `pp. 12–13`."""
    converter: str | None = None
    """Name and version of what extracted the article's text; None where the text is the file's own."""

    @property
    def is_extracted(self) -> bool:
        """Whether the text was laid out anew, from a web page or a PDF; that of a record is as it is written."""
        return self.encoding is None and not (self.path or "").lower().endswith(".jsonl")

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
    """Other articles with the same words, ignoring case, white space, quote marks and dashes."""
    weak: bool = False
    """True for a quote of an abstention."""
    context: tuple[str, ...] = ()
    """What it stands under besides headings, to be shown beside it: the header of its table, the sentence before its
    list, the item above it; each on one line."""
    items: tuple[int, int, int] | None = None
    """The numbers of the first and last item that it has of a list, and of the list's last one: its own where the list
    counts, else from 1; None where it is no part of a list that is too long for one quote."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two quotes of an answer that say nearly the same, and differ in a number, a name or a "not"."""

    quotes: tuple[int, int]
    """Their places among the answer's quotes, from 0."""
    words: tuple[tuple[str, ...], tuple[str, ...]]
    """The words of each that the other does not have, as they read, those that stand side by side together."""


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """An article named without a quote."""

    article: str
    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """What articles have to be like; None of a field admits all. Make one with `filters.filter_of`."""

    since: str | None = None
    """The first day of publication, as ISO 8601."""
    until: str | None = None
    """The last day of publication, as ISO 8601."""
    source: str | None = None
    """Words of the publisher's name, whatever their letter case."""
    path: str | None = None
    """A pattern (`*` stands for anything) of the file's path below the corpus folder, or a folder."""
    tag: str | None = None
    language: str | None = None
    """ISO 639-1 code."""

    @property
    def criteria(self) -> dict[str, str]:
        """The fields that are set, with their values."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}


@dataclass(frozen=True, slots=True)
class Filtered:
    """A filter that an answer was found under, and what it left."""

    filter: Filter
    articles: int
    """How many articles match."""
    undated: int = 0
    """How many articles do not match for want of a date."""


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage as the retriever ranks it."""

    citation: Citation
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Some of the passages that a search ranked, without a judgement on whether they answer anything."""

    words: str
    searched: str
    """The words as searched for, with misspelt ones corrected."""
    passages: tuple[ScoredPassage, ...]
    skipped: int
    """How many better ones come before these."""
    total: int
    """How many were ranked."""
    filtered: Filtered | None = None
    """The filter that was searched under; None without one."""


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
    """What it depends on besides the question, as text: see `retrieval.fingerprint`."""
    elapsed_ms: float
    searched: str = ""
    """The question as searched for, without polite words and with misspelt words corrected."""
    id: str | None = None
    unanswered: tuple[str, ...] = ()
    """Of a message that asks several questions, those that the corpus does not answer while it answers others."""
    differences: tuple[Difference, ...] = ()
    """Pairs of quotes whose sources differ."""
    filtered: Filtered | None = None
    """The filter that it was found under; None without one."""
    as_of: str | None = None
    """Where the question asks for the latest, or as of a time: when the first quote's article was published, in ISO
    8601. None where that has no date."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation, with the quotes that answered it."""

    question: str
    """Empty where its words must not be repeated; the quotes then take its place."""
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome of checking whether a text is verbatim in the corpus."""

    verdict: Literal["verbatim", "typography", "gaps", "near", "absent"]
    """"typography" is the same but for quote marks, dashes, white space and the like; "gaps" is the same as text that
    was extracted with a sign for what is shown and is no text."""
    text: str
    citations: tuple[Citation, ...] = ()
    """Every place of a text that is there, in whatever typography; the nearest quote's for a near one."""
    nearest: str | None = None
    """The corpus' own words at the first place, for one that is not verbatim; its nearest, for a near one."""
    claimed: tuple[ArticleRef, ...] = ()
    """The articles that the text was said to be from."""
    version: Literal["current", "changed", "withdrawn", "other"] = "current"
    """Where the text was said to be from a version of an article that is not current: that version has it, and the
    article has "changed" since or was "withdrawn"; or an "other" version than that one has it."""
    is_respaced: bool = False
    """Whether it is verbatim but for the line breaks, and other white space, of a text that was extracted."""

    @property
    def is_extracted(self) -> bool:
        """Whether its places are all in text that was extracted from web pages or PDFs."""
        return bool(self.citations) and all(cited.is_extracted for cited in self.citations)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is cited from another article, or another version of it, than was said."""
        return bool(self.claimed and self.citations) and (self.version == "other" or self.is_in_other_article)

    @property
    def is_in_other_article(self) -> bool:
        """Whether none of its places is in an article that was said."""
        return {ref.article for ref in self.claimed}.isdisjoint(cited.article for cited in self.citations)
