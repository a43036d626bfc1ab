"""Documents that pandoc reads, .docx, .odt, .rtf, .epub, .rst, .org and .adoc -> one article each.

Pandoc runs in its sandbox: it opens no file and no connection that a document names, and executes nothing of it. The
limits of the converting process hold for it too.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.articles.formats.asciidoc import preprocessed
from retrieval.articles.formats.drafts import Draft, Outcome, UnreadableError, convert_drafts, text_of
from retrieval.articles.formats.properties import properties
from retrieval.articles.formats.tables import is_header
from retrieval.articles.page_text import drop, html_tree, with_class
from retrieval.articles.sentence_ends import ends_sentence
from retrieval.extras import named
from retrieval.records import Warn

if TYPE_CHECKING:
    from lxml.html import HtmlElement

READERS = {
    ".docx": "docx", ".odt": "odt", ".rtf": "rtf", ".epub": "epub", ".rst": "rst", ".org": "org", ".adoc": "asciidoc",
    ".asciidoc": "asciidoc",
}  # fmt: skip
"""Pandoc's name of each format."""
_BINARY = frozenset({"docx", "odt", "epub", "rtf"})
_OPTIONS = ("sandbox", "standalone", "wrap=none", "syntax-highlighting=none", "to=html5")
_OUT_OF_MEMORY = 251
"""Exit status of a Haskell program that has used up its memory."""
_SECONDS = 60
"""Seconds by the clock that it may take, for a system without a limit for computing."""
_TOO_SLOW = "takes too long to read: split it, or give its text"
_LEFT_OUT = (
    ".//header[@id='title-block-header']",
    *map(with_class, ("toctree", "contents", "footnote-back")),
    ".//nav",
)
"""What is no text of a document: its title, which the article has, tables of contents, the way back from a footnote."""
_LONGEST_HEADING = 90  # characters
_BULLET = re.compile(r"\s*[•·▪◦‣]\s+")
"""What begins an item of a list that is written as a paragraph."""
_FIGURE = re.compile(r"\d")
_TARGET = re.compile(r"\s*<[^<>]*>\Z")
"""Where a cross-reference leads, behind its words."""


@dataclass(frozen=True, slots=True)
class Pandoc:
    """The pandoc that comes with the extra."""

    program: Path
    version: str


def document(form: str) -> Callable[[bytes, str, str], Outcome]:
    """Return a converter of documents of one of pandoc's formats, which names the extra where that is missing."""

    def convert(data: bytes, path: str, sha256: str) -> Outcome:
        pandoc = find_pandoc()
        if pandoc is None:
            return [], [Warn(path, f"needs {named('documents')}", retry=True)]
        return convert_drafts(lambda data: _read(data, form, pandoc), pandoc.version, data, path, sha256)

    return convert


@cache
def find_pandoc() -> Pandoc | None:
    """Return the pandoc of the package pypandoc_binary; None where that is not installed."""
    package = find_spec("pypandoc")
    for folder in package.submodule_search_locations or () if package else ():
        program = Path(folder, "files", "pandoc")
        try:
            answer = subprocess.run([program, "-v"], capture_output=True, text=True, check=True)
        except (OSError, subprocess.SubprocessError):
            continue
        return Pandoc(program, answer.stdout.split("\n")[0].strip())
    return None


def _read(data: bytes, form: str, pandoc: Pandoc) -> Iterator[Draft]:
    if form not in _BINARY:
        text = text_of(data)
        data = (preprocessed(text) if form == "asciidoc" else text).encode()
    tree = html_tree(_html(data, form, pandoc))
    draft = Draft(_facts(tree))
    drop(tree, _LEFT_OUT)
    _mend(tree)
    _mark_headers(tree)
    draft.tree(tree)
    if draft.first_heading:
        draft.facts.setdefault("title", draft.first_heading)
    draft.facts = {**properties(data, form), **draft.facts}
    yield draft


def _html(data: bytes, form: str, pandoc: Pandoc) -> str:
    """Return a document as HTML; raises UnreadableError."""
    command = [str(pandoc.program), *(f"--{option}" for option in (*_OPTIONS, f"from={form}"))]
    try:
        process = subprocess.run(command, input=data, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise UnreadableError(_TOO_SLOW) from None
    if process.returncode == -getattr(signal, "SIGXCPU", 0):
        raise UnreadableError(_TOO_SLOW)
    if process.returncode == _OUT_OF_MEMORY or process.returncode == -getattr(signal, "SIGABRT", 0):
        raise UnreadableError("takes too much memory to read: split it, or give its text")
    if process.returncode:
        raise UnreadableError("is damaged, or not of the format that its ending says")
    return process.stdout.decode("utf-8", "replace")


def _facts(tree: HtmlElement) -> dict[str, object]:
    """Return what a document says about itself; pandoc titles one without a title "-"."""
    title = " ".join("".join(tree.xpath("(//head/title)[1]//text()")).split())
    names = [name for name in tree.xpath("//head/meta[@name='author']/@content") if name.strip()]
    dates = tree.xpath("//head/meta[@name='dcterms.date']/@content")
    facts = {"title": title if title != "-" else "", "source": ", ".join(names), "published": next(iter(dates), "")}
    return {name: fact for name, fact in facts.items() if fact}


def _mend(tree: HtmlElement) -> None:
    """Give pandoc's own elements those of HTML that say the same: the title of a box is its summary."""
    for reference in tree.xpath(".//code[contains(@class, 'interpreted-text')]"):
        reference.tag = "span"
        reference.text = _TARGET.sub("", reference.text or "")
    for title in tree.xpath(".//div/div[@class='title']"):
        box = title.getparent()
        box.tag, title.tag = "details", "summary"
        box.set("open", "")
    for paragraph in tree.xpath("//body/p"):
        words = " ".join(paragraph.text_content().split())
        if _is_bold(paragraph, words) and len(words) <= _LONGEST_HEADING and not ends_sentence(words):
            paragraph.tag = "h6"
        elif _BULLET.match(paragraph.text or ""):
            paragraph.text = _BULLET.sub("", paragraph.text, count=1)
            paragraph.tag = "li"


def _mark_headers(tree: HtmlElement) -> None:
    """Mark the first row of a table without a header as one, where it has names and the rows below have figures."""
    for table in tree.xpath("//table[not(.//th)]"):
        rows = table.xpath("./tr | ./tbody/tr")
        texts = [[" ".join(cell.text_content().split()) for cell in row] for row in rows]
        if len(rows) > 1 and is_header(texts[0]) and any(map(_FIGURE.search, chain.from_iterable(texts[1:]))):
            for cell in rows[0].findall("td"):
                cell.tag = "th"


def _is_bold(paragraph: HtmlElement, words: str) -> bool:
    """Return whether all words of a paragraph are bold: so many people write headings."""
    bold = paragraph.find("strong")
    return bold is not None and bool(words) and " ".join(bold.text_content().split()) == words
