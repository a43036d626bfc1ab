"""Reads and splits units of a corpus: in this process, or where that is worth it in several."""

from __future__ import annotations

import json
import logging
import pickle
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from types import TracebackType
from typing import IO

from retrieval import child
from retrieval.articles.conversion import LOST, Converter
from retrieval.errors import ConverterNotStarted, TemporaryFilesUnusable
from retrieval.index.documents import Progress
from retrieval.index.gathering import Task
from retrieval.index.reading import Reader, failed_reading
from retrieval.index.reading_child import LETTERS, MEMORY, OUT_OF_MEMORY, Setup

WORTH = 2**20
"""Bytes of files from which on several processes are started to read them."""
_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class _Page:
    """A scanned page that is about to be read, of so many."""

    number: int
    total: int


class UnforeseenError(Exception):
    """An error that nobody foresaw in another process; its text is the traceback."""


def read_here(reader: Reader, tasks: Iterator[Task], *, progress: Progress) -> Iterator[tuple[Task, bytes]]:
    """Read units one after another; raises ConverterNotStarted, TemporaryFilesUnusable."""
    with Converter(pages=lambda count, total: progress("ocr", count, total)) as converter:
        for task in tasks:
            yield task, reader.read_and_split(task.unit, converter)


def read_in_processes(
    setup: Setup, count: int, tasks: Iterator[Task], *, progress: Progress
) -> Iterator[tuple[Task, bytes]]:
    """Read units in so many processes, and yield their readings as they are ready.

    Raises ConverterNotStarted, TemporaryFilesUnusable.
    """
    with _Pool(setup, count, progress) as pool:
        waiting = 0
        for task in tasks:
            pool.give(task)
            waiting += 1
            if waiting >= 2 * count:
                yield pool.take()
                waiting -= 1
        for _ in range(waiting):
            yield pool.take()


class _Pool:
    """Processes, each with a thread of this one that gives it units and takes its readings."""

    def __init__(self, setup: Setup, count: int, progress: Progress) -> None:
        self._setup, self._progress = pickle.dumps(setup), progress
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._outcomes: SimpleQueue[tuple[Task, bytes] | _Page | BaseException] = SimpleQueue()
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._is_over = False
        self._threads = [
            threading.Thread(target=self._serve, args=(number,), name=f"read-{number}", daemon=True)
            for number in range(count)
        ]

    def __enter__(self) -> _Pool:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        for _ in self._threads:
            self._tasks.put(None)
        for process in list(self._processes.values()):
            process.kill()
        for thread in self._threads:
            thread.join()

    def give(self, task: Task) -> None:
        """Have a unit read."""
        self._tasks.put(task)

    def take(self) -> tuple[Task, bytes]:
        """Return the next reading that is ready, or raise what ends the build."""
        while True:
            outcome = self._outcomes.get()
            if isinstance(outcome, BaseException):
                raise outcome
            if isinstance(outcome, _Page):
                self._progress("ocr", outcome.number, outcome.total)
            else:
                return outcome

    def _serve(self, number: int) -> None:
        # It lives as long as its process: Linux ends that with the thread that started it.
        try:
            while (task := self._tasks.get()) is not None and not self._is_over:
                try:
                    self._outcomes.put((task, self._read(number, task)))
                except BaseException as error:  # noqa: BLE001 - the build raises it
                    self._outcomes.put(error)
        finally:
            self._end(number)

    def _read(self, number: int, task: Task) -> bytes:
        """Return the reading of a unit; what ends two processes is a warning about its file."""
        reading = self._try(number, task)
        if reading is None and not self._is_over:
            self._end(number)  # what came before it may be to blame
            reading = self._try(number, task)
        if reading is not None:
            return reading
        is_too_large = self._end(number) == OUT_OF_MEMORY
        reason = f"takes more than {MEMORY >> 20} MiB of memory to read: split it" if is_too_large else LOST
        return failed_reading(task.unit, reason)

    def _try(self, number: int, task: Task) -> bytes | None:
        """Return the reading of a unit; None if the process ended."""
        try:
            process = self._processes.get(number) or self._start(number)
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(pickle.dumps(task.unit))
            process.stdin.flush()
            return self._reply(process.stdout)
        except (BrokenPipeError, ValueError):
            return None

    def _reply(self, stream: IO[bytes]) -> bytes | None:
        """Return the bytes of the next reading; None if the process ended."""
        while len(head := stream.read(LETTERS.size)) == LETTERS.size:
            letter, length = LETTERS.unpack(head)
            payload = stream.read(length)
            if len(payload) < length:
                return None
            if letter in {b"R", b"D"}:
                return payload
            content = json.loads(payload)
            if letter == b"P":
                self._outcomes.put(_Page(*content))
            elif letter == b"L":
                message, trace = content
                _LOG.error(message, exc_info=UnforeseenError(f"in another process\n{trace}"))
            elif content[0] == "converter":
                raise ConverterNotStarted(content[1])
            else:
                raise TemporaryFilesUnusable(*content[1:])
        return None

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        try:
            process = child.start("retrieval.index.reading_child")
        except OSError as error:
            raise ConverterNotStarted(f"{error.strerror or type(error).__name__}") from error
        self._processes[number] = process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(self._setup)
        process.stdin.flush()
        if self._reply(process.stdout) is None and not self._is_over:
            raise ConverterNotStarted(f"a process that reads articles ended with exit status {self._end(number)}")
        return process

    def _end(self, number: int) -> int:
        """End a process, and return its exit status."""
        process = self._processes.pop(number, None)
        if process is None:
            return 0
        with suppress(OSError):  # what was not sent any more
            if process.stdin is not None:
                process.stdin.close()
        try:
            status = process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        if process.stdout is not None:
            process.stdout.close()
        return status
