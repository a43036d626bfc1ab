"""Sections of which only the heading names the subject, questions as headings, and facts, made from question files."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.training.passages import sentence_spans
from retrieval.training.questions import Document, TrainingQuestion
from retrieval.training.structured import Example, Page, Slice, items, keywords, part
from retrieval.training.vocabulary import STOP, Vocabulary

ABSENT = 0.25  # share of the questions that their page does not answer
LONGEST_BODY, LONGEST_FACT = 85, 9  # words
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_ASPECT = re.compile(r"(?:What (?:is|are) (?:the )?|How to |Who is at )(.{4,40}?)(?: of | for | to )", re.IGNORECASE)
_GENERIC = (
    "History",
    "Overview",
    "Details",
    "At a glance",
    "How to get it",
    "What it is",
    "Background",
    "Facts",
    "Notes",
)
_PAGES = (
    "Handbook",
    "Overview",
    "Guide",
    "{0} and {1}",
    "{0}, {1} and others",
    "Lexicon",
    "All about {2}",
    "{2}",
    "{2} wiki",
)
_AND = ("And {}?", "and {}?", "What about {}?", "what about {}", "and for {}", "how about {}?")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A question about a subject, and sentences that answer it without naming that."""

    set: str
    article: str
    subject: str
    question: str
    aspect: str
    """A subheading, of the question's words."""
    body: tuple[str, ...]
    answers: tuple[Slice, ...]
    anonymous: bool
    """Whether no word of the body names the subject."""

    def under(self, title: str, *above: str) -> Page:
        """Return the sentences as a page under some headings."""
        return Page(title, tuple(part for part in above if part), items(self.body))


def sections(
    documents: Sequence[Document],
    questions: Sequence[TrainingQuestion],
    vocabulary: Vocabulary,
    drawn: random.Random,
) -> Iterator[Example]:
    """Yield questions about one of several sections with the same subheading."""
    recent: list[_Unit] = []
    for unit in _units(documents, questions, drawn, named=True):
        others = [other for other in recent if other.article != unit.article and other.set == unit.set]
        same = [other for other in recent if other.article == unit.article and not _holds(other, unit)]
        recent = [*recent[-400:], unit]
        if len(others) < 3:
            continue
        yield _section(unit, drawn.sample(others, 3), same, vocabulary, drawn)


def _section(
    unit: _Unit, others: Sequence[_Unit], same: Sequence[_Unit], vocabulary: Vocabulary, drawn: random.Random
) -> Example:
    subject, question = unit.subject, unit.question
    if unit.anonymous and drawn.random() < 0.3:
        subject = drawn.choice((vocabulary.proper(drawn), others[2].subject))
        question = _replaced(question, unit.subject, subject)
    title = drawn.choice(_PAGES).format(subject, others[0].subject, vocabulary.proper(drawn))
    aspect = drawn.choice((unit.aspect, unit.aspect, drawn.choice(_GENERIC), ""))
    page = unit.under(title, subject, aspect)
    strangers = [other for other in others if other.subject != subject]
    beside = [other.under(title, other.subject, aspect) for other in strangers]
    if unit.anonymous and strangers and drawn.random() < 0.7:
        beside.insert(0, unit.under(title, strangers[0].subject, aspect))
    if same and subject == unit.subject:
        other = drawn.choice(same)
        beside.insert(0, other.under(title, subject, other.aspect))
    history: tuple[str, ...] = ()
    if drawn.random() < 0.07:
        history, question = (_replaced(question, subject, others[0].subject),), drawn.choice(_AND).format(subject)
    elif drawn.random() < 0.2:
        question = keywords(question, STOP)
    if beside and drawn.random() < ABSENT:
        first = drawn.randrange(len(beside))
        rest = (*beside[:first], *beside[first + 1 :])
        return Example("structured-sections", unit.article, question, beside[first], (), rest, history)
    return Example("structured-sections", unit.article, question, page, unit.answers, tuple(beside), history)


def headed(
    documents: Sequence[Document], questions: Sequence[TrainingQuestion], drawn: random.Random
) -> Iterator[Example]:
    """Yield questions that stand, in these or other words, as the heading of what answers them."""
    recent: list[_Unit] = []
    for unit in _units(documents, questions, drawn, named=False):
        others = [other for other in recent if not _holds(other, unit)]
        drawn.shuffle(others)
        others.sort(key=lambda other: other.article != unit.article)
        recent = [*recent[-600:], unit]
        if len(others) < 4:
            continue
        title = drawn.choice((unit.article, "FAQ", f"{unit.article} FAQ"))
        heading = drawn.choice((unit.question, unit.question, unit.aspect))
        pages = [other.under(title, drawn.choice((other.question, other.aspect))) for other in others[:4]]
        question = drawn.choice((unit.question, keywords(unit.question, STOP)))
        if drawn.random() < ABSENT:
            yield Example("structured-headed", unit.article, question, pages[0], (), tuple(pages[1:]))
        else:
            yield Example(
                "structured-headed", unit.article, question, unit.under(title, heading), unit.answers, tuple(pages)
            )


def facts(
    documents: Sequence[Document],
    questions: Sequence[TrainingQuestion],
    vocabulary: Vocabulary,
    drawn: random.Random,
) -> Iterator[Example]:
    """Yield questions about lists of an article's facts, each a key and a value."""
    articles: dict[str, dict[str, tuple[str, str]]] = {}
    for source in questions:
        document = documents[source.document]
        values = [document.text[start:end] for start, end in source.answers[:1]]
        key = _aspect(source.text, document.title, "".join(values))
        if document.title and values and len(values[0].split()) <= LONGEST_FACT and "\n" not in values[0] and key:
            articles.setdefault(document.title, {}).setdefault(key, (source.text, values[0]))
    lists = [(title, list(known.items())) for title, known in sorted(articles.items()) if len(known) >= 5]
    while True:
        title, known = drawn.choice(lists)
        listed = drawn.sample(known, min(len(known) - 1, drawn.randint(4, 12)))
        other_title, other = drawn.choice(lists)
        headed_page = drawn.random() < 0.5
        page_title, above = (
            (drawn.choice((vocabulary.proper(drawn), "Overview")), (title,)) if headed_page else (title, ())
        )
        form = drawn.choice(("{}: {}", "{}: {}", "{} - {}", "{} : {}", "{} ; {}"))
        page = Page(page_title, above, items(form.format(key, value) for key, (_, value) in listed))
        strange = Page(
            page_title if headed_page else other_title,
            (other_title,) if headed_page else (),
            items(form.format(key, value) for key, (_, value) in drawn.sample(other, min(len(other), 8))),
        )
        absent = drawn.random() < ABSENT
        key, (question, value) = drawn.choice([fact for fact in known if (fact in listed) != absent])
        if drawn.random() < 0.4:
            question = drawn.choice((f"{title} {key}", f"{key} of {title}", f"{key} {title}")).lower()
        if other_title == title or (absent and any(value in item.text for item in page.items)):
            continue
        answers = () if absent else part(page, [fact[0] for fact in listed].index(key), value)
        rest = [fact for fact in known if fact not in listed and fact[0] != key and value not in fact[1][1]]
        own = Page(page_title, above, items(form.format(name, text) for name, (_, text) in rest[:8]))
        yield Example(
            "structured-facts", title, question, page, answers, (strange, *([own] if rest and not absent else []))
        )


def _units(
    documents: Sequence[Document], questions: Sequence[TrainingQuestion], drawn: random.Random, *, named: bool
) -> Iterator[_Unit]:
    """Yield units in a random order; with `named`, only from questions that name the article's title."""
    rows = [row for row, source in enumerate(questions) if source.answers and not source.history]
    drawn.shuffle(rows)
    for row in rows:
        source = questions[row]
        document = documents[source.document]
        if not document.title:  # by which a document is held out
            continue
        subject = _BRACKETS.sub("", document.title).strip()
        if named and not (3 <= len(subject) <= 40 and _pattern(subject).search(source.text)):
            continue
        unit = _unit(source, document, subject, named=named, drawn=drawn)
        if unit:
            yield unit


def _unit(
    source: TrainingQuestion, document: Document, subject: str, *, named: bool, drawn: random.Random
) -> _Unit | None:
    text = document.text
    start, end = source.answers[0]
    near = text.rfind("\n", 0, max(0, start - 1500)) + 1
    spans = [(near + a, near + b) for a, b in sentence_spans(text[near : end + 1500])]
    holding = [place for place, (a, b) in enumerate(spans) if a < end and b > start]
    if not holding:
        return None
    first = max(0, holding[0] - drawn.choice((0, 0, 1, 2)))
    last = min(len(spans), holding[-1] + 1 + drawn.choice((0, 0, 1, 2)))
    spans = spans[first:last]
    if not spans or sum(len(text[a:b].split()) for a, b in spans) > LONGEST_BODY:
        return None
    body, answers = [], []
    for place, (a, b) in enumerate(spans):
        sentence = " ".join(text[a:b].split())
        values = [" ".join(text[max(x, a) : min(y, b)].split()) for x, y in source.answers if x < b and y > a]
        if named:
            sentence = _anonymous(sentence, subject)
            values = [_anonymous(value, subject) if len(value) > len(subject) + 20 else value for value in values]
        body.append(sentence)
        for value in values:
            at = sentence.find(value)
            if at < 0 and values:
                at = sentence.lower().find(value.lower())
            if not value or at < 0:
                return None
            answers.append(Slice(place, at, at + len(value)))
    words = set(re.findall(r"\w{4,}", subject.lower()))
    anonymous = named and not words & set(re.findall(r"\w+", " ".join(body).lower()))
    value = " ".join(body[answer.item][answer.start : answer.end] for answer in answers)
    aspect = _aspect(source.text, subject, value)
    return _Unit(
        source.set, document.title, subject, source.text, aspect or "Overview", tuple(body), tuple(answers), anonymous
    )


def _aspect(question: str, subject: str, answer: str) -> str:
    """Return a heading or key of one to three of the question's words, without the subject's or the answer's."""
    match = _ASPECT.match(question)
    if match and match.group(1).lower() not in subject.lower():
        return match.group(1).capitalize()
    taken = {word.lower() for word in re.findall(r"\w+", f"{subject} {answer}")}
    left = [word for word in re.findall(r"[^\W\d_]+", question) if word.lower() not in STOP | taken and len(word) > 2]
    return " ".join(left[:3]).capitalize()


def _pattern(subject: str) -> re.Pattern[str]:
    return re.compile(rf"(?:\b[Tt]he )?(?<!\w){re.escape(subject)}(?!\w)", re.IGNORECASE)


def _anonymous(sentence: str, subject: str) -> str:
    """Return a sentence with a pronoun in place of the subject."""
    return _pattern(subject).sub(lambda match: "It" if match.start() == 0 else "it", sentence)


def _replaced(question: str, subject: str, other: str) -> str:
    return _pattern(subject).sub(lambda match: other, question)


def _holds(other: _Unit, unit: _Unit) -> bool:
    """Return whether another unit's sentences hold the answer of a unit, or are the same."""
    text = " ".join(other.body).lower()
    values = {unit.body[answer.item][answer.start : answer.end].lower() for answer in unit.answers}
    return any(value in text for value in values) or bool(set(other.body) & set(unit.body))
