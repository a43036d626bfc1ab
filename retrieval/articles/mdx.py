"""The blocks of MDX that Markdown does not have: tags on lines of their own, around what is Markdown at any indent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from retrieval.articles.comments import comments_and_code
from retrieval.articles.marks import STRING, blanked
from retrieval.articles.structure import Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

    Rule = Callable[[StateBlock, int, int, bool], bool]

_HTML = (
    r"(?:blockquote|caption|col|colgroup|dd|dl|dt|h[1-6]|li|menu|ol|p|pre|script|style|summary|table|tbody|td|textarea"
    r"|tfoot|th|thead|tr|ul)"
)
"""Elements whose text is read as HTML to the next blank line, since they say what it is: an item, a row, code."""
_TAG = rf"<(?P<end>/?)(?P<name>(?!{_HTML}\b)[A-Za-z][\w.:-]*+|)(?:\s(?:{STRING}|[^<>\"'{{]++)*+)?/?>"
_NAMELESS = re.sub(r"\?P<\w+>", "", _TAG)
_SUMMARY = r"<summary(?:\s[^<>]*)?>(?:(?!</summary)[^\r\n])*</summary\s*>"
_TAGS = re.compile(rf"(?:(?:{_SUMMARY}|{_NAMELESS})[ \t]*+)++(?=[\r\n]|\Z)")
_LONGEST = 5000
"""Characters of the longest tags that are read as a block."""
_DEEPEST = 20
"""Elements within each other whose text is moved to the left."""
_LAZY = 3
"""Spaces before a line that may end a paragraph in Markdown, where more are those of indented code."""
_LINE_OF_TAGS = re.compile(r"^[ \t]*(?=<)", re.MULTILINE)


def use_mdx(parser: MarkdownIt) -> None:
    """Make a parser read MDX as MDX does: code is never indented, and tags on lines of their own are blocks.

    Expressions, imports and exports are to be blanked beforehand, and text to be moved to the left.
    """
    from markdown_it.rules_block import lheading, paragraph

    ruler = parser.disable("code").block.ruler
    ruler.before("html_block", "mdx_tags", _tags, {"alt": ["paragraph", "reference", "blockquote"]})
    ruler.at("paragraph", _ended_at_any_indent(paragraph))
    ruler.at("lheading", _ended_at_any_indent(lheading))


def moved_left(text: str) -> str:
    """Return a text with the same lines, in which what stands between tags is indented no more than they are.

    Indents within it stay: what an item of a list holds is still within it.
    """
    prose = blanked(text, (span for span, _ in comments_and_code(text)))
    inner = sorted(_inner_lines(prose))
    lines, prose_lines = text.split("\n"), prose.split("\n")
    for first, last in inner:
        indents = [_indent(line) for line in prose_lines[first:last] if line.strip()]
        shift = min(indents, default=0) - _indent(prose_lines[first - 1])
        for row in range(first, last if shift > 0 else first):
            lines[row], prose_lines[row] = _moved(lines[row], shift), _moved(prose_lines[row], shift)
    return "\n".join(lines)


def _inner_lines(prose: str) -> Iterator[Span]:
    """Yield the first and the last line, half-open, between the lines of tags that begin and end an element."""
    opened: list[tuple[str, int]] = []
    at = row = counted = 0
    while line := _LINE_OF_TAGS.search(prose, at):
        tags = _TAGS.match(prose, line.end(), line.end() + _LONGEST)
        at = tags.end() if tags else line.end() + 1
        row, counted = row + prose.count("\n", counted, line.end()), line.end()
        lines = tags.group() if tags else ""
        for tag in re.finditer(_TAG, lines):
            if not tag["end"] and not tag.group().endswith("/>"):
                opened.append((tag["name"], row + lines.count("\n") + 1))
            elif tag["end"] and opened and opened[-1][0] == tag["name"]:
                _, first = opened.pop()
                if first < row and len(opened) < _DEEPEST:
                    yield first, row


def _indent(line: str) -> int:
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip(" "))


def _moved(line: str, shift: int) -> str:
    return " " * max(_indent(line) - shift, 0) + line.lstrip(" \t")


def _tags(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read lines that hold nothing but tags, and the title of what folds out, as a block."""
    begin = state.bMarks[start] + state.tShift[start]
    tags = _TAGS.match(state.src, begin, begin + _LONGEST) if state.src.startswith("<", begin) else None
    if tags is None or tags.end() > state.eMarks[end - 1]:
        return False
    if silent:
        return True
    line = start + 1
    while line < end and state.bMarks[line] < tags.end():
        line += 1
    state.line = line
    token = state.push("html_block", "", 0)
    token.map = [start, line]
    token.content = state.getLines(start, line, state.blkIndent, True)
    return True


def _ended_at_any_indent(rule: Rule) -> Rule:
    """Return a rule for paragraphs which other blocks end however far they are indented."""

    def changed(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        line = start + 1
        while line < end and not state.isEmpty(line):
            line += 1
        counts = state.sCount[start:line]
        for row in range(start + 1, line):
            state.sCount[row] = min(state.sCount[row], state.blkIndent + _LAZY)
        try:
            return rule(state, start, end, silent)
        finally:
            state.sCount[start:line] = counts

    return changed
