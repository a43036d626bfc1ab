"""The reader: a cross-encoder that reads a question with a passage and scores each sentence as its answer, or none.

Six layers trained by `retrieval.training` from all-MiniLM-L6-v2; it runs on ONNX Runtime, in int8, without torch.
Sentences are scored against their passage's own "nothing here answers", as in SQuAD 2.0's readers (Devlin et al. 2019),
so that sentences of different passages and questions can be compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.encoder import Floats
from retrieval.encoding.folding import folded
from retrieval.encoding.models import BUILT_IN
from retrieval.encoding.onnx_runtime import open_session
from retrieval.encoding.processor import saturates_int8
from retrieval.errors import ReaderUnusable
from retrieval.files import file_digest

BUILT_IN_FOLDER = Path(__file__).resolve().parent
MODEL, CARD = "reader-int8.onnx", "reader.json"
DEQUANTISED = "reader-int8-weights.onnx"
"""The graph that computes in fp32 with MODEL's weights."""
DIGITS = 12  # hex digits of a digest
THREADS = 2
QUESTION_PIECES, TITLE_PIECES, LONGEST = 64, 24, 320
TITLE_END = ":"  # between a title and the passage
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("tokens", "nothing")
START, END, SENTENCE = range(3)
"""Columns of the tokens' logits: an answer starts here, ends here, and the token's score for its sentence."""


@dataclass(frozen=True, slots=True)
class ReadablePassage:
    """A passage to read with a question."""

    title: str
    """The article's title, followed by the headings above the passage."""
    text: str
    sentences: Sequence[tuple[int, int]]
    """Spans of the text, in characters, in order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The reader's scores for one passage with `s` sentences."""

    sentences: Floats
    """[s], log-odds that a sentence answers against nothing in the passage answering; -inf where it was cut off."""
    spans: Floats
    """[s], the same from where an answer starts and ends."""


def with_history(question: str, history: Sequence[str]) -> str:
    """Return a question followed by earlier ones, the latest first, as the reader sees it."""
    return " | ".join((question, *history))


class PassageReader(Protocol):
    """Reads passages with a question."""

    @property
    def digest(self) -> str:
        """The first hex digits of its file's digest, by which it is known."""
        ...

    @property
    def languages(self) -> Collection[str]:
        """ISO 639-1 codes of the languages it was trained on."""
        ...

    def read(self, question: str, history: Sequence[str], passages: Iterable[ReadablePassage]) -> list[Reading]:
        """Read each passage with the question; `history` are earlier questions, the latest first."""
        ...


class Reader:
    """Reads each passage by itself: in a batch, dynamic int8 would make a passage's logits depend on its neighbours."""

    def __init__(self, folder: Path, tokenizer_file: Path, threads: int = 1) -> None:
        """Load the reader in a folder, with the tokenizer of the model it was trained from.

        It reads `threads` passages at a time. Raises ReaderUnusable where a file is missing or does not match the card.
        """
        self.digest, self.languages = checked_digest(folder), frozenset(map(str, _card(folder)["languages"]))
        graph = _graph(folder)
        try:
            from tokenizers import Tokenizer

            self._session = open_session(graph, 1)
            self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
        except Exception as error:  # onnxruntime and tokenizers share no base error
            raise ReaderUnusable(folder, "it cannot be loaded") from error
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="read")
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._first, self._separator = (self._tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))

    def read(self, question: str, history: Sequence[str], passages: Iterable[ReadablePassage]) -> list[Reading]:
        """Read each passage with the question; `history` are earlier questions, the latest first."""
        pieces = self._encode(folded(with_history(question, history)).text).ids[:QUESTION_PIECES]
        return list(self._pool.map(partial(self._read, pieces), passages))

    def _read(self, question: list[int], passage: ReadablePassage) -> Reading:
        head = [self._first, *question, self._separator, *self._title(passage.title)]
        usual = folded(passage.text)
        encoding = self._encode(usual.text)
        ids = np.array([[*[*head, *encoding.ids][: LONGEST - 1], self._separator]], dtype=np.int64)
        types = np.zeros_like(ids)
        types[0, len(question) + 2 :] = 1
        tokens, nothing = self._session.run(
            list(OUTPUTS), dict(zip(INPUTS, (ids, np.ones_like(ids), types), strict=True))
        )
        logits = tokens[0, len(head) : ids.shape[1] - 1]
        offsets = np.array(encoding.offsets[: len(logits)], dtype=np.int32).reshape(-1, 2)
        return _reading(logits, nothing[0], usual.original(offsets)[:, 0], passage.sentences)

    def _title(self, title: str) -> list[int]:
        return [*self._encode(folded(title).text).ids[:TITLE_PIECES], *self._encode(TITLE_END).ids] if title else []

    def _encode(self, text: str) -> Any:
        return self._tokenizer.encode(text, add_special_tokens=False)


def _reading(
    logits: Floats, nothing: Floats, starts: NDArray[np.int32], sentences: Sequence[tuple[int, int]]
) -> Reading:
    owns = [(starts >= start) & (starts < end) for start, end in sentences]
    columns = np.array([[_log_sum(logits[own, column]) for column in range(3)] for own in owns]).reshape(-1, 3)
    spans = (columns[:, START] + columns[:, END]) / 2 - nothing[0]
    return Reading((columns[:, SENTENCE] - nothing[1]).astype(np.float32), spans.astype(np.float32))


def _log_sum(values: Floats) -> float:
    return float(np.logaddexp.reduce(values.astype(np.float64))) if len(values) else -np.inf


def load_reader(find: Callable[[], Path]) -> Future[Reader]:
    """Start to load the reader in the folder that `find` returns, and return at once; both may raise ReaderUnusable."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="reader")
    try:
        return pool.submit(lambda: open_reader(find()))
    finally:
        pool.shutdown(wait=False)


def checked_digest(folder: Path) -> str:
    """Return the first digits of the digest of the reader in a folder; raises ReaderUnusable."""
    return _checked(folder, MODEL)[:DIGITS]


def _graph(folder: Path) -> Path:
    """Return the graph that this machine computes right with."""
    if not saturates_int8() or DEQUANTISED not in _card(folder)["files"]:
        return folder / MODEL
    _checked(folder, DEQUANTISED)
    return folder / DEQUANTISED


def _checked(folder: Path, name: str) -> str:
    expected, digest = str(_card(folder)["files"][name]), _file_digest(folder / name)
    if digest != expected:
        raise ReaderUnusable(folder, f"its {name} has SHA-256 {digest[:DIGITS]}…, not {expected[:DIGITS]}…")
    return digest


def open_reader(folder: Path) -> Reader:
    """Return the reader in a folder; raises ReaderUnusable."""
    return Reader(folder, BUILT_IN / "tokenizer.json", THREADS)


def _card(folder: Path) -> dict[str, Any]:
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text("utf-8"))
        str(card["files"][MODEL])
        list(card["languages"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderUnusable(folder, f"its {CARD} cannot be read") from error
    return card


def _file_digest(file: Path) -> str:
    try:
        return file_digest(file)
    except OSError as error:
        raise ReaderUnusable(file.parent, f"its {file.name} cannot be read") from error
