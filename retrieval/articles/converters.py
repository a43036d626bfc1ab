"""HTML and JSONL -> articles whose text is extracted, so that offsets count in what was extracted."""

from __future__ import annotations

import codecs
import contextlib
import logging
import re
from typing import TYPE_CHECKING

from retrieval.articles.facts import Facts, facts_of
from retrieval.articles.html_blocks import page_of
from retrieval.articles.html_elements import is_block
from retrieval.articles.ids import path_id
from retrieval.articles.made_by import made_by
from retrieval.articles.main_content import main_content, words_left_out
from retrieval.articles.page_text import TooDeepError, html_tree, storable, written
from retrieval.articles.saved_pages import origin_of, source_of
from retrieval.articles.sentence_ends import ends_sentence, word_count
from retrieval.articles.style_rules import SheetsTooLargeError
from retrieval.articles.text_files import (
    FEW_BAD,
    decode,
    path_title,
    with_replacements,
    without_escapes,
)
from retrieval.errors import TemporaryFilesUnusable
from retrieval.records import Article, Warn

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CHARSET = re.compile(
    rb"<(?:meta|\?xml)\b[^<>]{0,500}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE
)
_LONGEST_HEAD = 8192
_LONGEST_BYLINE = 12  # words
_BYLINE_NAMES = frozenset({
    "author", "byline", "date", "dateline", "info", "meta", "posted", "postmeta", "published", "publication", "pubdate",
    "timestamp",
})  # fmt: skip
"""Words of the classes and ids of what tells when an article was published."""
_NAME_PART = re.compile(r"[a-z]+")
_MOST_BAD = 0.01
"""Share of a page declared as UTF-8 that may be no UTF-8: with more of it, the declaration is wrong."""


def read_html(data: bytes, path: str, sha256: str) -> tuple[list[Article], list[Warn]]:
    """Extract a web page's article, a blank line between its blocks.

    The address of one that was saved is the one it was saved from: what it names as its own may be that of its site.
    """
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it would log is said by the warnings below
    try:
        html, problem = _decoded(data)
        tree = html_tree(html)
        page = page_of(tree)
    except (MemoryError, TemporaryFilesUnusable):
        raise
    except TooDeepError:
        return [], [Warn(path, "is HTML nested too deep to be read whole")]
    except SheetsTooLargeError:
        return [], [Warn(path, "has style sheets too large to tell what they hide")]
    except Exception:  # noqa: BLE001 - a page may break any part of the parsers; the file is named and skipped
        return [], [Warn(path, "is HTML that cannot be read: save it again as a browser shows it")]
    choice, facts = _choice(tree)
    origin = origin_of(data)
    in_main = main_content(page, choice)
    text, layout = written(page.blocks, in_main)
    outside = [storable(block.text) for block, is_main in zip(page.blocks, in_main, strict=True) if not is_main]
    outside += map(storable, page.hidden)
    if not text.strip():
        return [], [Warn(path, "has no article text")]
    article = Article(
        path_id(path),
        text,
        facts.title or path_title(path),
        sha256,
        path=path,
        source=source_of(facts.source, origin),
        url=origin.url or facts.url,
        published=facts.published or origin.published,
        converted=True,
        converter=made_by("trafilatura", "lxml"),
        layout=layout,
        outside=tuple(outside),
    )
    count = words_left_out(page, in_main)
    problems = [problem] if problem else []
    problems += [f"has {count:,} words outside its main text, which are left out"] if count else []
    return [article], [Warn(path, problem, skipped=False) for problem in problems]


def _decoded(data: bytes) -> tuple[str, str]:
    """Decode a web page as a browser would; return what is wrong with its bytes too, "" if nothing is."""
    from trafilatura.utils import decode_file, handle_compressed_file

    data = bytes(handle_compressed_file(data))
    declared = _declared_encoding(data)
    if data.isascii() and (escaped := without_escapes(data, declared)):
        return escaped[0], "" if escaped[1] == declared else f"is not UTF-8: read as {escaped[1]}"
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        pass
    text, replaced, beyond_ascii = with_replacements(data)
    is_mended = replaced <= _MOST_BAD * len(text) if declared == "utf-8" else beyond_ascii >= FEW_BAD * replaced
    if is_mended and "\0" not in text:
        return text, f"has {replaced:,} bytes that are not UTF-8" if replaced > 1 else "has a byte that is not UTF-8"
    if declared != "utf-8":
        with contextlib.suppress(UnicodeDecodeError, LookupError):
            return data.decode(declared), ""
    decoded = decode(data)
    if not isinstance(decoded, str):
        return decoded[0], f"is not UTF-8: read as {decoded[1]}"
    return str(decode_file(data)), "is not UTF-8: its encoding is guessed"


def _declared_encoding(data: bytes) -> str:
    """Return the encoding that a web page declares, by Python's name; "" if it declares none that is known."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8"
    label = _CHARSET.search(data, 0, _LONGEST_HEAD)
    try:
        name = codecs.lookup(label[1].decode("ascii")).name if label else ""
    except LookupError:
        return ""
    return "cp1252" if name in {"iso8859-1", "ascii"} else name  # what browsers read under these names


def _limit_spans(tree: HtmlElement) -> None:
    """Drop the spans of cells: trafilatura writes a cell for each column of one, and they say nothing of the text."""
    for cell in tree.iter("td", "th"):
        for span in ("colspan", "rowspan"):
            cell.attrib.pop(span, None)


def _choice(tree: HtmlElement) -> tuple[str, Facts]:
    """Return what trafilatura takes for the article, which may lack words, and the page's facts about itself."""
    import trafilatura

    title = " ".join("".join(tree.xpath("(//head/title)[1]//text()")).split())
    _hide_times(tree)
    _limit_spans(tree)
    try:
        page = trafilatura.bare_extraction(
            tree,
            include_comments=False,
            favor_precision=True,
            with_metadata=True,
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a page may break any part of it; its visible text is read all the same
        page = None
    raw = {"title": title}
    if page is not None:
        raw = {"title": page.title or title, "url": page.url, "published": page.date, "source": page.sitename}
    return getattr(page, "text", None) or "", facts_of(raw)[0]


def _hide_times(tree: HtmlElement) -> None:
    """Turn times within the article's text, which say when something happened, into plain text."""
    for time in list(tree.iter("time", "abbr")):
        is_stated = "pubdate" in time.attrib or "datepublished" in time.get("itemprop", "").lower()
        if not is_stated and not any(map(_is_byline, (time, *time.iterancestors()))) and _is_in_text(time):
            time.tag = "span"
            time.attrib.clear()


def _is_byline(element: HtmlElement) -> bool:
    names = _NAME_PART.findall(f"{element.get('class', '')} {element.get('id', '')}".lower())
    return element.tag in {"header", "hgroup", "address"} or not _BYLINE_NAMES.isdisjoint(names)


def _is_in_text(time: HtmlElement) -> bool:
    """Return whether a time stands within a sentence: words that are no byline are around it."""
    block = next((around for around in time.iterancestors() if is_block(around)), time)
    line = " ".join(block.text_content().split())
    return ends_sentence(line) or word_count(line) > _LONGEST_BYLINE
