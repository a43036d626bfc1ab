"""Plain text -> its blocks: paragraphs over soft-wrapped lines, list items and verses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from retrieval.articles.running_text import FIELD, are_apart, goes_on, hangs, is_running
from retrieval.articles.sentence_ends import HANGS, ends_sentence
from retrieval.articles.structure import Block, Span
from retrieval.records import Kind

LINE_END = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")
_MONTH = (
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Jän|Mär|Mai|Okt|Dez|janv|févr|mars|avril|mai|juin|juil|août|"
    r"déc)"
)
_BULLET = re.compile(rf"(?:[-*•·‣◦▪●–]|\(?(\d{{1,2}}(?!\.\s+{_MONTH})|[a-z](?!\.\s*\d))[.)])\s+")
_REPLIES = re.compile(r"(?:>[ \t]?)+(?=[^\W\d_]|[\"“‘'(\[*]|\Z)")
"""The signs before a line that an e-mail quotes; before a figure the sign may mean "more than"."""
_LONGEST_WRAP = 120
_LONGEST_VERSE = 70
_LEAST_STANZA = 3
"""Lines that make it plain that they are meant as lines; beside them, fewer may be."""


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    after_blank: bool
    indent: int
    """Characters before it on its line."""


def _lines(text: str, body: int) -> Iterator[_Line]:
    """Yield every line that is not blank, without white space around it."""
    behind = body
    for match in _LINE.finditer(text, body):
        line = match.group()
        start = match.start() + len(line) - len(line.lstrip())
        if reply := _REPLIES.match(text, start, match.end()):
            start = reply.end()
        end = match.start() + len(line.rstrip())
        if start < end:
            gap = text[behind:start]
            yield _Line(start, end, behind == body or len(LINE_END.findall(gap)) > 1, start - match.start())
            behind = end


def plain_blocks(text: str, body: int, *, pdf: bool) -> list[Block]:
    """Cut plain text: a single line end is a soft wrap or the end of a paragraph, whichever the file uses."""
    lines = list(_lines(text, body))
    groups = list(_groups(lines))
    verses = frozenset[int]() if pdf else _verses(text, lines, groups)
    running = frozenset[int]() if pdf else _running(text, lines, groups, verses)
    longest = max((line.end - line.start for line in lines if " " in text[line.start : line.end]), default=0)
    blocks: list[Block] = []
    gaps: dict[int, list[Span]] = {}
    """By number of a block, the signs of replies between its lines."""
    before: _Line | None = None
    item: _Line | None = None
    """The line of the last bullet, while nothing but its own lines come behind it."""
    for row, line in enumerate(lines):
        line_text = text[line.start : line.end]
        if row in verses:
            if row in running and row - 1 in verses:
                blocks[-1] = replace(blocks[-1], end=line.end)
            else:
                blocks.append(Block(line.start, line.end, Kind.LINE, healable=False))
            before = None
            continue
        wraps = before is not None and not line.after_blank and _wraps(text, before, line_text, longest, pdf=pdf)
        wraps = wraps or (before is not None and row in running)
        mark = _bullet(line_text, blocks[-1].kind if wraps else None)
        hangs = item is not None and not line.after_blank and line.indent > item.indent
        if mark:
            blocks.append(Block(line.start + mark, line.end, Kind.ITEM))
            item = line
        elif wraps or hangs:
            if ">" in text[blocks[-1].end : line.start]:
                gaps.setdefault(len(blocks) - 1, []).append((blocks[-1].end, line.start))
            blocks[-1] = replace(blocks[-1], end=line.end)
        else:
            blocks.append(Block(line.start, line.end, Kind.PROSE))
            item = None
        before = line
    return [replace(block, gaps=tuple(gaps.get(row, ()))) for row, block in enumerate(blocks)]


def _groups(lines: Sequence[_Line]) -> Iterator[range]:
    """Yield the rows of each paragraph: of the lines between two blank ones."""
    first = 0
    for row in range(1, len(lines) + 1):
        if row == len(lines) or lines[row].after_blank:
            yield range(first, row)
            first = row


def _running(text: str, lines: Sequence[_Line], groups: Sequence[range], verses: frozenset[int]) -> frozenset[int]:
    """Return the rows of lines that go on with the sentence of the line before."""
    rows: list[int] = []
    for group in groups:
        texts = [text[lines[row].start : lines[row].end] for row in group]
        if group[0] in verses:
            pairs = zip(group[1:], pairwise(texts), strict=True)
            rows += [row for row, pair in pairs if hangs(pair[0]) and not are_apart(*pair)]
            continue
        starts = [place for place, line in enumerate(texts) if not place or _BULLET.match(line)]
        for first, last in pairwise([*starts, len(texts)]):
            rows += [group[first + place] for place, on in enumerate(goes_on(texts[first:last])) if on]
    return frozenset(rows)


def _verses(text: str, lines: Sequence[_Line], groups: Sequence[range]) -> frozenset[int]:
    """Return the rows of lines that are meant as lines: groups of short ones, few of which end as a sentence does."""
    verses: list[int] = []
    shorter: list[int] = []
    for rows in groups:
        group = [text[lines[row].start : lines[row].end] for row in rows]
        if len(group) > 1 and all(map(FIELD.match, group)) and _are_lines(group):
            verses += rows
        elif _are_lines(group) and _is_stanza(group):
            (verses if len(group) >= _LEAST_STANZA else shorter).extend(rows)
    return frozenset([*verses, *shorter] if verses else ())


def _are_lines(group: Sequence[str]) -> bool:
    """Return whether lines may each stand for themselves: none is long, or goes on in the next."""
    short = all(len(line) <= _LONGEST_VERSE and line.count(". ") == 0 and not _BULLET.match(line) for line in group)
    return short and not any(map(HANGS.search, group))


def _is_stanza(group: Sequence[str]) -> bool:
    """Return whether each of several lines begins as a verse does, while not all of them end sentences."""
    ended = sum(line.endswith((".", "!", "?", ",", ";")) for line in group)
    is_stanza = len(group) > 1 and ended < len(group)
    is_stanza = is_stanza and all(line[:1].isupper() or line[:1].isdigit() for line in group)
    return is_stanza and not is_running(group)


def _bullet(line: str, within: Kind | None) -> int:
    """Count the characters of a line's bullet mark; 0 where it has none."""
    mark = _BULLET.match(line)
    if not mark:
        return 0
    # "... in December\n12. The next day": a number where a line wraps begins no list, unless it is the first.
    numbered = mark.group(1) not in {None, "1", "a"}
    return 0 if numbered and within is Kind.PROSE else mark.end()


def _wraps(text: str, before: _Line, line: str, longest: int, *, pdf: bool) -> bool:
    """Return whether a line end is a soft wrap: the next word would not have fitted on the line."""
    length = before.end - before.start
    if not pdf and are_apart(text[before.start : before.end], line):
        return False
    if pdf:
        if length < 0.6 * longest and not line[0].islower():
            return False  # a title or a last line; words are of uneven width, so no finer rule holds
        return not (ends_sentence(text[before.start : before.end]) and length < 0.85 * longest)
    return length <= longest <= _LONGEST_WRAP and length + 1 + len(line.split(maxsplit=1)[0]) > longest
