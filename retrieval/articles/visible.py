"""The part of an article's text that is visible on its page."""

from __future__ import annotations

from retrieval.articles.unseen import visible_markdown
from retrieval.readable import MARKDOWN
from retrieval.records import Article


def ending_of(article: Article) -> str:
    """Return the ending of an article's file, without the dot."""
    return (article.path or "").lower().rpartition(".")[2]


def visible_text(article: Article) -> str:
    """Return an article's text at its length, with white space for what is invisible on its page."""
    ending = ending_of(article)
    return visible_markdown(article.text, article.body, mdx=ending == "mdx") if ending in MARKDOWN else article.text
