"""The rows of a generation's tables: where passages and sentences stand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.records import Kind

Rows = NDArray[np.int32]


class PassageRow(NamedTuple):
    """Where a passage stands: the row of its article, and its span in the article's text."""

    article: int
    start: int
    end: int


class SentenceRow(NamedTuple):
    """Where a sentence stands, and which of its passage's tokens are its own."""

    article: int
    """The row of its article."""
    passage: int
    """The row of its passage."""
    start: int
    """Of its span in the article's text."""
    end: int
    paragraph: int
    first_token: int
    last_token: int
    kind: Kind
