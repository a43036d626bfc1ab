"""Jupyter notebooks -> one article: the text of Markdown cells, code cells, and what those print."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retrieval.articles.formats.drafts import Draft, UnreadableError, text_of
from retrieval.articles.formats.markdown_text import markdown_html
from retrieval.records import Kind

_LONGEST_OUTPUT = 2000
"""Characters of the longest output that is read: longer ones are logs."""
_LONGEST_TITLE = 200


def read_notebook(data: bytes) -> Iterator[Draft]:
    """Read a notebook of format 3 or 4."""
    try:
        notebook = json.loads(text_of(data))
    except ValueError as error:
        raise UnreadableError(f"is not valid JSON ({getattr(error, 'msg', 'it counts too far')})") from None
    cells = _cells(notebook)
    metadata = notebook.get("metadata")
    draft = Draft(_facts(metadata if isinstance(metadata, dict) else {}))
    for cell in cells:
        _add_cell(draft, cell)
    title = draft.first_heading
    if title and len(title) <= _LONGEST_TITLE:
        draft.facts = {"title": title, **draft.facts}
    yield draft


def _cells(notebook: Any) -> list[dict[str, Any]]:
    """Return the cells of a notebook: in format 3 they stand in worksheets."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if cells is None and isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in sheet.get("cells", ())]
    if not isinstance(cells, list):
        raise UnreadableError("is no notebook: it has no cells")
    return [cell for cell in cells if isinstance(cell, dict)]


def _facts(metadata: Mapping[str, Any]) -> dict[str, object]:
    authors = metadata.get("authors")
    names = [author.get("name") for author in authors if isinstance(author, dict)] if isinstance(authors, list) else []
    facts = {
        "title": metadata.get("title"),
        "published": metadata.get("date"),
        "source": ", ".join(name for name in names if isinstance(name, str)),
    }
    return {name: value for name, value in facts.items() if value}


def _add_cell(draft: Draft, cell: Mapping[str, Any]) -> None:
    text, kind = _joined(cell.get("source", cell.get("input"))), cell.get("cell_type")
    if kind == "markdown":
        draft.html(markdown_html(text, tags=True))
    elif kind == "heading":
        draft.heading(text, min(max(int(cell.get("level", 1)), 1), 6))
    elif kind == "code":
        draft.add(text, Kind.CODE)
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else ():
            if isinstance(output, dict):
                _add_output(draft, output)


def _add_output(draft: Draft, output: Mapping[str, Any]) -> None:
    """Add what a cell prints or shows: a table as one, all else as code; errors and pictures are left out."""
    data = output.get("data")
    forms = data if isinstance(data, dict) else output
    page, text = _joined(forms.get("text/html")), _joined(forms.get("text/plain", forms.get("text")))
    if output.get("output_type") in {"error", "pyerr"} or output.get("name", output.get("stream")) == "stderr":
        return
    if "<table" in page:
        draft.html(page)
    elif len(text) <= _LONGEST_OUTPUT:
        draft.add(text, Kind.CODE)


def _joined(source: object) -> str:
    if isinstance(source, Sequence) and not isinstance(source, str):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""
