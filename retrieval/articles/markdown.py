"""Markdown -> its blocks: markdown-it-py finds them, and its line maps say where in the text they stand.

Only blocks are parsed here; `marks` reads what stands within a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from retrieval.articles.fragments import element_ends, fragment_blocks, title_at
from retrieval.articles.marks import HEADING_ID, is_only_links
from retrieval.articles.mdx import moved_left, use_mdx
from retrieval.articles.structure import LABEL, Block, Span
from retrieval.records import Kind

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

DEEPEST = 100
"""Levels of nesting that are parsed: with the library's 20, what is nested deeper would be lost."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_CALLOUT = re.compile(r"\[!\w+\][+-]?[ \t]*")
_TASK = re.compile(r"\[[ xX]\][ \t]+")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,80}\]:[ \t]*")
_MARKER = re.compile(r"(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?\Z")
_BAR = re.compile(r"(?<![\\`])(?P<ticks>`+)(?!`).{1,500}?(?<!`)(?P=ticks)(?!`)|(?P<bar>(?<!\\)\|)")
"""Code, or what parts the cells of a table row: GitHub has it in code, too, which other renderers keep whole."""
_OF_A_PAGE = re.compile(
    r"import\s[^\n]*['\"]|export\s+(?:const|default|function|let|\{)|-{1,}8<-+\s|\*\[[^\[\]\n]+\]:|\{:?[^{}\n]*\}\Z"
)
"""JavaScript at the top level of an MDX page; a snippet, an abbreviation and attributes of one of MkDocs."""
_TAB = re.compile(r"^([ \t]*)===[!+]*[ \t]+(?=\"[^\"\n]+\"[ \t]*\r?$)", re.MULTILINE)
"""What begins a tab of MkDocs: it is indented as a box is."""
_BOX_TITLE = re.compile(
    r"[ \t]*:{3,}[ \t]*\{?[\w-]++\}?[ \t]*(?:\{[^{}]*title=[\"'](?P<named>[^\"'{}]+)[\"'][^{}]*\}"
    r"|(?:\[(?P<label>.*)\]|(?P<words>[^\[{\s].*?)|)[ \t]*(?:\{[^{}]*\})?)[ \t]*\Z"
)
_BLOCK_TITLE = re.compile(r"[ \t]*/{3,}[ \t]*[\w-]+[ \t]*\|[ \t]*(?P<words>\S.*?)[ \t]*\Z")
_BLOCK = re.compile(r"[ \t]*[a-z][\w-]*[ \t]*(?:\|.*)?\Z")
"""The name of a block of MkDocs between lines of slashes, and its title."""
_ATTRIBUTES = re.compile(r"\{:?[ \t]*[.#][^{}\n]*\}\Z")
"""The last line of an item: the classes of its element."""
_QUERIES = frozenset({"dataview", "dataviewjs", "tasks", "query", "base"})
"""Languages of code that is a query of Obsidian, whose result its page shows."""
_NOTE_TITLE = re.compile(r"[^\"]*\"(?P<words>.+)\"[ \t]*\Z")
_TITLES = {"container_box_open": _BOX_TITLE, "container_block_open": _BLOCK_TITLE, "admonition_open": _NOTE_TITLE}
"""The title of each kind of box, in its first line."""


def markdown_blocks(visible: str, body: int, *, mdx: bool = False) -> list[Block]:
    """Cut what is visible of a Markdown text, from `body` on, into its blocks, in order."""
    return list(_Reader(visible, body, mdx=mdx).blocks())


@cache
def _parser(*, mdx: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.admon import admon_plugin
    from mdit_py_plugins.container import container_plugin

    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable("table").disable("inline")
    parser.use(admon_plugin).use(container_plugin, "box", validate=lambda *_: True)
    parser.use(container_plugin, "block", "/", validate=lambda words, _: bool(_BLOCK.match(words)))
    if mdx:
        use_mdx(parser)
    return parser


class _Reader:
    """Reads the tokens of one text."""

    def __init__(self, text: str, body: int, *, mdx: bool) -> None:
        self._text = text
        self._lines: list[Span] = []
        """Each line without its end."""
        for line in _LINE.finditer(text, body):
            self._lines.append((line.start(), line.start() + len(line.group().rstrip("\r\n"))))
        self._tokens: Sequence[Token] = _parser(mdx=mdx).parse(
            moved_left(text[body:]) if mdx else _TAB.sub(r"\1!!! tab ", text[body:])
        )
        self._ends = element_ends(text, body)
        self._around: list[Token] = []
        """The containers around the current token, the innermost last."""

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks in order."""
        for row, token in enumerate(self._tokens):
            if token.nesting == 1:
                self._around.append(token)
                yield from self._opening(row, token)
            elif token.nesting == -1:
                self._around.pop()
            elif token.type == "inline":
                yield from self._lines_of(token, opens_item=self._tokens[row - 2].type == "list_item_open")
            elif token.type in {"fence", "code_block"}:
                yield from self._code(token)
            elif token.type == "html_block":
                yield from self._html(token)

    def _opening(self, row: int, token: Token) -> Iterator[Block]:
        """Yield the title of a box, or the row of a table."""
        if token.type == "tr_open":
            start, end = self._whole(token)
            end = self._shown_end(row, start, end)
            cells = self._text[start:end]
            start += len(cells) - len(cells.lstrip("| \t"))
            end -= len(cells) - len(cells.rstrip("| \t"))
            header = any(around.type == "thead_open" for around in self._around)
            if start < end:
                yield Block(start, end, Kind.HEADER if header else Kind.ROW, healable=False)
        elif pattern := _TITLES.get(token.type):
            start, end = self._line(token)
            if (title := pattern.match(self._text[start:end])) and title.lastgroup:
                first, last = title.span(title.lastgroup)
                yield Block(start + first, start + last, Kind.HEADING, LABEL, scope=self._whole(token)[1])

    def _shown_end(self, row: int, start: int, end: int) -> int:
        """Return where the last cell of a table row ends for which its table has a column: further ones are dropped."""
        count = 0
        while self._tokens[row].type != "tr_close":
            count += self._tokens[row].type in {"th_open", "td_open"}
            row += 1
        bars = [start + bar.start() for bar in _BAR.finditer(self._text[start:end]) if bar["bar"] and bar.start()]
        return bars[count - 1] if len(bars) >= count else end

    def _lines_of(self, token: Token, *, opens_item: bool) -> Iterator[Block]:
        """Yield the blocks of a heading's or paragraph's lines."""
        parent = self._around[-1]
        segments = self._segments(token)
        if parent.type == "heading_open" and segments:
            start, end, gaps = self._joined(segments)
            if name := HEADING_ID.search(self._text, segments[-1][0], end):
                end = name.start()
            yield Block(start, end, Kind.HEADING, int(parent.tag[1:]), gaps=gaps)
        elif parent.type == "paragraph_open":
            box = next((around for around in self._around[:-1] if around.type == "blockquote_open"), None)
            if box and segments and (callout := _CALLOUT.match(self._text, segments[0][0])):
                start, end = callout.end(), segments[0][1]
                if start < end:
                    yield Block(start, end, Kind.HEADING, LABEL, scope=self._whole(box)[1])
                segments = segments[1:]
            if len(segments) > 1 and _ATTRIBUTES.match(self._text[slice(*segments[-1])]):
                segments = segments[:-1]
            first = 0
            for row in range(1, len(segments) + 1):
                if row == len(segments) or title_at(self._text, segments[row][0], self._ends):
                    yield from self._titled(segments[first:row], opens_item=opens_item and not first)
                    first = row

    def _titled(self, segments: list[Span], *, opens_item: bool) -> Iterator[Block]:
        """Yield the title of the component that lines begin with, if they do, and the lines."""
        if segments and (title := title_at(self._text, segments[0][0], self._ends)):
            yield title
        yield from self._paragraph(segments, opens_item=opens_item)

    def _paragraph(self, segments: list[Span], *, opens_item: bool) -> Iterator[Block]:
        """Yield a paragraph's block, or those of the footnotes whose texts it holds."""
        while segments:
            count = 1
            while count < len(segments) and not _FOOTNOTE.match(self._text, segments[count][0]):
                count += 1
            yield self._block(segments[:count], opens_item=opens_item)
            segments, opens_item = segments[count:], False

    def _block(self, segments: list[Span], *, opens_item: bool) -> Block:
        start, end, gaps = self._joined(segments)
        kind, mark = Kind.PROSE, -1
        depth = sum(around.type == "list_item_open" for around in self._around)
        if opens_item:
            kind = Kind.STEP if self._around[-3].type == "ordered_list_open" else Kind.ITEM
            if task := _TASK.match(self._text, start, end):
                start = task.end()
            line = self._text.rfind("\n", 0, start) + 1
            marker = _MARKER.search(self._text, line, start)
            mark = marker.start() if marker else -1
        elif footnote := _FOOTNOTE.match(self._text, start, end):
            start = footnote.end()
        content = self._text[start:end]
        if _OF_A_PAGE.match(content) or is_only_links(content):
            return Block(start, end, Kind.LEFT_OUT)
        return Block(start, end, kind, depth, mark, gaps, healable=not depth)

    def _code(self, token: Token) -> Iterator[Block]:
        """Yield a block of code, its fences included, so that it stays code wherever it is printed."""
        start, end = self._whole(token)
        if token.content.strip():
            is_query = token.info.strip().lower() in _QUERIES
            yield Block(start, end, Kind.LEFT_OUT if is_query else Kind.CODE, healable=False)

    def _html(self, token: Token) -> Iterator[Block]:
        """Yield the blocks of HTML."""
        start, _ = self._whole(token)
        segments = self._segments(token)
        gaps = [(before[1], after[0]) for before, after in pairwise(segments)]
        html, at = list[str](), start
        for first, last in segments:
            html += [" " * (first - at), self._text[first:last]]
            at = last
        yield from fragment_blocks("".join(html), start, gaps, self._ends)

    def _segments(self, token: Token) -> list[Span]:
        """Return where each line of an inline token's content stands, without what its containers put before it."""
        segments = []
        first = (token.map or [0, 0])[0]
        for number, content in enumerate(token.content.split("\n"), first):
            start, end = self._lines[number]
            line = content.strip()
            at = self._text.rfind(line, start, end) if line else -1
            if at >= 0:
                segments.append((at, at + len(line)))
        return segments

    def _joined(self, segments: Sequence[Span]) -> tuple[int, int, tuple[Span, ...]]:
        gaps = tuple((before[1], after[0]) for before, after in pairwise(segments))
        return segments[0][0], segments[-1][1], gaps

    def _line(self, token: Token) -> Span:
        return self._lines[(token.map or [0, 0])[0]]

    def _whole(self, token: Token) -> Span:
        """Return the span of a token's lines, without white space and block quotes' marks around them."""
        first, last = token.map or [0, 1]
        start, end = self._lines[first][0], self._lines[max(first, last - 1)][1]
        lines = self._text[start:end]
        return start + len(lines) - len(lines.lstrip(" \t\r\n>")), start + len(lines.rstrip())
