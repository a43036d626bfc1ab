"""What a front end asks of a collection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from bot.answering.collection import Collection
from bot.answering.service import AnswerService
from retrieval.engine import Engine
from retrieval.index.generation import Generation
from tests.toy import build_toy, open_toy, write_corpus


class AtOnce:
    """Stands for the answer service: runs work where it is called."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def run(self, work: Callable[[Engine], Any]) -> Any:
        return work(self._engine)


def test_a_changed_quote_is_looked_up_in_an_index_that_is_opened_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, index = write_corpus(tmp_path / "articles"), tmp_path / "index"
    build_toy(corpus, index)
    engine = open_toy(index)
    (quote, *_) = engine.ask("Who closed the bridge in 2016?").quotes
    bridge = corpus / "bridge.md"
    bridge.write_text(bridge.read_text("utf-8").replace("closed it in 2016", "closed it in 2017"), "utf-8")
    build_toy(corpus, index)
    opened = []

    def current(folder: Path, **options: Any) -> Generation:
        opened.append(folder)
        return open_current(folder, **options)

    open_current = Generation.current
    monkeypatch.setattr(Generation, "current", staticmethod(current))
    collection = Collection("", index, cast(AnswerService, AtOnce(engine)))
    span, change = asyncio.run(collection.replay_with_change(quote.citation.ref))
    assert (span.state, span.text, opened) == ("changed", quote.text, [index])
    assert change is not None
    assert "closed it in 2017" in (change.new or "")
