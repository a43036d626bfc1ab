"""The records of an evaluation: gold questions, what became of each, and the run that they make up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """A place of the corpus that answers a question. Offsets count characters of `Article.text`."""

    article: str
    start: int
    end: int
    answer: str = ""
    """The words that answer, within the span; "" where the whole span does."""
    whole: bool = False
    """True where a whole article was judged relevant, not a place in it (BEIR): start and end are 0."""
    grade: int = 1
    """How relevant, from 1 up: the gain of nDCG."""
    quote: str = ""
    """The span's words as the gold set has them, to be checked; where start and end are 0, to be found."""
    paragraph: str = ""
    """A text that start and end count in (SQuAD's): it stands in the article of this name, or else in another."""


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with every place that answers it."""

    id: str
    question: str
    history: tuple[str, ...] = ()
    """Earlier questions of the conversation, oldest first."""
    gold: tuple[GoldSpan, ...] = ()
    """Empty where the corpus does not answer the question."""
    tags: tuple[str, ...] = ()
    where: str = ""
    """Where the gold set has it, for messages: "line 12" of a .jsonl, else what names it there."""

    @property
    def answerable(self) -> bool:
        """Whether the corpus answers the question."""
        return bool(self.gold)


@dataclass(frozen=True, slots=True)
class Target:
    """A gold span as the index has it: what a quote must cover to be right."""

    article: str
    start: int
    end: int
    """Offsets of the answer's words where the gold names them, else of the gold span."""
    answer: str
    """The answer's words, else those of the gold span; "" for a whole article."""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Posed:
    """A gold question ready to be asked: its gold found in the index."""

    gold: GoldQuestion
    targets: tuple[Target, ...]
    """One for each gold span, in its order."""


@dataclass(frozen=True, slots=True)
class JudgedQuote:
    """A quote that was given, with what it was worth."""

    article: str
    start: int
    end: int
    ref: str
    """Its permalink."""
    text: str
    score: float
    right: bool
    """Whether it covers a target, or stands in an article that was judged relevant as a whole."""
    exact: bool
    """Whether it is the slice of its source that its citation names, character for character, and other places that
    are named with it print the same words."""


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage as it was ranked: ARTICLE#START-END, or the article's id where the gold judges whole articles."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one gold question."""

    id: str
    question: str
    history: tuple[str, ...]
    tags: tuple[str, ...]
    targets: tuple[Target, ...]
    """Empty where the corpus does not answer the question."""
    answered: bool
    confidence: float
    """0 to 1."""
    features: tuple[float, ...]
    """What the confidence was told by; empty where nothing was found."""
    quotes: tuple[JudgedQuote, ...]
    """At most ten, best first; those below the threshold too."""
    passages: tuple[RankedPassage, ...]
    """At most a hundred, best first."""
    relevant: tuple[tuple[str, int], ...]
    """Ids of the passages (articles) that hold a target, each with its grade."""
    elapsed_ms: float
    searched: str

    @property
    def answerable(self) -> bool:
        """Whether the corpus answers the question."""
        return bool(self.targets)

    @property
    def rank(self) -> int | None:
        """Rank of the first right quote, from 1; None if there is none."""
        return next((number for number, quote in enumerate(self.quotes, start=1) if quote.right), None)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What was measured, so that a run can be told from another, and made again."""

    gold: str
    """Name of the gold set's file or folder."""
    gold_sha256: str
    corpus: str
    """Path of the corpus or index as it was named, for the reader."""
    index: str
    """Fingerprint of the index's generation."""
    model: str
    threshold: float
    settings: tuple[tuple[str, str], ...]
    """The answer settings in force, name and value."""
    version: str
    """quoth's."""
    made: str
    """When, ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class Run:
    """All questions of a gold set, asked once."""

    provenance: Provenance
    outcomes: tuple[Outcome, ...]
    """In the order of the gold set."""
    seconds: float
    """Wall time of asking them all, one after the other."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value with its 95 % bootstrap interval."""

    name: str
    """A measure's standard name where it has one: R@10, RR@10, nDCG@10, P@1, Success@3, AUROC."""
    group: str
    """What it is of: passages, quotes, refusals, proof or speed."""
    value: float
    low: float
    high: float
    count: int
    """Questions that it is a figure of."""
    unit: str = ""
    """How to print it: "" a share from 0 to 1, "%" a share as a percentage, "words", "ms", "/s"."""
    better: str = "higher"
    """"higher", "lower", or "" where neither is."""
    label: str = ""
    """In the reader's words."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of the questions that share a tag."""

    tag: str
    count: int
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Risk against coverage as the threshold falls: shares of all questions answered, and of those answered wrongly."""

    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    thresholds: tuple[float, ...]
    area: float
    """Area under the curve; lower is better."""


@dataclass(frozen=True, slots=True)
class Report:
    """A run with everything that is said of it."""

    run: Run
    figures: tuple[Figure, ...]
    slices: tuple[Slice, ...]
    curve: Curve | None
    """None where no question has no answer, or none has one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure in two runs, question by question."""

    name: str
    group: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    """The paired 95 % bootstrap interval of the difference."""
    p: float
    """Two-sided, of a paired randomization test."""
    count: int
    better: str
    unit: str = ""
    label: str = ""

    @property
    def verdict(self) -> str:
        """ "gain" or "loss" where the test is significant at .05 and the interval leaves 0 out, else "same"."""
        if not self.better or self.p >= 0.05 or self.low <= 0 <= self.high:
            return "same"
        return "gain" if (self.difference > 0) == (self.better == "higher") else "loss"


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that is right in one run and wrong in the other."""

    id: str
    question: str
    gained: bool
    """True where it is right now and was wrong before."""
    what: str
    """"quote" (the first quote became right or wrong) or "refusal" (answered or refused rightly or wrongly)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, paired question by question."""

    before: Run
    after: Run
    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]
    left_out: int = 0
    """Questions that only one of the runs has."""
