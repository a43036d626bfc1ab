"""Opens arrays on disk."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

# NumPy parses an array's header as a Python literal, and two threads must not parse at a time: before CPython 3.11.8
# and 3.12.2 they share a counter, and one ends in a SystemError (https://github.com/python/cpython/issues/106905).
_parsing = Lock()


def load_array(file: Path, mmap_mode: Literal["r"] | None = None) -> NDArray[Any]:
    """Return the array in a .npy file, as np.load does, in any thread."""
    with _parsing:
        array: NDArray[Any] = np.load(file, mmap_mode=mmap_mode)
    return array
