"""What Discord's apps make of Markdown: the text that people read, and everything in it that is more than text.

The rules and their order are those of Discord's own parser, which is built on simple-markdown: at each place the first
rule that matches wins. Emphasis is looked for from its first sign on, headings, lists, subtext and block quotes at the
beginnings of lines.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_BLOCK = re.compile(r" *>(?!>>) (?P<one>.*)| *>>> (?P<all>[\s\S]*)")
_LINE = re.compile(r" *(?P<sign>#{1,3}(?= +\S)|-#(?= +\S)|[-*](?= +\S)|\d+\.(?= +\S)) +")
_INLINE = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("escape", r"\\([^0-9A-Za-z\s])"),
        ("shrug", r"(¯\\_\(ツ\)_/¯)"),
        ("code", r"```(?:[a-z0-9_+\-.#]+?\n)?\n*([^\n][\s\S]*?)\n*```"),
        ("code", r"(?P<ticks>`+)([\s\S]*?[^`])(?P=ticks)(?!`)"),
        ("address", r"<((?:https?|steam|mailto|tel)://?[^ >]+|[^\s<>@]+@[^\s<>]+|\+\d[\d-]*)>"),
        ("address", r"((?:https?|steam)://[^\s<]+[^<.,:;\"'\]\s])"),
        ("address", r"((?:discord\.gg|discord(?:app)?\.com)/\S+)"),
        ("link", r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?\s*\)"),
        ("mention", r"(<@!?\d+>|<@&\d+>|<#\d+>|</[^:>]+:\d+>|<id:\w+>|@everyone|@here)"),
        ("emoji", r"(<a?:\w+:\d+>|:[^\s:]+?(?:::skin-tone-\d)?:)"),
        ("time", r"<t:(-?\d{1,17})(?::[tTdDfFR])?>"),
        ("bold", r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)"),
        ("underline", r"__((?:\\[\s\S]|[^\\])+?)__(?!_)"),
        ("emphasis", r"_((?:__|\\[\s\S]|[^\\_])+?)_(?!\w)"),
        ("emphasis", r"\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"),
        ("strike", r"~~([\s\S]+?)~~(?!_)"),
        ("spoiler", r"\|\|([\s\S]+?)\|\|"),
    )
)
_SIGNS = frozenset("\\¯`<[@:*_~|hsd")
_NESTED = frozenset({"link", "bold", "underline", "emphasis", "strike", "spoiler"})


@dataclass(frozen=True)
class Read:
    """A text as people read it."""

    text: str
    live: tuple[tuple[str, str], ...] = ()
    """What is more than text: its kind, and what it says; of a link also the address."""


def read(markdown: str) -> Read:
    """The whole of a text, block quotes included, which are no more than their text."""
    texts, live = [], list[tuple[str, str]]()
    for quoted, block in blocks(markdown):
        part = read_block(block)
        texts.append(part.text)
        live += part.live
        if quoted:
            live.append(("block quote", part.text))
    return Read("\n".join(texts), tuple(live))


def blocks(markdown: str) -> list[tuple[bool, str]]:
    """The runs of lines within block quotes and outside, without the signs of block quotes."""
    runs: list[tuple[bool, list[str]]] = []
    lines = markdown.split("\n")
    for at, line in enumerate(lines):
        match = _BLOCK.fullmatch(line)
        if match and match["all"] is not None:
            return [
                *((is_quote, "\n".join(run)) for is_quote, run in runs),
                (True, "\n".join([match["all"], *lines[at + 1 :]])),
            ]
        text = match["one"] if match else line
        if runs and runs[-1][0] == bool(match):
            runs[-1][1].append(text)
        else:
            runs.append((bool(match), [text]))
    return [(is_quote, "\n".join(run)) for is_quote, run in runs]


def read_block(markdown: str) -> Read:
    """The lines of one block."""
    live, lines = list[tuple[str, str]](), list[str]()
    for line in markdown.split("\n"):
        match = _LINE.match(line)
        if match:
            sign, rest = match["sign"], line[match.end() :]
            kind = "subtext" if sign == "-#" else "heading" if sign.startswith("#") else "list"
            live.append((kind, rest))
            line = f"• {rest}" if kind == "list" else rest
        lines.append(line)
    text, inline = _inline("\n".join(lines))
    return Read(text, (*live, *inline))


def _inline(markdown: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    text, live, at = list[str](), list[tuple[str, str]](), 0
    while at < len(markdown):
        name, match = _first(markdown, at)
        if match is None:
            text.append(markdown[at])
            at += 1
            continue
        at = match.end()
        inside = match[2] if match.lastindex == 2 and name == "code" else match[1]
        if name in _NESTED:
            inside, nested = _inline(inside)
            live += nested
        elif name == "time":
            day = datetime.fromtimestamp(int(inside), UTC)
            inside = f"{day.day} {day:%B %Y}"
        if name == "link":
            live.append((name, f"{inside} {match[2]}"))
        elif name not in {"escape", "shrug"}:
            live.append((name, inside))
        text.append(inside)
    return "".join(text), tuple(live)


def _first(markdown: str, at: int) -> tuple[str, "re.Match[str] | None"]:
    if markdown[at] in _SIGNS:
        for name, rule in _INLINE:
            match = rule.match(markdown, at)
            if match:
                return name, match
    return "", None
