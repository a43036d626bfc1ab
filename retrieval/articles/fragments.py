"""HTML that stands within Markdown: its text, cut at the tags that begin or end a block."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from retrieval.articles.comments import comments_and_code
from retrieval.articles.marks import STRING, blanked
from retrieval.articles.structure import LABEL, Block, Span
from retrieval.records import Kind

_TAG = re.compile(rf"<(/?)([A-Za-z][\w.-]*)((?:{STRING}|[^<>\"'{{]++)*+)>")
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "font", "i", "img", "input", "ins", "kbd",
    "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "td", "th", "time", "tt", "u", "var",
    "wbr",
})  # fmt: skip
_HIDDEN = re.compile(
    r"<(script|style|template)\b.*?(?:</\1\s*>|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<![A-Za-z].*?(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_KINDS = {"li": Kind.ITEM, "tr": Kind.ROW, "pre": Kind.CODE}
_TABS = frozenset({"Tab", "TabItem"})
"""Components whose value is their title where they have no other."""
_TITLE = re.compile(r"(?<![\w-])(?P<name>label|title|summary|value)\s*=\s*(?P<value>\"[^\"]+\"|'[^']+')")
_HEADING = re.compile(r"h[1-6]", re.IGNORECASE)


def element_ends(text: str, body: int) -> Mapping[int, int]:
    """Return where the elements of a Markdown text end that may have a title, by where they begin.

    They are components and `details`; the `summary` of one ends with it.
    """
    if "</" not in text:
        return {}
    prose = blanked(text, (span for span, _ in comments_and_code(text)))
    ends: dict[int, int] = {}
    opened = defaultdict[str, list[int]](list)
    summaries: list[tuple[int, int]] = []
    for tag in _TAG.finditer(prose, body):
        name = tag[2] if tag[2][0].isupper() else tag[2].lower()
        if name == "summary" and not tag[1] and opened["details"]:
            summaries.append((tag.start(), opened["details"][-1]))
        elif name != "details" and not name[0].isupper():
            continue
        elif not tag[1] and not tag[3].endswith("/"):
            opened[name].append(tag.start())
        elif tag[1] and opened[name]:
            ends[opened[name].pop()] = tag.start()
    return {**ends, **{summary: ends.get(details, len(text)) for summary, details in summaries}}


def fragment_blocks(html: str, at: int, gaps: Sequence[Span], ends: Mapping[int, int]) -> Iterator[Block]:
    """Yield the blocks of HTML that stands at a place of a text, and the titles of components that begin in it.

    White space stands in it for what its containers put before its lines; `gaps` are these places in the text. `ends`
    are the `element_ends` of the text.
    """
    within = ""
    for tag, begin, stop in _chunks(html):
        place = at + tag.start() if tag else -1
        if tag and (title := _title(tag, at, ends)):
            yield title
        within = ("div" if tag[1] else tag[2]) if tag else within and "div"
        chunk = html[begin:stop]
        start, end = at + begin + len(chunk) - len(chunk.lstrip()), at + begin + len(chunk.rstrip())
        if not any(map(str.isalnum, _TAG.sub("", chunk))):
            continue
        name = within.lower()
        between = tuple(gap for gap in gaps if start < gap[0] and gap[1] < end)
        if _HEADING.fullmatch(name):
            yield Block(start, end, Kind.HEADING, int(name[1]), gaps=between)
        elif name == "summary":
            yield Block(start, end, Kind.HEADING, LABEL, gaps=between, scope=ends.get(place, at + len(html)))
        else:
            kind = _KINDS.get(name, Kind.PROSE)
            yield Block(start, end, kind, int(kind is Kind.ITEM), gaps=between, healable=False)


def title_at(text: str, start: int, ends: Mapping[int, int]) -> Block | None:
    """Return the title of a component whose tag begins at a place of a text; None where there is none."""
    tag = _TAG.match(text, start) if start in ends else None
    return _title(tag, 0, ends) if tag else None


def _title(tag: re.Match[str], at: int, ends: Mapping[int, int]) -> Block | None:
    """Return the title that stands among the attributes of a tag, whose text stands at a place."""
    if tag[1] or not tag[2][0].isupper() or at + tag.start() not in ends:
        return None
    titles = {title["name"]: title.span("value") for title in _TITLE.finditer(tag[3])}
    names = ("label", "title", "summary", *(("value",) if tag[2] in _TABS else ()))
    span = next((titles[name] for name in names if name in titles), None)
    if span is None:
        return None
    begin = at + tag.start(3)
    return Block(begin + span[0] + 1, begin + span[1] - 1, Kind.HEADING, LABEL, scope=ends[at + tag.start()])


def _chunks(html: str) -> Iterator[tuple[re.Match[str] | None, int, int]]:
    """Yield each stretch between the tags of blocks, with the tag before it: None at first and behind scripts."""
    hidden = [match.span() for match in _HIDDEN.finditer(html)]
    last_tag, begin = None, 0
    for first, last in [*hidden, (len(html), len(html))]:
        for tag in _TAG.finditer(html, begin, first):
            if tag[2].lower() not in _INLINE:
                yield last_tag, begin, tag.start()
                last_tag, begin = tag, tag.end()
        yield last_tag, begin, first
        last_tag, begin = None, last
