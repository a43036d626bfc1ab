"""Jupyter notebooks: text, code, and what it prints."""

from __future__ import annotations

import json
from typing import Any

from tests.retrieval.articles.formats.reading import complaint, only, quotable

TABLE = "<table><tr><th>Day</th><th>High</th></tr><tr><td>Monday</td><td>4.4 m</td></tr></table>"
CELLS: list[dict[str, Any]] = [
    {"cell_type": "markdown", "source": ["# Tides at Velmora\n", "\n", "The gauge stands on the *east* pier."]},
    {"cell_type": "markdown", "source": "## Steps\n\n1. Load the readings.\n2. Drop what the storm broke.\n\n"
     "| Gauge | Height |\n|---|---|\n| east | 4.2 m |\n"},
    {"cell_type": "code", "source": ["tides = load('east')\n", "tides.mean()"], "outputs": [
        {"output_type": "stream", "name": "stderr", "text": "a warning that nobody reads"},
        {"output_type": "execute_result", "data": {"text/plain": ["4.31 metres"]}},
        {"output_type": "display_data", "data": {"image/png": "iVBOR", "text/html": TABLE}},
        {"output_type": "error", "ename": "ValueError", "traceback": ["Traceback of an error"]},
    ]},
    {"cell_type": "raw", "source": "raw"},
]  # fmt: skip


def notebook(cells: object = CELLS, **metadata: object) -> str:
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def test_cells_are_blocks() -> None:
    article = only("tides.ipynb", notebook(authors=[{"name": "Ilse Brandt"}], date="2024-03-01"))
    assert (article.title, article.source, article.published) == ("Tides at Velmora", "Ilse Brandt", "2024-03-01")
    assert article.converter is not None
    assert article.converter.startswith("markdown-it-py ")
    rows = quotable(article)
    assert ("The gauge stands on the east pier.",) in rows
    assert ("Steps", "Drop what the storm broke.") in rows
    assert ("Steps", "Gauge | Height", "east | 4.2 m") in rows
    assert ("Steps", "tides = load('east')\ntides.mean()") in rows
    assert ("Steps", "Day | High", "Monday | 4.4 m") in rows
    assert not any(word in article.text for word in ("nobody", "iVBOR", "Traceback", "raw"))


def test_a_notebook_of_format_3() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Gate"},
        {"cell_type": "code", "input": "gate()", "outputs": []},
    ]
    text = json.dumps({"worksheets": [{"cells": [*cells, {"cell_type": "markdown", "source": "It opens at nine."}]}]})
    assert ("Gate", "It opens at nine.") in quotable(only("a.ipynb", text))


def test_what_is_no_notebook_is_named() -> None:
    assert complaint("a.ipynb", "{") == "is not valid JSON (Expecting property name enclosed in double quotes)"
    assert complaint("a.ipynb", "[]") == "is no notebook: it has no cells"
    assert complaint("a.ipynb", "[" * 100_000) == "is nested too deep to be read whole"
    assert complaint("a.ipynb", notebook([{"cell_type": "markdown", "source": 7}, 3])) == "has no text"
