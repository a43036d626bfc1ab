"""One text file's bytes -> its article, every character of it kept."""

from __future__ import annotations

import codecs
import contextlib
import re
from pathlib import PurePosixPath

from retrieval.articles.blocks import front_fields
from retrieval.articles.boilerplate import is_boilerplate
from retrieval.articles.charsets import guess
from retrieval.articles.facts import facts_of
from retrieval.articles.front_matter import Front, read_front
from retrieval.articles.ids import path_id
from retrieval.articles.marks import HEADING_ID
from retrieval.articles.metadata import BARE, Metadata, with_facts
from retrieval.articles.running_text import goes_on
from retrieval.articles.sentence_ends import ends_sentence, holds_clauses
from retrieval.records import Article, Warn

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BOM = "\ufeff"
STATEFUL = {
    "iso2022_jp": (b"\x1b",), "iso2022_jp_1": (b"\x1b",), "iso2022_jp_2": (b"\x1b",), "iso2022_jp_3": (b"\x1b",),
    "iso2022_jp_2004": (b"\x1b",), "iso2022_jp_ext": (b"\x1b",), "iso2022_kr": (b"\x1b", b"\x0e"), "hz": (b"~{",),
}  # fmt: skip
"""Encodings of 7 bits, by Python's names, and the signs that begin their other letters."""
_ESCAPES = {"iso2022_jp": b"\x1b$", "iso2022_jp_2": b"\x1b$", "iso2022_jp_ext": b"\x1b$", "iso2022_kr": b"\x1b$)C"}
FEW_BAD = 3
"""How many letters beyond ASCII a UTF-8 file needs for each of its bytes that are not UTF-8."""
_LONGEST_TITLE = 200
_LINE = re.compile(r"[^\r\n]+")
_MOST_LINES = 50
"""Lines of a paragraph by which its first is judged."""
_PARAGRAPH = re.compile(r"(?:[^\r\n]+(?:\r\n|[\r\n]|\Z))+")


def read_text(data: bytes, path: str, sha256: str, metadata: Metadata = BARE) -> tuple[list[Article], list[Warn]]:
    """Read a .txt or Markdown file: the article's text is the file as decoded, exactly."""
    decoded = decode(data)
    if isinstance(decoded, str):
        return [], [Warn(path, decoded)]
    text, encoding = decoded
    problems = [] if encoding == "utf-8" else [f"is not UTF-8: read as {encoding}"]
    replaced = text.count("\ufffd") - data.count("\ufffd".encode()) if encoding == "utf-8" else 0
    if replaced:
        problems.append(
            f"has {replaced:,} bytes that are not UTF-8" if replaced > 1 else "has a byte that is not UTF-8"
        )
    markdown = not path.lower().endswith(".txt")
    front = read_front(text) if markdown else Front({}, len(_BOM) if text.startswith(_BOM) else 0)
    body = front.end
    facts, bad = facts_of(front.fields, metadata.names)
    problems += [front.complaint] if front.complaint else []
    problems += [f"has front matter whose {what}" for what in bad]
    if not text[body:].strip() and not (markdown and front_fields(text, body)):
        return [], [Warn(path, "is empty")]
    article = Article(
        id=facts.id or path_id(path),
        text=text,
        title=facts.title or (_heading if markdown else _headline)(text, body) or path_title(path),
        sha256=sha256,
        path=path,
        encoding=encoding,
        body=body,
    )
    return [with_facts(article, facts, metadata)], [Warn(path, problem, skipped=False) for problem in problems]


def path_title(path: str) -> str:
    """Make a title of a file's name."""
    return " ".join(re.sub(r"[-_]+", " ", PurePosixPath(path).stem).split()) or path


def decode(data: bytes) -> tuple[str, str] | str:
    """Decode a file and name its encoding, or say why it is not text; a BOM stays in the text."""
    marked = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if data.isascii() and (escaped := without_escapes(data)):
        return escaped
    try:
        text, encoding = data.decode(marked or "utf-8"), marked or "utf-8"
    except UnicodeDecodeError:
        if not marked and (mended := _mended(data)):
            return mended, "utf-8"
        encoding = "" if marked else guess(data)
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):  # LookupError: no encoding is likely
            return "is not text: its bytes fit no encoding"
    return "is not text: it holds NUL characters" if "\0" in text else (text, encoding)


def without_escapes(data: bytes, declared: str = "") -> tuple[str, str] | None:
    """Decode bytes of 7 bits in which escape sequences begin other letters; None where there are none."""
    names = [declared] if declared in STATEFUL else []
    names += [name for name, escape in _ESCAPES.items() if escape in data]
    for name in names:
        if any(sign in data for sign in STATEFUL.get(name, (b"\x1b",))):
            with contextlib.suppress(UnicodeDecodeError, LookupError):
                return data.decode(name), name
    return None


def _mended(data: bytes) -> str:
    """Return a UTF-8 text a few of whose bytes are not UTF-8, with U+FFFD in their place; "" where it is none."""
    if b"\0" in data:
        return ""
    text, replaced, beyond_ascii = with_replacements(data)
    return text if beyond_ascii >= FEW_BAD * replaced else ""


def with_replacements(data: bytes) -> tuple[str, int, int]:
    """Decode UTF-8 with U+FFFD for each bad byte; count these, and the other characters beyond ASCII."""
    text = data.decode("utf-8", "replace")
    replaced = text.count("\ufffd") - data.count("\ufffd".encode())
    return text, replaced, sum(not char.isascii() for char in text) - replaced


def _heading(text: str, body: int) -> str | None:
    """Find the first `# ` heading of a Markdown text."""
    fenced = False
    for line in _LINE.finditer(text, body):
        if line.group().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced and line.group().startswith(("# ", "#\t")):
            heading = " ".join(HEADING_ID.sub("", line.group()[1:].rstrip()).rstrip("# \t").split())
            if heading:
                return heading
    return None


def _headline(text: str, body: int) -> str | None:
    """Find the headline of a plain text: its first line, where that is no sentence."""
    for line in _LINE.finditer(text, body):
        first_line = " ".join(line.group().split())
        if first_line and not is_boilerplate(first_line):
            is_long = len(first_line) > _LONGEST_TITLE or holds_clauses(first_line)
            return None if is_long or ends_sentence(first_line) or _goes_on(text, line.start()) else first_line
    return None


def _goes_on(text: str, start: int) -> bool:
    """Return whether the first line of a paragraph goes on in the next."""
    paragraph = _PARAGRAPH.match(text, start)
    lines = [line.strip() for line in paragraph.group().splitlines() if line.strip()] if paragraph else []
    return len(lines) > 1 and (lines[1][0].islower() or goes_on(lines[:_MOST_LINES])[1])
