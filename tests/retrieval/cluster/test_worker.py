"""What a worker of a cluster does, without a cluster; and what has to be alike on all its machines."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval.articles.corpus import Unit, scan, with_data
from retrieval.articles.jsonl import FileChangedError
from retrieval.cluster.likeness import ABSENT, OWN, check_alike, traits
from retrieval.cluster.worker import EncodingWorker, Fault, Logged, Readings, ReadingWorker
from retrieval.encoding.encoder import Tokens
from retrieval.encoding.onnx_runtime import open_session
from retrieval.encoding.selection import Elsewhere, EncoderSettings, passage_encoder
from retrieval.errors import WorkerDiffers
from retrieval.index.encoded import EncodedPassage, PassageText, encode
from retrieval.index.gathering import Task
from retrieval.index.reading import parse_reading
from retrieval.index.workers import portable_reader
from tests.retrieval.cluster.dying import ToyElsewhere
from tests.toy import DIMENSION, PASSAGES, ToyEncoder

CENTRE = np.zeros(DIMENSION, dtype=np.float32)


class _FaultyToy(ToyEncoder):
    def pieces(self, text: str) -> int:
        raise ZeroDivisionError


def tasks(corpus: Path) -> Iterator[Task]:
    return (Task(number, with_data(Unit(source)), b"") for number, source in enumerate(scan(corpus)[0]))


def test_it_reads_from_bytes_alone(corpus: Path) -> None:
    sent = list(tasks(corpus))
    for task in sent:
        task.unit.source.file.unlink()
    result = ReadingWorker(portable_reader(ToyEncoder(), PASSAGES, b"")).work(sent)
    assert isinstance(result, Readings)
    readings = [parse_reading(raw)[0] for raw in result.readings]
    assert [[article.id for article in reading.articles] for reading in readings] == [
        ["bridge"], ["harbour"], ["letters/mayor"], ["market"], ["clock-museum"], ["storm"],
    ]  # fmt: skip
    assert all(article.passages for reading in readings for article in reading.articles)


def test_an_article_of_the_generation_before_is_not_split(corpus: Path) -> None:
    (first, *_) = sent = list(tasks(corpus))
    whole = ReadingWorker(portable_reader(ToyEncoder(), PASSAGES, b"")).work([first])
    assert isinstance(whole, Readings)
    known = bytes.fromhex(parse_reading(whole.readings[0])[0].articles[0].key)
    again = ReadingWorker(portable_reader(ToyEncoder(), PASSAGES, known)).work(sent)
    assert isinstance(again, Readings)
    articles = [article for raw in again.readings for article in parse_reading(raw)[0].articles]
    assert [article.is_known for article in articles] == [True, *[False] * 5]


def test_a_file_that_changed_after_the_scan_is_not_sent(corpus: Path) -> None:
    (first, *_) = scan(corpus)[0]
    first.file.write_text("Something else came in.", "utf-8")
    with pytest.raises(FileChangedError):
        with_data(Unit(first))


@pytest.mark.usefixtures("unforeseen_errors")
def test_an_unforeseen_error_comes_back_for_the_log(corpus: Path, unforeseen_errors: object) -> None:
    logging.getLogger("retrieval").removeHandler(unforeseen_errors)  # type: ignore[arg-type]
    worker = ReadingWorker(portable_reader(_FaultyToy(), PASSAGES, b""))
    result = worker.work(list(tasks(corpus))[:1])
    assert isinstance(result, Readings)
    (logged,) = result.logged
    assert isinstance(logged, Logged)
    assert "bridge.md" in logged.message
    assert "ZeroDivisionError" in logged.trace
    assert worker.work([]) == Readings([], ())


def test_it_encodes_what_this_machine_would(corpus: Path) -> None:
    passages = [PassageText("A title. ", "The bell rings. It is noon.", ((0, 15), (16, 27)))]
    worker = EncodingWorker(ToyElsewhere(ToyEncoder()), CENTRE)
    result = worker.work(passages)
    assert isinstance(result, list)
    assert result == [encoded.dump() for encoded in encode(ToyEncoder(), CENTRE, passages)]
    assert EncodedPassage.parse(result[0], DIMENSION).tokens.tolist() == [[0, 3], [3, 6]]


def test_what_keeps_it_from_its_work_comes_back_as_a_sentence() -> None:
    result = EncodingWorker(ToyElsewhere(None), CENTRE).work([PassageText("", "x", ((0, 1),))])
    assert isinstance(result, Fault)
    assert result.sentence.startswith("The model 'toy' is not available (it was never trained)")


def test_machines_have_to_be_alike() -> None:
    ours = traits()
    check_alike("node-2", ours, ours)
    for name in ours:
        with pytest.raises(WorkerDiffers, match=r"The worker node-2 of the Ray cluster has .* other, and this machine"):
            check_alike("node-2", {**ours, name: "other"}, ours)
    theirs = {name: value for name, value in ours.items() if name != OWN}
    with pytest.raises(WorkerDiffers, match=rf"has {OWN} {ABSENT}, and this machine .+: install the same on both\."):
        check_alike("node-2", theirs, ours)


def test_the_encoder_is_run_in_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = list[int]()
    real = open_session

    def record(file: Path, count: int = 0) -> object:
        threads.append(count)
        return real(file, count)

    monkeypatch.setattr("retrieval.encoding.onnx_encoder.open_session", record)
    chosen = passage_encoder(EncoderSettings(threads=4), Path("unused"))
    assert chosen.elsewhere is not None
    elsewhere = chosen.elsewhere()
    assert (elsewhere.spec, threads) == (chosen.spec, [1])
    texts = [("", "The bell rings."), ("", "It is noon.")]

    def vectors(encoded: Iterator[Tokens]) -> list[bytes]:
        return [tokens.vectors.tobytes() for tokens in encoded]

    assert vectors(elsewhere.passages(texts)) == vectors(chosen.load().passages(texts))


def test_another_model_by_the_same_name_is_a_sentence() -> None:
    chosen = passage_encoder(EncoderSettings(), Path("unused"))
    other = replace(chosen.spec, digest="0123456789abcdef" * 4)
    result = EncodingWorker(Elsewhere(EncoderSettings(engine="onnx"), Path("unused"), other), CENTRE).work([])
    assert isinstance(result, Fault)
    digests = f"digest {chosen.spec.digest[:12]}…, and not 0123456789ab…"
    assert result.sentence == (
        f"The model 'all-MiniLM-L6-v2' is another one there ({digests}): install the same model on all machines."
    )
