"""What runs on a cluster's worker: a process that reads and splits units, or holds an encoder."""

from __future__ import annotations

import logging
import os
import socket
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrieval.articles.conversion import Converter
from retrieval.cluster.likeness import traits
from retrieval.encoding.encoder import Encoder, Floats
from retrieval.errors import QuothError
from retrieval.index.encoded import PassageText, encode
from retrieval.index.gathering import Task
from retrieval.index.reading import Reader


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a worker says of its machine."""

    node: str
    traits: dict[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a worker from its work; errors of quoth do not come through pickle."""

    node: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Logged:
    """An error that nobody foresaw, for the log of the machine that builds."""

    message: str
    trace: str


@dataclass(frozen=True, slots=True)
class Readings:
    """What reading some units gave."""

    readings: Sequence[bytes]
    logged: Sequence[Logged] = ()


class _Worker:
    """What both kinds have."""

    def introduce(self) -> Introduction:
        """Return what decides what is made of an article here."""
        return Introduction(socket.gethostname(), traits())


class ReadingWorker(_Worker):
    """Reads and splits units, one after another."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._converter = Converter()
        self._log = _Log()
        logging.getLogger("retrieval").addHandler(self._log)

    def work(self, tasks: Sequence[Task]) -> Readings | Fault:
        """Return the readings of units."""
        try:
            readings = [self._reader.read_and_split(task.unit, self._converter) for task in tasks]
        except QuothError as error:
            return Fault(socket.gethostname(), str(error))
        except MemoryError:
            os._exit(1)  # another worker may have more
        return Readings(readings, self._log.take())


class EncodingWorker(_Worker):
    """Holds an encoder."""

    def __init__(self, load: Callable[[], Encoder], centre: Floats) -> None:
        self._load, self._centre = load, centre
        self._encoder: Encoder | None = None

    def work(self, passages: Sequence[PassageText]) -> list[bytes] | Fault:
        """Return what is kept of each of the passages."""
        try:
            if self._encoder is None:
                self._encoder = self._load()
            return [encoded.dump() for encoded in encode(self._encoder, self._centre, passages)]
        except QuothError as error:
            return Fault(socket.gethostname(), str(error))
        except MemoryError:
            os._exit(1)


class _Log(logging.Handler):
    """Keeps errors that nobody foresaw until they are taken."""

    def __init__(self) -> None:
        super().__init__()
        self._errors: list[Logged] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an error."""
        _, error, _ = record.exc_info or (None, None, None)
        trace = "".join(traceback.format_exception(error)) if error else ""
        self._errors.append(Logged(record.getMessage(), trace))

    def take(self) -> tuple[Logged, ...]:
        """Return what was kept, and keep it no longer."""
        errors, self._errors = tuple(self._errors), []
        return errors
