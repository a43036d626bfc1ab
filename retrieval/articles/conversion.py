"""What is converted, in a process of its own: a document that is too slow, too large or broken costs itself alone.

The process is started with the first document and serves the next ones too. Its first line of JSON says that it is
ready: if it does not get that far, the machine is at fault and not the document. A request is a line of JSON, then the
document's bytes; the reply is a line of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from types import TracebackType
from typing import Any, BinaryIO

from retrieval import child
from retrieval.articles.converters import read_html
from retrieval.articles.formats.table import FORMATS
from retrieval.articles.pdf import read_pdf
from retrieval.errors import ConverterNotStarted, TemporaryFilesUnusable
from retrieval.limits import has_grown, limit_memory, limit_time
from retrieval.records import Article, Warn

Outcome = tuple[list[Article], list[Warn]]

CONVERTERS: Mapping[str, Callable[[bytes, str, str], Outcome]] = {
    ".html": read_html, ".htm": read_html, ".pdf": read_pdf, **FORMATS,
}  # fmt: skip
PARSERS = ("trafilatura", "pypdf")
"""What they import, before the first document."""
UNWANTED = ("py3langid",)
"""What trafilatura would import where it is installed, and numpy with it, for a filter that is not used; a page whose
encoding has to be guessed loads it later."""
SECONDS = {**dict.fromkeys(CONVERTERS, 10), ".pdf": 30, **dict.fromkeys([".xml", ".mbox", ".json"], 120)}
"""Seconds of computing that a document may take, by its ending: a PDF of a thousand pages takes about 25, a wiki of ten
thousand about 60."""
MEMORY = 2 * 2**30
"""Bytes that a document may take."""
PAGE_SECONDS = 60
"""Seconds of computing that a scanned page may take, beside those of its document: a usual one takes 2 to 5."""
LEAST_MEMORY = 2**28
"""Bytes without which there is no use in starting: the parsers load more as they need it."""
LONGEST_TEXT = 32 * 2**20
"""Characters of the longest text that is taken from a document."""
_LONGEST_REPLY = 7 * LONGEST_TEXT
_WAITING = 30
"""Seconds, beyond three times those of computing, that a document may take by the clock: for a system that has no limit
for computing, and for a process that was stopped."""
_STARTING = 60
"""Seconds that a process may take until it is ready."""
_ENDING = 5
"""Seconds that a process without a reply is given to end, and to say by its status why."""
_OUT_OF_MEMORY = 99  # exit status
LOST = "was not read: its reading was ended from outside"
"""Why a document was not read whose process was ended: a system short of memory does so."""


def _article(described: dict[str, Any]) -> Article:
    pairs = {name: tuple(map(tuple, described[name])) for name in ("layout", "places")}
    names = {name: tuple(described[name]) for name in ("outside", "tags", "aliases")}
    return Article(**{**described, **pairs, **names})


class Converter:
    """Converts documents one after another; leaving the context ends its process."""

    def __init__(
        self,
        *,
        seconds: int | None = None,
        memory: int = MEMORY,
        pages: Callable[[int, int], None] = lambda count, total: None,
    ) -> None:
        """`seconds` of computing and bytes of `memory` that a document may take.

        `pages` is called with (count, total) as the scanned pages of a document are read.
        """
        self._seconds, self._memory, self._pages = seconds, memory, pages
        self._limit = memory
        """Bytes that the process may take: fewer where the user's limit leaves no more."""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Converter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, ending: str, data: bytes, path: str, sha256: str) -> Outcome:
        """Return the articles of a document with this ending; one that cannot be converted is a warning.

        Raises ConverterNotStarted, TemporaryFilesUnusable.
        """
        used = self._process is not None
        outcome = self._try(ending, data, path, sha256)
        if used and isinstance(outcome, _Failure) and not outcome.late:
            # What documents before it left in the process may be to blame: it gets one of its own.
            outcome = self._try(ending, data, path, sha256)
        return ([], [Warn(path, outcome.reason, retry=outcome.retry)]) if isinstance(outcome, _Failure) else outcome

    def _try(self, ending: str, data: bytes, path: str, sha256: str) -> Outcome | _Failure:
        process = self._process or self._start()
        seconds = self._seconds or SECONDS[ending]
        ask = {"ending": ending, "path": path, "sha256": sha256, "size": len(data), "seconds": seconds}
        request = json.dumps(ask).encode() + b"\n" + data
        while True:
            with _killed_after(3 * seconds + _WAITING, process) as expired:
                reply = _exchange(process, request)
            if reply is None or "page" not in reply:
                break
            self._pages(reply["page"], reply["pages"])
            request, seconds = b"", PAGE_SECONDS
        if reply is None:
            return self._failure(expired.is_set(), seconds)
        if "temporary" in reply:
            raise TemporaryFilesUnusable(*reply["temporary"])
        if reply["last"]:
            self._end()
        return [_article(described) for described in reply["articles"]], [Warn(**warning) for warning in reply["warns"]]

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            self._process = child.start("retrieval.articles.conversion", str(self._memory))
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            raise ConverterNotStarted(f"{error.strerror or type(error).__name__}{where}") from error
        with _killed_after(_STARTING, self._process) as expired:
            ready = _exchange(self._process, b"")
        if ready is None or "fault" in ready:
            status = self._ended()
            late = f"it was not ready after {_STARTING} s" if expired.is_set() else ""
            raise ConverterNotStarted(ready["fault"] if ready else late or f"it ended with exit status {status}")
        self._limit = ready["memory"]
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()  # between two documents it holds nothing; within one it is to be ended
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not sent any more
                if stream is not None:
                    stream.close()
        process.wait()

    def _ended(self) -> int:
        """End the process if it does not end by itself, and return its exit status."""
        process = self._process
        assert process is not None
        with suppress(subprocess.TimeoutExpired):
            process.wait(_ENDING)
        self._end()
        return process.returncode

    def _failure(self, expired: bool, seconds: int) -> _Failure:
        """Return why there is no reply, by the way in which the process ended."""
        status = self._ended()
        if expired or status == -getattr(signal, "SIGXCPU", 0):
            return _Failure(
                f"takes more than {seconds} s to read: split it, or give its text", late=True, retry=expired
            )
        if status == _OUT_OF_MEMORY:
            return _Failure(
                f"takes more than {self._limit >> 20} MiB of memory to read: split it, or give its text",
                retry=self._limit < self._memory,
            )
        if status == -getattr(signal, "SIGKILL", 9):  # by someone else
            return _Failure(LOST, retry=True)
        return _Failure(f"breaks the reader of its format (exit status {status})")


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str
    late: bool = False
    retry: bool = False


@contextmanager
def _killed_after(seconds: float, process: subprocess.Popen[bytes]) -> Iterator[threading.Event]:
    """Kill the process if this takes longer; the event says that it did. Raises ConverterNotStarted."""
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        process.kill()

    timer = threading.Timer(seconds, expire)
    try:
        timer.start()
    except RuntimeError as error:
        raise ConverterNotStarted(f"it cannot be timed: {error}") from error
    try:
        yield expired
    finally:
        timer.cancel()


def _exchange(process: subprocess.Popen[bytes], request: bytes) -> dict[str, Any] | None:
    """Send a request and return the reply; None if the process ends, or writes something else."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(request)
        process.stdin.flush()
        reply: dict[str, Any] = json.loads(process.stdout.readline(_LONGEST_REPLY))
    except (OSError, ValueError):
        return None
    return reply


def main(arguments: list[str]) -> int:
    """Convert the documents on standard input until it ends."""
    memory = int(arguments[0])
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no reply
    fault, limit = _load(), limit_memory(memory)
    if not fault and limit < min(memory, LEAST_MEMORY):
        fault = f"the limit for memory leaves it {max(0, limit) >> 20} MiB"
    _send(replies, {"fault": fault} if fault else {"memory": limit})
    if fault:
        return 1
    try:
        while line := sys.stdin.buffer.readline():
            _send(replies, _reply(json.loads(line), memory, replies))
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
    return 0


def _load() -> str:
    """Import the parsers; return why that failed, "" if it did not."""
    sys.modules.update(dict.fromkeys(UNWANTED))  # type: ignore[arg-type]  # None: as if it were not installed
    try:
        for parser in PARSERS:
            import_module(parser)
    except Exception as error:  # noqa: BLE001 - what lacks memory, or is half installed, may raise anything
        return f"{type(error).__name__}: {error}".rstrip(": ")
    finally:
        for module in UNWANTED:
            del sys.modules[module]
    return ""


def _send(replies: BinaryIO, reply: Mapping[str, Any]) -> None:
    replies.write(json.dumps(reply, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    replies.flush()


def _reply(ask: Mapping[str, Any], memory: int, replies: BinaryIO) -> dict[str, Any]:
    """Convert a document; a scanned page of it is announced, and has a time of its own."""

    def begin_page(count: int, total: int) -> None:
        _send(replies, {"page": count, "pages": total})
        limit_time(PAGE_SECONDS)

    convert = CONVERTERS[ask["ending"]]
    if convert is read_pdf:
        convert = partial(read_pdf, begin_page=begin_page)
    data = sys.stdin.buffer.read(ask["size"])
    limit_time(ask["seconds"])
    try:
        articles, warns = convert(data, ask["path"], ask["sha256"])
    except TemporaryFilesUnusable as error:
        return {"temporary": [error.folder, error.reason]}
    if any(len(article.text) > LONGEST_TEXT for article in articles):
        articles, warns = [], [Warn(ask["path"], f"holds more than {LONGEST_TEXT >> 20} million characters of text")]
    return {
        "articles": [asdict(article) for article in articles],
        "warns": [asdict(warn) for warn in warns],
        "last": has_grown(memory),
    }
