"""Whether the processor gets int8 products right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.encoding import processor
from retrieval.encoding.processor import DEPTH, LARGEST, PROBE, saturates_int8


class Saturating:
    """A session that adds products up in pairs of sixteen bits, as processors without VNNI instructions do."""

    def run(self, _names: None, feed: dict[str, Any]) -> list[Any]:
        products = feed["inputs"].astype(np.int32)[0] * LARGEST[1]
        pairs = np.clip(products.reshape(-1, 2).sum(axis=1), -(2**15), 2**15 - 1)
        return [np.full((1, 16), pairs.sum(), dtype=np.int32)]


@pytest.fixture(autouse=True)
def unknown() -> Iterator[None]:
    """Forget before and after the test what this processor does."""
    saturates_int8.cache_clear()
    yield
    saturates_int8.cache_clear()


def test_a_processor_that_saturates_is_known_by_its_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "open_session", lambda *_: Saturating())
    assert saturates_int8()


def test_one_with_right_sums_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    class Exact:
        def run(self, _names: None, feed: dict[str, Any]) -> list[Any]:
            return [feed["inputs"].astype(np.int32) @ np.full((DEPTH, 16), LARGEST[1])]

    monkeypatch.setattr(processor, "open_session", lambda *_: Exact())
    assert not saturates_int8()


def test_the_probe_is_what_the_packaging_writes(tmp_path: Path) -> None:
    from retrieval.training.dequantised import write_saturation_probe

    write_saturation_probe(tmp_path / PROBE.name)
    assert (tmp_path / PROBE.name).read_bytes() == PROBE.read_bytes()


def test_the_probe_runs_here() -> None:
    assert saturates_int8() in (True, False)
