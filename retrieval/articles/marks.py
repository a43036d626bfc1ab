"""The marks within lines of Markdown: which are invisible, and where a sentence may begin and end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from retrieval.articles.comments import comments_and_code
from retrieval.articles.structure import Span
from retrieval.readable import unpaired_tags

BRACED = r"\{(?:[^{}]++|\{(?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+\})*+\}"
"""What MDX computes, in a pattern."""
STRING = rf"\"[^\"]*\"|'[^']*'|{BRACED}"
"""The value of a tag's attribute, in a pattern: a text, or what MDX computes."""
HEADING_ID = re.compile(r"[ \t]+\{:?[ \t]*[#.][^{}\r\n]*\}[ \t]*\Z")
"""The name, or the class, of a heading for links and style sheets, at its end."""
_NOTE = re.compile(r"^[ \t>]*(?:[-*+][ \t]+)?\[\^([^\]\s]{1,80})\]:", re.MULTILINE)
_VISIBLE = re.compile(r"(?P<box>^[ \t]*>[ \t>]*)|[^\s]", re.MULTILINE)
"""What is no white space; the signs of a block quote tell of its lines, and stay."""
_GOES_ON = re.compile(r"[ \t]*[^\s]")
_NO_INDENT = "\xa0"
_TARGET = r"\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+[\"'(][^\"')]{0,500}[\"')])?\)"
"""Where a link leads, with its title, in a pattern."""
_LINK = re.compile(rf"!?\[\[[^\[\]]*\]\]|!?\[(?:[^\[\]]|\[[^\[\]]*\]){{0,500}}\](?:{_TARGET}|\[[^\]]*\])")
_ADDRESS = re.compile(r"<?\b(?:https?://|mailto:|www\.)[^\s<>]+>?")
_PARTS = re.compile(
    r"(?P<code>(?<!`)(`+)(?!`)(?P<inside>.{1,2000}?)(?<!`)\2(?!`))"
    r"|(?P<embed>!\[\[[^\[\]]*\]\]|(?:(?<=[^\s|] )|^)\^[A-Za-z][\w-]+[ \t]*$)"
    r"|(?P<image>!\[[^\[\]]*\](?:\([^)]{0,1000}\)|\[[^\]]*\]))"
    rf"|(?P<target>(?<=\]){_TARGET}|(?<=\])\[[^\]]*\])"
    r"|(?P<footnote>\[\^[^\]\s]{1,80}\])"
    r"|(?P<literal><(?P<element>code|kbd|samp|tt)>(?P<words>[^<]{0,500})</(?P=element)>)"
    rf"|(?P<tag></?[A-Za-z](?:{STRING}|[^<>\"'{{]++|\{{){{0,60}}+>)"
    r"|(?P<blank>\{\s*(?:\" *\"|' *')\s*\})"
    r"|(?P<template>\{\{(?:(?!\{\{).)*?\}\}|\{%(?:(?!\{%).)*?%\})"
    r"|(?P<address>(?:https?://|www\.)[^\s<>()\]]+[^\s<>()\].,;:!?*_])"
    r"|(?P<emphasis>\*+|(?<!\w)_+|_+(?!\w)|~~|\\(?=[*_~]))"
    r"|(?P<escape>\\[^\w\s])",
    re.DOTALL | re.MULTILINE,
)
_LABELLED = re.compile(rf"!?\[([^\[\]]{{0,500}})\](?:{_TARGET}|\[[^\]]*\])")
_ASIDE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,}|:{3,})[^\n]*$", re.MULTILINE)
_SILENT = re.compile(
    r"\[\^[^\]\s]{1,80}\]|</?[A-Za-z][^<>]*>|\*+|(?<!\w)_+|_+(?!\w)|~~|`+|\\(?=[^\w\s])|^[^\S\n]*>+", re.MULTILINE
)
"""Links with their words, what stands beside the text, and signs within it that say nothing."""
_CLOSING = re.compile(r"</([A-Za-z]\w*)\s*>")
_OPENING = re.compile(r"<([A-Za-z]\w*)[^<>]*>\s*\Z")
_MOST_TAGS = 4
"""Tags right beside a sentence that pair with its own ones."""
_MARKED = re.compile(r"[*_~`\[\\<{^]|://|www\.")
"""Signs without one of which a text has no mark."""
BESIDE = 200
"""Characters beside a sentence in which the marks that its own ones belong to may stand."""
_BEGUN = re.compile(r"<[A-Za-z][\w.-]*\s[^`]*=\s*[\"'{][^`]*\Z")
"""The attributes of a tag that is not ended."""
_STANDS_FOR_TEXT = re.compile(r"<[A-Z][^<>]*/>")
"""A component without content: what it shows is not in the text, so that it may be a word of a sentence."""
_ENDED = re.compile(r"[.!?…:。！？：][\"'”’)*_`\]]{0,5}\s+\Z")
_COMPONENTS = re.compile(r"<[A-Z].*/>", re.DOTALL)
_STOPS = re.compile(r"[.!?;:…]")
_BALANCED = re.compile(r"\*+|(?<!\w)_+|_+(?!\w)|~~|`+")


def without_comments(text: str) -> str:
    """Return a Markdown text of the same length in which white space stands for every comment."""
    spans = (span for span, is_comment in comments_and_code(text) if is_comment)
    return blanked(text, spans)


def blanked(text: str, spans: Iterable[Span], by: str = " ") -> str:
    """Return a text of the same length in which white space, or `by`, stands for these spans, which are in order.

    Before text on the same line that is a space which indents nothing: what stands behind a comment is no code.
    """
    parts, at = [], 0
    for start, end in spans:
        last_line = max(start, text.rfind("\n", start, end) + 1) if _GOES_ON.match(text, end) else end
        parts += [text[at:start], _blank(text[start:last_line], by)]
        parts.append(_blank(text[last_line:end], _NO_INDENT if by == " " else by))
        at = end
    return "".join([*parts, text[at:]])


def _blank(text: str, by: str) -> str:
    return _VISIBLE.sub(lambda match: match["box"] or by, text)


def is_only_links(block_text: str) -> bool:
    """Return whether a block consists of links, images or addresses, and says nothing beside them."""
    rest = _ADDRESS.sub("", _LINK.sub("", block_text))
    return rest != block_text and not any(map(str.isalnum, rest))


def footnotes(text: str) -> frozenset[str]:
    """Return the labels of the footnotes whose texts stand in a Markdown text."""
    return frozenset(_NOTE.findall(text))


def without_marks(text: str, notes: frozenset[str] | None = None) -> str:
    """Return a text of the same length without its marks, in which only sentences end with a full stop.

    White space stands for marks that may be left out at a sentence's edge; letters for those that may not, which a
    footnote's behind a word is if it is none of the known `notes` of its article: `q[^u]` is a pattern.
    """

    def plain(match: re.Match[str]) -> str:
        mark = match.group()
        if match["code"]:
            ticks = len(match[2])
            return " " * ticks + _STOPS.sub("x", match["inside"]) + " " * ticks
        if match["escape"]:
            return mark
        if match["literal"]:
            before, inside, behind = mark.partition(match["words"]) if match["words"] else (mark, "", "")
            return " " * len(before) + _STOPS.sub("x", inside) + " " * len(behind)
        if _STANDS_FOR_TEXT.match(mark) and _ends_behind(text, *match.span()):
            return " " * len(mark)
        is_note = notes is None or mark[2:-1] in notes or not text[match.start() - 1 : match.start()].isalnum()
        if (match["footnote"] and not is_note) or match["target"] or match["address"] or _STANDS_FOR_TEXT.match(mark):
            return "x" * len(mark)
        return " " * len(mark)

    return _PARTS.sub(plain, text) if _MARKED.search(text) else text


def parts_of(text: str) -> Iterable[re.Match[str]]:
    """Return the marks within the lines of a text, by the group that says what each is."""
    return _PARTS.finditer(text) if _MARKED.search(text) else ()


def in_words(text: str) -> str:
    """Return a text without its marks, and without what stands for words that are elsewhere; a link is its words."""

    def word(match: re.Match[str]) -> str:
        if match["code"] or match["literal"]:
            return str(match["inside"] or match["words"] or "")
        return match["address"] or (match["escape"] or "")[1:]

    return _PARTS.sub(word, _LABELLED.sub(r"\1", text)) if _MARKED.search(text) else text


def _ends_behind(text: str, start: int, end: int) -> bool:
    """Return whether a text has ended before a mark that stands at its end."""
    return not text[end : end + BESIDE].strip() and bool(_ENDED.search(text[max(0, start - BESIDE) : start]))


def ends_within_tag(text: str) -> bool:
    """Return whether a text breaks off among the attributes of a tag."""
    at = text.rfind("<")
    return at >= 0 and ">" not in text[at:] and bool(_BEGUN.match(text, at))


def is_only_components(text: str) -> bool:
    """Return whether a text is nothing but components without content, whose words stand elsewhere."""
    if not _COMPONENTS.fullmatch(text):
        return False
    rest = _PARTS.sub(lambda match: "" if match["tag"] else match.group(), text)
    return not any(map(str.isalnum, rest))


def balanced(text: str, start: int, end: int, block: tuple[int, int]) -> tuple[int, int]:
    """Extend a span, within its block, by the marks beside it that pair with its own: `*so* …` has both."""
    if not _MARKED.search(text, start, end):
        return start, end
    for kind in "*_~`" * 2:  # emphasis around code begins only where the code does
        before, behind = text[max(block[0], start - BESIDE) : start], text[end : min(block[1], end + BESIDE)]
        marks = [mark for mark in _BALANCED.findall(text, start, end) if mark[0] == kind]
        opening, closing = len(before) - len(before.rstrip(kind)), len(behind) - len(behind.lstrip(kind))
        if marks and opening and closing and (kind == "~" or len(marks) % 2 == 0):
            start, end = start - opening, end + closing
        if len(marks) % 2 == 0:
            continue
        if opening:
            start -= opening
        else:
            end += closing
    for _ in range(_MOST_TAGS):
        unpaired = {(bool(tag["end"]), tag["name"]) for tag in unpaired_tags(text[start:end])}
        begins = _OPENING.search(text[max(block[0], start - BESIDE) : start])
        ends = _CLOSING.match(text, end, block[1])
        if begins and (True, begins[1]) in unpaired:
            start -= len(begins.string) - begins.start()
        elif ends and (False, ends[1]) in unpaired:
            end = ends.end()
        else:
            break
    return start, end


def plain(text: str) -> str:
    """Return the words of a text as one line without marks; a link is its words, and cells are parted by semicolons."""
    if _MARKED.search(text) or ":::" in text:
        text = _SILENT.sub("", _LABELLED.sub(r"\1", _ASIDE.sub(" ", without_comments(text))))
    return " ".join(unescape(text).replace("|", " ; ").split())
