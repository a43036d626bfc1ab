"""Web pages in which one word of a sentence stands in an element: it is in the quote, or there is no quote."""

from __future__ import annotations

import random
import re

from retrieval.articles.converters import read_html
from retrieval.articles.sentences import segment
from tests.attacks.rows import expect

DIGEST = "0" * 64
TAGS = (  # not those of struck text, for which a mark stands
    "a", "abbr", "address", "article", "aside", "b", "blockquote", "button", "center", "cite", "code", "dd",
    "details", "dfn", "dir", "div", "dl", "dt", "em", "fieldset", "figcaption", "figure", "font", "footer", "form",
    "h5", "header", "i", "ins", "label", "legend", "li", "main", "mark", "math", "menu", "nav", "nobr", "ol",
    "output", "p", "picture", "pre", "q", "section", "small", "span", "strong", "sub", "summary", "sup",
    "table", "td", "time", "tr", "u", "ul", "var", "x-note",
)  # fmt: skip
ATTRIBUTES = ("class", "id", "role", "itemprop", "rel", "data-type")
NAMES = (
    "ad", "author", "banner", "breadcrumb", "byline", "caption", "comment", "comments", "cookie", "credit", "date",
    "footer", "hidden", "menu", "meta", "modal", "nav", "navigation", "newsletter", "popup", "print", "promo",
    "related", "share", "share-price", "sidebar", "social", "tags", "title", "widget",
)  # fmt: skip
AROUND = ("p", "div", "li", "section", "dd", "blockquote")
LEFT_OUT = re.compile(r"has (\d+) words outside its main text, which are left out")
SIGHT = "The ferry to Skerrin leaves at nine every morning in summer."


def expect_whole_sentences(rng: random.Random, count: int = 40) -> None:
    """Raise Lost if a quote lacks a word, or a visible sentence is neither quoted nor counted."""
    sentences = [f"The man {n} was {_element(rng, rng.choice(('not', 'NOT')))} guilty of {n}." for n in range(count)]
    around = rng.choice(AROUND)
    body = "".join(f"<{around}>{each} He left at {n} to go home.</{around}>" for n, each in enumerate(sentences))
    texts, _ = _quotes(f"<html><body><article>{body}</article></body></html>")
    for number, sentence in enumerate(sentences):
        quotes = [text for text in texts if f"guilty of {number}." in text]
        expect(all("not" in text.lower() for text in quotes), f"a quote lacks a word of {sentence}")
        expect(any(f"He left at {number} to go home." in text for text in texts), f"what follows {sentence} is lost")
    _expect_sight(rng, body)


def _expect_sight(rng: random.Random, body: str) -> None:
    sight = _element(rng, SIGHT)
    page = rng.choice((
        f"<article>{body}</article>{sight}", f"{sight}<main>{body}</main>", f"<article>{body}{sight}</article>",
        f"<article>{body}</article></body></html>{sight}", f"{body}{sight}", sight,
    ))  # fmt: skip
    texts, reasons = _quotes(f"<html><body>{page}")
    counted = any(map(LEFT_OUT.fullmatch, reasons))
    expect(counted or any(SIGHT in text for text in texts), f"a visible sentence is lost: {sight}")


def _element(rng: random.Random, text: str) -> str:
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        tag = rng.choice(TAGS)
        attribute = f' {rng.choice(ATTRIBUTES)}="{rng.choice(NAMES)}"' if rng.random() < 0.6 else ""
        text = f"<{tag}{attribute}>{text}</{tag}>"
    return text


def _quotes(page: str) -> tuple[list[str], list[str]]:
    """Return every sentence of a page that may be quoted, with one space for white space, and the warnings."""
    articles, warns = read_html(page.encode(), "a.html", DIGEST)
    texts = [article.text[each.start : each.end] for article in articles for each in segment(article)]
    return [" ".join(text.split()) for text in texts], [warn.reason for warn in warns]
