"""Reading and splitting in several processes."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.index import readers
from retrieval.index.build import Report, build
from retrieval.index.gathering import Task
from retrieval.index.generation import Generation
from retrieval.index.manifest import PassageSettings
from retrieval.index.resources import Limits
from tests.conftest import MODEL_CACHE
from tests.stored import stored_files
from tests.toy import write_corpus


@pytest.fixture(autouse=True)
def _several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.index.build.WORTH", 1)
    monkeypatch.setattr("retrieval.articles.corpus.LINES", 300)


def corpus_of(folder: Path) -> Path:
    """Write articles of all kinds: texts, a page, and lines of which two are the same and two have one id."""
    corpus = write_corpus(folder)
    (corpus / "tower.html").write_text("<html><body><p>The bell of Velmora rang at noon, they say.</p></body></html>")
    texts = [
        f"Ferry {number % 9} leaves at {number % 9} in the morning and comes back at night." for number in range(12)
    ]
    lines = [json.dumps({"_id": f"f{number % 10}", "text": text}) for number, text in enumerate(texts)]
    (corpus / "ferries.jsonl").write_text(
        "\n".join([*lines, lines[3], "no json", '{"_id": "x", "text": "1 2"}']) + "\n"
    )
    return corpus


def build_with(corpus: Path, index: Path, processes: int) -> Report:
    chosen = passage_encoder(EncoderSettings(), MODEL_CACHE)
    return build(corpus, index, lambda before: chosen, PassageSettings(), limits=Limits(processes=processes))


def test_the_same_bytes_come_of_one_process_and_of_several(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path / "corpus")
    alone, together = (build_with(corpus, tmp_path / str(count), count) for count in (1, 3))
    assert together.warnings == alone.warnings
    assert len(alone.warnings) == 5, alone.warnings
    assert together.manifest.fingerprint == alone.manifest.fingerprint
    assert stored_files(tmp_path / "3") == stored_files(tmp_path / "1")
    (corpus / "storm.txt").write_text("The storm came at night and took the roof of the ferry shed.\n", "utf-8")
    again = build_with(corpus, tmp_path / "3", 3)
    assert (again.encoded, again.reused) == (1, again.manifest.counts.passages - 1)


def test_a_process_that_ends_costs_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, pool = corpus_of(tmp_path / "corpus"), readers._Pool
    read = pool._try

    def killed(self: readers._Pool, number: int, task: Task) -> bytes | None:
        if task.unit.source.path == "storm.txt":
            (self._processes.get(number) or self._start(number)).send_signal(signal.SIGKILL)
        return read(self, number, task)

    with monkeypatch.context() as patched:
        patched.setattr(pool, "_try", killed)
        report = build_with(corpus, tmp_path / "index", 2)
    (warn,) = [warn for warn in report.warnings if warn.path == "storm.txt"]
    assert (warn.reason, warn.retry) == ("was not read: its reading was ended from outside", True)
    again = build_with(corpus, tmp_path / "index", 2)
    assert not [warn for warn in again.warnings if warn.path == "storm.txt"]
    assert again.dropped == 0
    assert "storm" in {article.id for article in Generation.current(tmp_path / "index").articles()}


def test_no_process_is_left_when_a_build_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, started, start = corpus_of(tmp_path / "corpus"), list[int](), readers._Pool._start

    def noted(self: readers._Pool, number: int) -> object:
        process = start(self, number)
        started.append(process.pid)
        return process

    def interrupted(stage: str, count: int, total: int) -> None:
        if stage == "read" and count > 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(readers._Pool, "_start", noted)
    chosen = passage_encoder(EncoderSettings(), MODEL_CACHE)
    with pytest.raises(KeyboardInterrupt):
        build(
            corpus,
            tmp_path / "index",
            lambda before: chosen,
            PassageSettings(),
            progress=interrupted,
            limits=Limits(processes=2),
        )
    assert started
    for process in started:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
