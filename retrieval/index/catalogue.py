"""All articles of a corpus on their way into a generation: their ids, and where the rest of each lies."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.index.keys import SIZE, Keys, keys_in
from retrieval.index.reading import ReadArticle

_NONE = -1


@dataclass(frozen=True, slots=True)
class Place:
    """Where the parts of an article lie in the journal of what was read."""

    record: int
    """Where the record begins that holds its reading."""
    start: int
    """Where its parts begin in the reading."""
    length: int


class Catalogue:
    """Grows by an article at a time; in columns, for there may be millions of them."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.documents = array("q")
        """The number of the file of each."""
        self.positions = array("q")
        """Its place in its file."""
        self.characters = array("q")
        """Of its text; -1 where they are still to be counted."""
        self.problems: dict[int, str] = {}
        """Why articles have no passages, as a part of a sentence, by their rows."""
        self._old = array("q")
        self._places = array("q"), array("q"), array("q")
        self._article_keys, self._passage_keys = bytearray(), bytearray()
        self._first_passage = array("q", [0])

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, document: int, article: ReadArticle, place: Place, old: int) -> int:
        """Add an article that was read; `old` is the row of the generation before that it is taken over from, or -1."""
        if article.problem:
            self.problems[len(self)] = article.problem
        keys = bytes.fromhex(article.key), bytes.fromhex(article.passages)
        return self._add(document, article.position, article.id, (article.characters, old), place, keys)

    def take_over(self, document: int, old: int, id_: str, key: bytes) -> int:
        """Add an article of a file that did not change: all about it is in the generation before, at the row `old`."""
        return self._add(document, old, id_, (_NONE, old), Place(_NONE, 0, 0), (key, b""))

    def place(self, row: int) -> Place | None:
        """Return where an article lies that was read; None for one of a file that did not change."""
        record, start, length = (column[row] for column in self._places)
        return None if record == _NONE else Place(record, start, length)

    def old(self, row: int) -> int | None:
        """Return the row of the generation before that an article's passages are taken over from, if they are."""
        return None if self._old[row] == _NONE else self._old[row]

    def passages(self, row: int) -> range:
        """Return the rows of an article's passages in `passage_keys`; none if they are taken over."""
        return range(self._first_passage[row], self._first_passage[row + 1])

    def article_key(self, row: int) -> bytes:
        """Return the key of an article."""
        return bytes(self._article_keys[SIZE * row : SIZE * (row + 1)])

    def passage_key(self, row: int) -> bytes:
        """Return the key at a row of `passage_keys`."""
        return bytes(self._passage_keys[SIZE * row : SIZE * (row + 1)])

    @property
    def passage_keys(self) -> Keys:
        """The keys of all passages that are not taken over with their articles."""
        return keys_in(self._passage_keys)

    def in_order(self) -> Iterator[int]:
        """Yield the rows by file, and within a file as they stand in it."""
        order = np.lexsort((np.array(self.positions, dtype=np.int64), np.array(self.documents, dtype=np.int64)))
        return iter(order.tolist())

    def _add(
        self, document: int, position: int, id_: str, origin: tuple[int, int], place: Place, keys: Sequence[bytes]
    ) -> int:
        self.ids.append(id_)
        self.documents.append(document)
        self.positions.append(position)
        for column, value in zip((self.characters, self._old), origin, strict=True):
            column.append(value)
        for column, value in zip(self._places, (place.record, place.start, place.length), strict=True):
            column.append(value)
        self._article_keys += keys[0]
        self._passage_keys += keys[1]
        self._first_passage.append(len(self._passage_keys) // SIZE)
        return len(self) - 1
