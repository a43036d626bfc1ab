"""A page that shows a quote where it stands: one HTML file that loads nothing from anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from jinja2 import Template

from bot.formats.html_pages import environment, resource
from bot.formats.shell import command, quoted_permalink
from retrieval.citations.appearance import appearance
from retrieval.citations.page_pictures import PagePicture
from retrieval.citations.permalink import CitedSpan
from retrieval.records import Article

STATES = {
    "current": "",
    "changed": "The article has changed since. This is the version that was cited.",
    "withdrawn": "The article is no longer in the corpus. This is the version that was cited.",
}

ESCAPED = re.compile(r"\\x[89a-f][0-9a-f]|\ufffd")
"""A byte of a path that is not UTF-8; U+FFFD stands for one in an index of an earlier version."""


@dataclass(frozen=True, slots=True)
class Check:
    """How anyone can check the quote."""

    sentence: str
    code: str


def page(span: CitedSpan, link: str | None, pictures: Sequence[PagePicture] = (), note: str = "") -> str:
    """Return the article with the cited quote marked and scrolled to; `link` leads to the quote in its source.

    Above it stand the `pictures` of the pages that the quote stands on, and a `note` about them.

    The text of the elements #text and #quote is the article's and the quote's, as `exact` has it; of Markdown, its
    marks are there and not seen.
    """
    return _template().render(
        style=resource(__package__, "quote_page.css"),
        script=resource(__package__, "quote_page.js"),
        **parts(span, link, pictures, note),
    )


def parts(span: CitedSpan, link: str | None, pictures: Sequence[PagePicture] = (), note: str = "") -> dict[str, object]:
    """Return what the template `quote_body.html` shows, which a page of another style may include."""
    article, citation = span.article, span.citation
    return {
        "article": article,
        "citation": citation,
        "source": " · ".join(part for part in (article.source, article.published) if part),
        "link": link,
        "state": STATES[span.state],
        "pictures": pictures,
        "note": note,
        "shown": appearance(article, citation.start, citation.end),
        "permalink": quoted_permalink(citation.ref),
        "check": _check(span),
    }


@cache
def _template() -> Template:
    return environment(__package__).get_template("quote_page.html")


def _check(span: CitedSpan) -> Check:
    """Return how to check the quote: without quoth, where the file is text and is still the one that was cited."""
    article, citation = span.article, span.citation
    if article.converted or article.path is None or span.state != "current":
        sentence = "The index keeps the text that was cited; this command shows the quote in it:"
        return Check(sentence, command("show", operands=[citation.ref]))
    lines = (
        *_reading(article.path, article.sha256),
        f"print(data.decode({_decoding(article)})[{citation.start}:{citation.end}])",
    )
    sentence = "Three lines of Python, run in the corpus folder, print the quote from the file itself:"
    return Check(sentence, "\n".join(lines))


def _decoding(article: Article) -> str:
    """Return the arguments that decode the file as it was read: with U+FFFD for each byte that fits no character."""
    return f"{article.encoding!r}, 'replace'" if "\ufffd" in article.text else repr(article.encoding)


def _reading(path: str, sha256: str) -> tuple[str, str]:
    """Return Python that reads the file: by its digest where its name may be one that is not UTF-8, escaped."""
    if not ESCAPED.search(path):
        return "from pathlib import Path", f"data = Path({path!r}).read_bytes()"
    files = f"Path().rglob({'*' + PurePosixPath(path).suffix!r})"
    return (
        "from hashlib import sha256; from pathlib import Path",
        f"data = next(d for p in {files} if p.is_file() and sha256(d := p.read_bytes()).hexdigest() == {sha256!r})",
    )
