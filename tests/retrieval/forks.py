"""A process with all imports done, which forks a child per task: a build that may be killed, or a reader.

Run as `python -m tests.retrieval.forks`. A line of JSON on standard input is a task, and the child's process id is
printed at once. An empty line waits for the child: its wait status and its report are printed. Until then the child is
not reaped, so that its process id is not reused.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from retrieval.errors import IndexNotWritable, TemporaryFilesUnusable
from retrieval.fingerprint import Fingerprint
from tests.toy import ToyEncoder, build_toy, open_toy

ROOT = Path(__file__).resolve().parents[2]
WRITES = ("open", "os.", "shutil.", "tempfile.")
QUESTION = "How many herons were counted this week?"
FIRST_WEEK = 100


class Forker:
    """The forking process, owned by a test."""

    def __enter__(self) -> Forker:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.retrieval.forks"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            process_group=0,  # Ctrl-C goes to the test, which ends this process
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=30)

    def start(self, **task: object) -> int:
        """Start a task; return the child's process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        return cast(int, self._line())

    def end(self) -> tuple[int, Any]:
        """Wait for the task; return the signal that ended it (0 for none) and its report."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        status, report = self._line()
        assert status in (0, -signal.SIGKILL), report
        return -status, report

    def _line(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


def kill_at(step: int) -> None:
    """Make this process kill itself before its `step`-th file access, counting syncs."""
    seen = 0
    fsync = os.fsync

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event.startswith(WRITES):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    def counted_fsync(handle: int) -> None:
        count("os.fsync", (handle,))
        fsync(handle)

    os.fsync = counted_fsync  # type: ignore[assignment]
    sys.addaudithook(count)


def build_task(corpus: Path, index: Path, step: int, largest: int = 0) -> str:
    """Build, and return the fingerprint or the error; `step` kills the process, `largest` limits each file's bytes."""
    if step:
        kill_at(step)
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    try:
        return build_toy(corpus, index).manifest.fingerprint
    except (IndexNotWritable, TemporaryFilesUnusable) as error:
        return str(error)


def read_task(index: Path, stop: Path) -> list[tuple[str, list[str]]]:
    """Open and ask until the file `stop` exists; return every answer that differs from the one before."""
    observations = list[tuple[str, list[str]]]()
    last = False
    while not last:
        last = stop.exists()
        engine = open_toy(index)
        for _ in range(3):
            answer = engine.ask(QUESTION)
            observation = (Fingerprint.parse(answer.fingerprint).index, [quote.text for quote in answer.quotes])
            if observation not in observations[-1:]:
                observations.append(observation)
    return observations


def builds_task(corpus: Path, index: Path, stop: Path) -> int:
    """Write a new week's count and build, until the file `stop` exists; return the last week."""
    week = FIRST_WEEK
    while not stop.exists():
        week += 1
        write_week(corpus, week)
        build_toy(corpus, index)
    return week


def write_week(corpus: Path, week: int) -> None:
    """Write two articles that both name the week."""
    corpus.mkdir(exist_ok=True)
    for place in ("lake", "river"):
        text = f"We counted {week} herons at the {place} this week. Nobody knows how many herons sleep there."
        (corpus / f"{place}.txt").write_text(text + "\n", "utf-8")


def counted(texts: list[str]) -> int:
    """Return the week that all quotes name."""
    weeks = {int(word) for text in texts for word in text.split() if word.isdigit()}
    assert len(weeks) == 1, f"an answer of one generation, not of {texts}"
    return weeks.pop()


def child(task: dict[str, Any]) -> object:
    """Run the task in the forked child, and return its report."""
    if task["do"] == "builds":
        return builds_task(Path(task["corpus"]), Path(task["index"]), Path(task["stop"]))
    if task["do"] == "build":
        return build_task(Path(task["corpus"]), Path(task["index"]), task["step"], task.get("largest", 0))
    return read_task(Path(task["index"]), Path(task["stop"]))


def main() -> None:
    """Fork a child for each line of standard input."""
    list(ToyEncoder().passages([("", "warm")]))
    __import__("faiss"), __import__("bm25s"), __import__("filelock"), __import__("rapidfuzz")
    while line := sys.stdin.readline():
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                report: object = child(json.loads(line))
                status = 0
            except BaseException as error:  # noqa: BLE001 - the test gets any error
                report, status = repr(error), 1
            os.write(writing, json.dumps(report).encode())
            os._exit(status)
        os.close(writing)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        sys.stdin.readline()
        with os.fdopen(reading, "rb") as pipe:
            raw_report = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.stdout.write(json.dumps([status, json.loads(raw_report) if raw_report else None]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
