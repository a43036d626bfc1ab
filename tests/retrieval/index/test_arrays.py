from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval.index.arrays import load_array


@pytest.fixture
def switching() -> Iterator[None]:
    """Let threads switch within C code that allocates objects: wherever garbage is collected."""

    def switch(phase: str, about: dict[str, int]) -> None:
        time.sleep(0)

    thresholds = gc.get_threshold()
    gc.callbacks.append(switch)
    gc.set_threshold(5)
    yield
    gc.set_threshold(*thresholds)
    gc.callbacks.remove(switch)


def test_arrays_are_loaded_in_several_threads_at_a_time(tmp_path: Path, switching: None) -> None:
    file = tmp_path / "some.npy"
    np.save(file, np.arange(6).reshape(3, 2))

    def load(depth: int) -> int:
        return load(depth - 1) if depth else sum(int(load_array(file).sum()) for _ in range(200))

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(load, (0, 20, 40, 60))) == [15 * 200] * 4


def test_an_array_is_memory_mapped_where_asked(tmp_path: Path) -> None:
    np.save(tmp_path / "some.npy", np.arange(6))
    assert isinstance(load_array(tmp_path / "some.npy", mmap_mode="r"), np.memmap)
