"""Read passages with a question about a year or a month: an article of that time says how things were, not when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.analysis import MONTH
from retrieval.answering.followup import has_content
from retrieval.answering.reader import PassageReader
from retrieval.answering.reading import read
from retrieval.dates import Period, period_in
from retrieval.index.generation import Generation

_TIME = re.compile(
    r",?\s*\b(?:(?:back )?in|during|(?P<until>as of)) (?:the year )?"
    rf"(?P<date>(?:{MONTH},? (?:of )?)?(?:1\d|20)\d\d)\b(?![-./]\d),?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d.,])(?:1\d|20)\d\d(?!\d)")
_OTHER_TIME = re.compile(
    r"\b(?:ago|earlier|previously|former(?:ly)?|once|used to|(?:last|next|past|previous|coming) (?:year|month|decade|"
    r"century|spring|summer|autumn|fall|winter))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TimeNamed:
    """The month or the year in which a question asks how things were."""

    question: str
    """The question without it."""
    period: Period
    """With "as of" it has no beginning."""

    def holds(self, published: Period | None) -> bool:
        """Return whether something was published within it."""
        return published is not None and self.period.first <= published.first and published.last <= self.period.last

    def is_of_another(self, text: str) -> bool:
        """Return whether a text names another time than this one."""
        years = set(_YEAR.findall(text)) - {self.period.last[:4]}
        return bool(years or _OTHER_TIME.search(text))


def time_named(question: str) -> TimeNamed | None:
    """Return the time in which a question asks how things were; None where it names none, or several."""
    times = list(_TIME.finditer(question))
    if len(times) != 1 or not (named := period_in(times[0]["date"])):
        return None
    rest = f"{question[: times[0].start()]} {question[times[0].end() :].lstrip()}".strip()
    period = Period("", named.last) if times[0]["until"] else named
    return TimeNamed(re.sub(r"\s+(?=[?!.]*\Z)", "", rest), period) if has_content(rest) else None


def read_dated(
    generation: Generation, reader: PassageReader, question: str, earlier: Sequence[str], passages: Sequence[int]
) -> dict[int, float]:
    """Return log-odds as `read` does; what was published in the time that is named is read without it, too.

    A reader sees no date of publication, and takes a year that is not in the passage for one that it says nothing of.
    """
    odds = read(generation, reader, question, earlier, passages)
    if (time := time_named(question)) is None:
        return odds
    dated = [row for row in passages if time.holds(generation.published(generation.passage(row).article))]
    for row, own in read(generation, reader, time.question, earlier, dated).items() if dated else ():
        if not time.is_of_another(generation.text(generation.sentence(row))):
            odds[row] = max(odds[row], own)
    return odds
