"""What MDX computes: modules that are imported or exported, and expressions in braces, whose words are elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.articles.marks import BRACED, STRING
from retrieval.articles.structure import Span

_TOKEN = re.compile(
    r"\\[{<]|^[ \t>]*:{3,}[^\r\n]*|[ \t]\{:?[ \t]*[#.][^{}\r\n]*\}[ \t]*\r?$"  # a box, the name of a heading
    r"|(?P<math>\$\$.*?\$\$|\$[^$\n]*\\[^$\n]*\$)"
    r"|(?P<module>^(?:import(?=\s*['\"{*]|\s+[\w$]+\s*(?:,|\sfrom\b))"
    r"|export(?=\s*[{*]|\s+(?:const|let|var|default|async|function|class)\b)))"
    rf"|</?[A-Za-z](?:{STRING}|[^<>\"'{{]++){{0,60}}+>"
    r"|\{\s*(?:\"[^\"\\\n]*\"|'[^'\\\n]*')\s*\}"  # a text in quotation marks, which is shown as it is
    rf"|(?P<expression>{BRACED})",
    re.MULTILINE | re.DOTALL,
)
_IN_MODULE = re.compile(
    r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|//[^\n]*|[{(\[]|[})\]]|(?P<blank>\n[ \t\r]*(?=\n|\Z))"
)
_DEPTHS = {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}
_BEFORE = 200
_BLANK_LINE = re.compile(r"\n[ \t>]*\r?\n")
_ENDED = re.compile(r"(?:\A|[.!?…:。！？：][\"'”’)*_`\]]*)\s*\Z")
_NOTHING = re.compile(r"[ \t>]*(?:\r?\n[ \t>]*(?=\r?\n)|\r?\n?\Z)")
_ALONE = re.compile(r"[ \t>]*(?=[\r\n]|\Z)")


def computed(text: str, body: int) -> Iterator[tuple[Span, bool]]:
    """Yield what MDX computes, in order, and whether what stands beside it can be read without it.

    Comments and code are blank in the text. An expression that is a text in quotation marks is that text, and not
    among them. One within a sentence is a part of it; on lines of its own, or behind the end of a sentence, it is none.
    """
    at, nests = body, True
    while token := _TOKEN.search(text, at):
        start, at = token.span()
        if token["module"]:
            at, nests = _module_end(text, at, nests=nests)
            yield (start, at), True
        elif token["expression"]:
            yield (start, at), _is_apart(text, start, at)


def _is_apart(text: str, start: int, end: int) -> bool:
    before = _BLANK_LINE.split(text[max(0, start - _BEFORE) : start])[-1]
    if not before.rpartition("\n")[2].strip(" \t>") and _ALONE.match(text, end):
        return True
    return bool(_ENDED.search(before)) and bool(_NOTHING.match(text, end))


def _module_end(text: str, at: int, *, nests: bool) -> tuple[int, bool]:
    """Return where an import or an export ends, and whether the brackets of the text are closed as far as is known.

    It ends at the first blank line, if it `nests` outside of its brackets.
    """
    depth, first = 0, -1
    for token in _IN_MODULE.finditer(text, at):
        if token["blank"] is not None:
            if depth <= 0 or not nests:
                return token.start(), nests
            first = token.start() if first < 0 else first
        else:
            depth += _DEPTHS.get(token.group(), 0)
    is_closed = depth <= 0 or first < 0
    return (len(text) if is_closed else first), nests and is_closed
