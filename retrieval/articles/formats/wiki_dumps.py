"""MediaWiki's XML dumps -> an article for each page, its links and templates as words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from retrieval.articles.formats.drafts import Draft, UnreadableError
from retrieval.articles.formats.wikitext import Wikitext
from retrieval.articles.ids import without_meaning

if TYPE_CHECKING:
    from lxml.etree import _Element

_READ = frozenset({"0", "4", "12"})
"""Namespaces of texts to read: articles, the project's own pages, help."""
_TEMPLATES = "10"
_UNSEEN = frozenset({"6", "14"})
"""Namespaces whose links are not seen where they stand: files, categories."""
_REDIRECT = re.compile(r"\s*#\w+\s*:?\s*\[\[")


def read_dump(data: bytes) -> Iterator[Draft]:
    """Read the newest text of each page."""
    pages, namespaces, base = list[tuple[str, str, str, str]](), {"6": "File", "14": "Category"}, ""
    for element in _elements(data):
        name = _local(element)
        if name == "namespace" and element.get("key") in _UNSEEN and element.text:
            namespaces[f"local {element.get('key')}"] = element.text
        elif name == "base":
            base = (element.text or "").strip().rpartition("/")[0]
        elif name == "page":
            pages.append(_page(element))
            element.clear()
    templates = {title: text for title, space, _, text in pages if space == _TEMPLATES}
    wikitext = Wikitext(templates, [*namespaces.values(), "Image"])
    for title, space, time, text in pages:
        if space in _READ and not _REDIRECT.match(text):
            url = f"{base}/{title.replace(' ', '_')}" if base else None
            draft = Draft({"title": title, "published": time[:10] or None, "url": url}, name=without_meaning(title))
            try:
                draft.html(wikitext.html(text))
            except RecursionError:  # its markup as it is says more than nothing
                draft.html(f"<p>{escape(text)}</p>")
            yield draft


def _elements(data: bytes) -> Iterator[_Element]:
    from lxml.etree import XMLSyntaxError, iterparse

    try:
        parser = iterparse(
            io.BytesIO(data), tag=("{*}page", "{*}base", "{*}namespace"), resolve_entities=False, no_network=True
        )
        for _, element in parser:
            yield element
    except XMLSyntaxError as error:
        raise UnreadableError(f"is XML that ends or breaks in line {error.lineno}") from None


def _page(element: _Element) -> tuple[str, str, str, str]:
    """Return the title, the namespace, and the time and text of the last revision of a page."""
    fields = {"title": "", "ns": "0", "timestamp": "", "text": ""}
    for child in element.iter("{*}title", "{*}ns", "{*}timestamp", "{*}text"):
        fields[_local(child)] = child.text or ""
    return fields["title"].strip(), fields["ns"].strip(), fields["timestamp"].strip(), fields["text"]


def _local(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]
