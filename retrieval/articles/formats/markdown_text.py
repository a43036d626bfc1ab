"""Markdown within another format -> HTML."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from retrieval.articles.markdown import DEEPEST

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def markdown_html(text: str, *, tags: bool) -> str:
    """Return Markdown as HTML; `tags` tells whether tags in it are HTML, or text as everything else."""
    return str(_parser(tags).render(text))


@cache
def _parser(tags: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt

    options = {"maxNesting": DEEPEST, "html": tags, "breaks": not tags}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
