"""What is opened goes as soon as nobody uses it: no cache holds its own object."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.caching import cached
from retrieval.citations.permalink import resolve
from retrieval.engine import Engine
from retrieval.index.generation import Generation
from retrieval.records import Filter
from tests.toy import build_toy, open_toy, write_corpus


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Keep the garbage collector from coming by."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Squares:
    """Counts what it computes."""

    def __init__(self) -> None:
        self.computed = 0
        self.of = cached(self._of, 2)

    def _of(self, number: int) -> int:
        self.computed += 1
        return number * number


def test_the_last_results_are_kept() -> None:
    squares = Squares()
    assert [squares.of(number) for number in (2, 2, 3, 2, 4, 3)] == [4, 4, 9, 4, 16, 9]
    assert squares.computed == 4


@pytest.mark.usefixtures("no_collector")
def test_an_object_goes_although_its_results_are_kept() -> None:
    squares = Squares()
    of, weak = squares.of, weakref.ref(squares)
    assert of(3) == 9
    del squares
    assert weak() is None
    assert of(3) == 9
    with pytest.raises(ReferenceError, match="the object of a cached method is gone"):
        of(4)


@pytest.mark.usefixtures("no_collector")
def test_a_generation_and_an_engine_go_as_soon_as_nobody_uses_them(tmp_path: Path) -> None:
    index = tmp_path / "index"
    build_toy(write_corpus(tmp_path / "corpus"), index)
    generation = Generation.current(index)
    generation.article(0)
    held: list[weakref.ref[Generation] | weakref.ref[Engine]] = [weakref.ref(generation)]
    del generation
    engine = open_toy(index)
    answer = engine.ask("Who closed the bridge in 2016?", within=Filter(path="*"))
    resolve(index, answer.quotes[0].citation.ref)
    held += [weakref.ref(engine), weakref.ref(engine.generation)]
    del engine
    assert [weak() for weak in held] == [None] * 3
