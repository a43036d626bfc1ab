"""What is wrong with the pages of a PDF, as parts of sentences about the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter

_HIDDEN = "has text on {} that is not shown, which is left out"
_UNREAD_BOX = "has a text box on {} that cannot be read, which is left out"
_MOST_NAMED = 20
_LEAST_RANGE = 3


class Fault(Enum):
    """What is wrong with a page."""

    SCANNED = "has no text on {}"
    BROKEN_FONT = "has text in a broken font on {}, which is left out"
    UNREADABLE = "has characters that cannot be read on {}"
    DAMAGED = "is damaged on {}: text may be missing"
    TOO_LARGE = "has more drawn on {} than can be read: text may be missing"
    EMPTY_SCAN = "has no text on {}, and OCR finds none in the pictures there"
    SLOW_SCAN = "has no text on {}, and OCR takes too long there: split the file"


@dataclass(frozen=True, slots=True)
class Page:
    """What was read of a page."""

    text: str
    struck: tuple[str, ...] = ()
    """What the page strikes out, or shows in an order that is not known."""
    notes: tuple[str, ...] = ()
    """What stands on the page beside its text: values of form fields and text boxes."""
    fault: Fault | None = None
    is_hidden: bool = False
    """Whether text was left out that the page does not show."""
    has_unread_box: bool = False
    """Whether a text box shows something that cannot be read."""
    is_recognized: bool = False
    """Whether its text was read in its picture."""


def why_empty(pages: Sequence[Page], remedy: str) -> str:
    """Return why no page has text; `remedy` is what lets scanned pages be read, "" where it is there."""
    faults = {page.fault for page in pages}
    if not pages:
        return "is a PDF that cannot be read (it has no pages)"
    if Fault.BROKEN_FONT in faults:
        return f"is a PDF whose fonts do not name their letters: export it again{f', or {remedy}' if remedy else ''}"
    if Fault.TOO_LARGE in faults:
        return "is a PDF with more drawn on its pages than can be read"
    if Fault.DAMAGED in faults:
        return "is a PDF that cannot be read (its pages are damaged)"
    if any(page.struck for page in pages):
        return "is a PDF whose text is struck out, or drawn from right to left in an order that cannot be told"
    if Fault.SCANNED in faults and remedy:
        return f"is a PDF of scanned pages: to read them, {remedy}"
    if faults & {Fault.EMPTY_SCAN, Fault.SLOW_SCAN}:
        return "is a PDF without text, in whose pictures OCR finds none"
    return "is a PDF without text"


def faults_of(pages: Sequence[Page], remedy: str) -> Iterator[tuple[Fault | None, str]]:
    """Yield what is wrong with some of the pages; `remedy` as for `why_empty`."""
    for fault in Fault:
        numbers = [number for number, page in enumerate(pages, 1) if page.fault is fault]
        if numbers and fault is Fault.SCANNED:
            yield fault, f"{_scanned(numbers, len(pages))}: to read {'it' if len(numbers) == 1 else 'them'}, {remedy}"
        elif numbers:
            more = f": to read it, {remedy}" if remedy and fault is Fault.BROKEN_FONT else ""
            yield fault, fault.value.format(_listed(numbers)) + more
    for is_faulty, reason in ((attrgetter("is_hidden"), _HIDDEN), (attrgetter("has_unread_box"), _UNREAD_BOX)):
        if numbers := [number for number, page in enumerate(pages, 1) if is_faulty(page)]:
            yield None, reason.format(_listed(numbers))


def _scanned(numbers: Sequence[int], total: int) -> str:
    if len(numbers) == 1:
        return f"has no text on page {numbers[0]:,} of {total:,}, which is scanned"
    return f"has no text on {len(numbers):,} of {total:,} pages ({_ranges(numbers)}), which are scanned"


def _listed(numbers: Sequence[int]) -> str:
    """Name pages: "page 3", "pages 3, 5 and 8", "pages 1–4, 7 and 9 more"."""
    return f"page {numbers[0]:,}" if len(numbers) == 1 else f"pages {_ranges(numbers)}"


def _ranges(numbers: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [
        part
        for run in runs
        for part in ([f"{run[0]:,}–{run[-1]:,}"] if len(run) >= _LEAST_RANGE else [f"{number:,}" for number in run])
    ]
    if len(parts) > _MOST_NAMED:
        parts[_MOST_NAMED:] = ["more"]
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
