"""Sorted texts on disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.files import NewFiles
from retrieval.index.store import Store
from retrieval.index.strings import Strings, encoded, save_strings

TEXTS = st.text(st.characters(codec=None), max_size=6)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, max_size=12, unique=True), other=TEXTS, prefix=st.text(max_size=2))
def test_texts_are_found_by_themselves_and_by_how_they_begin(texts: list[str], other: str, prefix: str) -> None:
    texts.sort()
    with tempfile.TemporaryDirectory() as folder:
        save_strings(NewFiles(Path(folder)), "some", map(encoded, texts))
        strings = Strings(Store(Path(folder)), "some")
        assert len(strings) == len(texts)
        assert [strings[row] for row in range(len(texts))] == list(map(encoded, texts))
        assert [strings.row(encoded(text)) for text in texts] == list(range(len(texts)))
        assert strings.row(encoded(other)) == (texts.index(other) if other in texts else None)
        rows = strings.beginning_with(encoded(prefix))
        assert [texts[row] for row in rows] == [text for text in texts if text.startswith(prefix)]
        if not any("\n" in texts[row] for row in rows):
            assert not rows or strings.text(rows) == "\n".join(texts[row] for row in rows)
