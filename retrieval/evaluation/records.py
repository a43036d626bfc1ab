"""The records of an evaluation: gold questions, their outcomes, and the runs, reports and comparisons made of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """A place of the corpus that answers a question. Offsets count characters of `Article.text`."""

    article: str
    start: int
    end: int
    answer: str = ""
    """The answer's words within the span; "" where the whole span is the answer."""
    whole: bool = False
    """True where a whole article was judged relevant, not a place in it (BEIR): start and end are 0."""
    grade: int = 1
    """Relevance, from 1 up: the gain of nDCG."""
    quote: str = ""
    """The span's words in the gold set, to check against the article, or to look up where start and end are 0."""
    paragraph: str = ""
    """The text that start and end are relative to (SQuAD's), looked up in this article first, then in all others."""


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
    """Its place in the gold set, for messages: "line 12" of a .jsonl, else whatever identifies it there."""

    @property
    def answerable(self) -> bool:
        """Whether the corpus answers the question."""
        return bool(self.gold)


@dataclass(frozen=True, slots=True)
class Target:
    """A gold span located in the index: what a quote must cover to be right."""

    article: str
    start: int
    end: int
    """Offsets of the answer's words where the gold set has them, else of the gold span."""
    answer: str
    """The answer's words, or those of the gold span; "" for a whole article."""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Posed:
    """A gold question ready to be asked, its gold spans located in the index."""

    gold: GoldQuestion
    targets: tuple[Target, ...]
    """One for each gold span, in its order."""


@dataclass(frozen=True, slots=True)
class JudgedQuote:
    """A quote of an answer, judged against the gold targets."""

    article: str
    start: int
    end: int
    ref: str
    """Its permalink."""
    text: str
    score: float
    right: bool
    """Whether it covers a target, or comes from an article judged relevant as a whole."""
    exact: bool
    """Whether it is, character for character, the slice of its source that its citation names, and every other place
    cited for it has the same words."""


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A ranked passage: ARTICLE#START-END, or the article's id where the gold set judges whole articles."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one gold question, judged."""

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
    """The confidence model's input; empty where nothing was found."""
    quotes: tuple[JudgedQuote, ...]
    """At most ten, best first, including those below the threshold."""
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
        """Return the rank of the first right quote, from 1; None if there is none."""
        return next((number for number, quote in enumerate(self.quotes, start=1) if quote.right), None)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What was measured, to identify a run and to repeat it."""

    gold: str
    """Name of the gold set's file or folder."""
    gold_sha256: str
    corpus: str
    """Path of the corpus or index as the user named it."""
    index: str
    """Fingerprint of the index's generation."""
    model: str
    threshold: float
    settings: tuple[tuple[str, str], ...]
    """The answer settings in force, name and value; a reader's is its digest, and "none" where none reads."""
    version: str
    """Of quoth."""
    made: str
    """Time of the run, ISO 8601, UTC."""


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
    """One measured value with its 95 % interval."""

    name: str
    """A measure's standard name where it has one: R@10, RR@10, nDCG@10, P@1, Success@3, AUROC."""
    group: str
    """What it measures: passages, quotes, refusals, confidence, proof or speed."""
    value: float
    low: float
    high: float
    count: int
    """Questions that it is computed from."""
    unit: str = ""
    """How to print it: "" for a share from 0 to 1, "%" for a share as a percentage, "words", "ms" or "/s"."""
    better: str = "higher"
    """"higher", "lower", or "" if neither is better."""
    label: str = ""
    """A description in plain words."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of the questions that share a tag."""

    tag: str
    count: int
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Risk against coverage as the threshold falls: wrong answers among those given, and the share answered."""

    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    thresholds: tuple[float, ...]
    area: float
    """Area under the curve; lower is better."""


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The questions whose confidence is from `low` up to `high`."""

    low: float
    high: float
    count: int
    confidence: float
    """Their mean."""
    right: float
    """The share of them whose first quote is right."""
    right_low: float
    right_high: float
    """The 95 % interval of that share."""


@dataclass(frozen=True, slots=True)
class Report:
    """A run with its figures."""

    run: Run
    figures: tuple[Figure, ...]
    slices: tuple[Slice, ...]
    curve: Curve | None
    """None unless the run has both answerable and unanswerable questions."""
    reliability: tuple[ReliabilityBin, ...] = ()
    """Confidence against the share of right answers; from the lowest, without empty bins."""


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
    """Two-sided p value of a paired randomization test."""
    count: int
    better: str
    unit: str = ""
    label: str = ""

    @property
    def verdict(self) -> str:
        """Return "gain" or "loss" if the test is significant at .05 and the interval excludes 0, else "same"."""
        if not self.better or self.p >= 0.05 or self.low <= 0 <= self.high:
            return "same"
        return "gain" if (self.difference > 0) == (self.better == "higher") else "loss"


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that is right in one run and wrong in the other."""

    id: str
    question: str
    gained: bool
    """Whether it was wrong before and is right after."""
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
