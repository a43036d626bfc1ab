"""Quotes from Markdown as people read them: a link is its words, emphasis and code have no marks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from retrieval.records import Label

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MARKDOWN = frozenset({"md", "markdown", "mdx"})
"""Endings of Markdown files."""
_MARKDOWN = re.compile(rf"\.(?:{'|'.join(sorted(MARKDOWN))})\Z", re.IGNORECASE)
_MARKED = re.compile(r"[*_`~\[<\\&\n{]|==")
"""What some mark holds, and line ends; without one of these a text reads as it is."""
LONGEST = 20_000
"""Characters of the longest text whose marks are left out: open brackets take the parser their number's square."""
_REPLACED = re.compile(r"[\0\r]")
"""Characters that the parser replaces: texts with these stay as they are."""
_FENCED = re.compile(
    r"(^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*(?:\n.*?)??(?:\n[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z))", re.DOTALL | re.MULTILINE
)
_INDENTED = re.compile(r"\n[ \t>]*\n(?: {4}|\t)(?![ \t]*(?:[-*+]|\d{1,9}[.)])[ \t])")
"""A line that may be one of code, behind a blank one: its text stays as it is."""
_PARAGRAPH = re.compile(r"(\n(?:[ \t>]*\n)+)")
_QUOTED = re.compile(r"(?<=\n)[ \t]*>[> \t]*")
_TAG_END = re.compile(r"(<[A-Za-z][\w.]*\s[^<>]*[\"'}])\n[ \t]*>")
"""A tag whose last sign begins a line."""
_ITEM = re.compile(r"\n(?=[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t])")
_INDENT = re.compile(r"\n*[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)?")
"""What stands before an item's words; it stays, and its signs are no marks of emphasis."""
_NUMBERED = re.compile(r"[ \t>]*(?P<number>\(?(?:-?\d{1,9}|[A-Za-z])[.)][ \t]+(?:\[[ xX]\][ \t]+)?)")
"""A line up to the words of a list item that has a number, or a letter."""
_CODE = r"(?P<literal>(?P<ticks>`+)(?!`)(?:.{1,2000}?(?<!`)(?P=ticks)(?!`))?|\\[^\w\s])"
_LITERAL = r"(?P<literal>(?P<ticks>`+)(?!`)(?:.{1,2000}?(?<!`)(?P=ticks)(?!`))?|<?\b(?:https?://|mailto:|www\.)[^\s<>()\]]*>?|\\[^\w\s])"
"""Code, addresses and escaped marks, in which nothing else is looked for."""
_PAIR = re.compile(
    _LITERAL + r"|(?<!\w)<(?P<tag>b|big|cite|code|dfn|em|i|kbd|mark|q|samp|small|span|strong|tt|u|var)>"
    r"(?P<inside>[^<>]*)</(?P=tag)>|(?P<break><br ?/?>)",
    re.DOTALL | re.IGNORECASE,
)
"""Tags that only lay their words out. All others stay: they may strike words out, hide or raise them, or be words."""
_LINK = re.compile(
    _LITERAL + r"|(?<!\w)<(?P<name>a|abbr|b|cite|code|em|font|i|kbd|mark|q|small|span|strong|u|(?-i:[A-Z][\w.]*))\s"
    r"(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*+)(?<!/)>(?P<words>(?:(?!</?(?P=name)\b).)*)</(?P=name)\s*>",
    re.DOTALL | re.IGNORECASE,
)
"""Links, and other elements with attributes that lay their words out; components too."""
_TAG = re.compile(
    _CODE + r"|<(?P<end>/?)(?P<name>[A-Za-z][\w.]*)(?P<attributes>(?:\s(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*+)?)(?<!/)>",
    re.DOTALL,
)
_CELL = re.compile(_CODE + r"|(?P<cell></t[dh]>\s*(?=<t[dh]\b))?</?t[dh](?P<attributes>(?:\s[^<>]*)?)>", re.DOTALL)
"""What begins or ends a cell of a table."""
_WIKI = re.compile(
    _CODE
    + r"|(?<!!)\[\[(?![\s\d]*\]\])(?P<target>[^\[\]|\n\s][^\[\]|\n]*?)(?:\\?\|(?P<alias>[^\[\]\n]+))?\]\](?![(\[])"
    r"|(?<![=\w])==(?=\S)(?P<marked>[^=\n]+)(?<=\S)==(?![=\w])",
)
"""Links between notes, `[[note|words]]`, and `==highlighted words==`."""
_LAYS_OUT = frozenset({
    "a", "abbr", "b", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "samp", "small", "span", "strong", "td",
    "th", "tt", "u", "var",
})  # fmt: skip
"""Elements that only lay their words out."""
_CHANGES = re.compile(r"hidden|line-through|vertical-align|position|transform|font-variant", re.IGNORECASE)
"""What in a tag's attributes may strike, hide or raise its words."""
_NO_MARK = re.compile(
    _CODE + r"|(?P<sign>(?<!\]\()(?<![<\w])(?:https?://|www\.)[^\s<>]*[^\s<>.,;:!?)\]'\"]|(?<=\w)\*+(?=\w))", re.DOTALL
)
"""Signs in a bare address, and stars within a word or between figures: no emphasis where people read them."""

_STRING = re.compile(
    _CODE + r"|\{\s*(?P<quotes>[\"'])(?P<words>[^\"'\\\n]*|[\"'])(?P=quotes)\s*\}(?P<end>\n?)", re.DOTALL
)
"""A text in quotation marks that MDX computes: it is what it says."""
_NOTE = re.compile(_CODE + r"|\[(?P<label>\^[^\]\s]{1,80})\]", re.DOTALL)


def readable(text: str, path: str | None, labels: Sequence[Label] = ()) -> str:
    """Return a quote of the article at a path below its corpus without Markdown's marks.

    No word is left out, and none is changed: `[3][4]` is a link, and `[^u]` a footnote's mark, only where their labels
    are among those that the article defines (`Citation.labels`), else they stay. The lines of a paragraph become one.
    Code between fences, and the text of any other format, stays as it is.
    """
    if len(text) > LONGEST or not path or not _MARKDOWN.search(path):
        return text
    if not _MARKED.search(text) or _REPLACED.search(text):
        return text
    plain, at, mdx = "", 0, path.lower().endswith(".mdx")
    for code in _FENCED.finditer(text):
        plain += _prose(text[at : code.start()], labels, mdx=mdx) + code.group()
        at = code.end()
    plain += _prose(text[at:], labels, mdx=mdx)
    return plain if plain.strip() else text


def number_before(text: str, start: int) -> int:
    """Return where on its line the number of the list item begins whose words begin at `start`; -1 for none."""
    numbered = _NUMBERED.fullmatch(text, text.rfind("\n", 0, start) + 1, start)
    return numbered.start("number") if numbered else -1


def unpaired_tags(text: str) -> list[re.Match[str]]:
    """Return the tags of a text that begin or end elements of which it has only a part."""
    opened: list[re.Match[str]] = []
    ending: list[re.Match[str]] = []
    for tag in _TAG.finditer(text) if ">" in text else ():
        if tag["literal"]:
            continue
        if not tag["end"]:
            opened.append(tag)
            continue
        names = [other["name"] for other in opened]
        if tag["name"] in names:
            del opened[len(names) - 1 - names[::-1].index(tag["name"])]
        else:
            ending.append(tag)
    return ending + opened


def _prose(text: str, labels: Sequence[Label], *, mdx: bool) -> str:
    """Return text that holds no fence as it reads."""
    if _INDENTED.search(text):
        return text
    if mdx:
        text = _STRING.sub(_without_braces, text)
    parts = _PARAGRAPH.split(_QUOTED.sub("", _TAG_END.sub(r"\1>", text)))
    parts[::2] = ["\n".join(_item(item, labels) for item in _ITEM.split(part)) for part in parts[::2]]
    return "".join(parts)


def _item(text: str, labels: Sequence[Label]) -> str:
    """Return a paragraph or an item of a list as it reads."""
    from markdown_it.common.utils import normalizeReference

    indent = _INDENT.match(text)
    begin = indent.end() if indent else 0
    lines = text[begin:].rstrip("\n")
    defined = {label for label, number in labels if not number}
    lines_of_notes = _WIKI.sub(lambda match: _without_wiki_marks(match, defined), lines)
    marked = _PAIR.sub(_without_tags, _LINK.sub(_without_link, _CELL.sub(_without_cell, lines_of_notes)))
    for tag in sorted(unpaired_tags(marked), key=re.Match.start, reverse=True):
        if _is_loose(tag):
            marked = marked[: tag.start()] + marked[tag.end() :]
    marked = _NO_MARK.sub(lambda match: match["literal"] or re.sub(r"[*_]", r"\\\g<0>", match["sign"]), marked)
    notes = {label: number for label, number in labels if number}
    marked = _NOTE.sub(lambda match: match["literal"] or notes.get(match["label"], match.group()), marked)
    references = {normalizeReference(label): {"href": "", "title": ""} for label, number in labels if not number}
    (inline,) = _parser().parseInline(marked, {"references": references})
    return text[:begin] + "".join(_words(inline.children or [])) + text[begin + len(lines) :]


def _without_link(match: re.Match[str]) -> str:
    is_plain = match["literal"] is None and not _CHANGES.search(match["attributes"])
    return str(match["words"]) if is_plain else match.group()


def _without_wiki_marks(match: re.Match[str], defined: Collection[str]) -> str:
    if match["literal"] is not None or match["target"] in defined:
        return match.group()
    return str(match["alias"] or match["target"] or match["marked"])


def _without_braces(match: re.Match[str]) -> str:
    if match["literal"] is not None:
        return match.group()
    return re.sub(r"[\\`*_\[\]<&~]", r"\\\g<0>", match["words"]) + ("" if match["words"].isspace() else match["end"])


def _is_loose(tag: re.Match[str]) -> bool:
    """Return whether a tag without the one it pairs with only lays words out; one without attributes may be words."""
    is_tag = tag["end"] or ("=" in tag["attributes"] and not tag.string[tag.start() - 1 : tag.start()].isalnum())
    return tag["name"] in _LAYS_OUT and bool(is_tag) and not _CHANGES.search(tag["attributes"])


def _without_cell(match: re.Match[str]) -> str:
    is_plain = match["literal"] is None and not _CHANGES.search(match["attributes"])
    if not is_plain:
        return match.group()
    return " | " if match["cell"] else ""


def _without_tags(match: re.Match[str]) -> str:
    return "  \n" if match["break"] else match["literal"] or match["inside"]


def _words(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            yield " " if token.type == "softbreak" else "\n"
        elif token.type == "image":
            yield "".join(_words(token.children or []))
        else:
            yield token.content.replace("\n", " ")  # an entity may stand for a line end


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    parser.normalizeLinkText = str  # type: ignore[assignment] # an address is shown as it is written
    return parser
