"""Builds on a Ray cluster of two nodes on this machine: the same bytes, whatever becomes of the workers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from retrieval.articles.corpus import Unit, scan
from retrieval.cluster import ray_cluster
from retrieval.cluster.connection import QUIET, connect
from retrieval.cluster.dispatch import Dispatch
from retrieval.cluster.ray_cluster import LOST, RayCluster
from retrieval.cluster.worker import ReadingWorker
from retrieval.encoding.encoder import Encoder
from retrieval.errors import ClusterUnusable
from retrieval.extras import is_installed
from retrieval.index.build import Report, build
from retrieval.index.documents import Progress
from retrieval.index.gathering import Task
from retrieval.index.reading import parse_reading
from retrieval.index.workers import portable_reader
from tests.retrieval.cluster.dying import DyingToy, chosen
from tests.stored import stored_files
from tests.toy import PASSAGES, ToyEncoder, build_toy, write_corpus

pytestmark = [
    pytest.mark.xdist_group("ray"),  # one cluster is enough for two cores
    pytest.mark.skipif(not is_installed("ray"), reason="the extra ray is not installed"),
]

STORE = 80 * 2**20  # bytes of a node's object store, nearly the least that Ray takes


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    """A cluster of two nodes with a processor each."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in QUIET.items():
            patch.setenv(name, value)
        from ray.cluster_utils import Cluster

        nodes = Cluster()
        try:
            start_node(nodes, include_dashboard=False)
            start_node(nodes)
            with connect(nodes.address) as connected:
                yield connected
        finally:
            nodes.shutdown()


def start_node(cluster: Any, **options: object) -> None:
    """Add a node with a processor; on a machine that is busy, Ray may find that one did not start in time."""
    for is_last in (False, False, True):
        try:
            cluster.add_node(num_cpus=1, object_store_memory=STORE, **options)
        except Exception as error:
            if is_last or "timed out" not in str(error).lower():
                raise
        else:
            return


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A corpus of files of several kinds, more of them than are sent to a worker at a time."""
    corpus = write_corpus(tmp_path / "many")
    for number in range(150):
        text = f"Number {number} of the boats came in at {number % 24} o'clock. It was painted in colour {number}."
        (corpus / f"boat-{number}.txt").write_text(text, "utf-8")
    lines = (f'{{"_id": "ship-{number}", "text": "Ship {number} has left the harbour."}}' for number in range(40))
    (corpus / "ships.jsonl").write_text("\n".join(lines), "utf-8")
    (corpus / "gate.html").write_text("<html><body><p>The gate of Velmora is closed at night.</p></body></html>")
    (corpus / "empty.md").write_text("---\ntitle: Nothing\n---\n", "utf-8")
    return corpus


def build_on(
    cluster: RayCluster,
    corpus: Path,
    index: Path,
    encoder: Encoder | None,
    progress: Progress = lambda stage, count, total: None,
) -> Report:
    return build(corpus, index, lambda before: chosen(encoder), PASSAGES, workers=cluster, progress=progress)


def test_the_index_is_that_of_one_machine_also_where_workers_are_killed_and_the_build_is_ended(
    cluster: RayCluster, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ray_cluster, "PASSAGES", 20)
    index, deaths = tmp_path / "index", tmp_path / "deaths"
    deaths.mkdir()

    def end(stage: str, count: int, total: int) -> None:
        if stage == "encode" and count == 100:
            raise KeyboardInterrupt

    (deaths / "read").touch()
    with pytest.raises(KeyboardInterrupt):
        build_on(cluster, many, index, DyingToy(deaths, "Number 17 "), end)
    assert list(deaths.iterdir()) == []
    (deaths / "encode").touch()
    on_cluster = build_on(cluster, many, index, DyingToy(deaths, "Number 97 "))
    assert list(deaths.iterdir()) == []
    assert capsys.readouterr() == ("", "")
    here = build_toy(many, tmp_path / "here")
    assert stored_files(index) == stored_files(tmp_path / "here")
    assert on_cluster.manifest.fingerprint == here.manifest.fingerprint
    assert on_cluster.warnings == here.warnings
    assert on_cluster.encoded == here.encoded - 100


def test_a_file_over_which_workers_are_lost_costs_itself_alone(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker of this process stands for those of a cluster; it is lost whenever it is to read this file."""
    lost = "storm.txt"

    class Dispatched(Dispatch[tuple[Task, ...]]):
        def run(self, source: Iterator[tuple[Task, ...]], *, in_order: bool) -> Iterator[tuple[tuple[Task, ...], Any]]:
            for work in source:
                is_lost = any(task.unit.source.path == lost for task in work)
                yield work, self.give_up(work) if is_lost else worker.work(work)

    monkeypatch.setattr(ray_cluster, "Dispatch", Dispatched)
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(put=lambda value: value))
    reader = portable_reader(ToyEncoder(), PASSAGES, b"")
    worker = ReadingWorker(reader)
    tasks = [Task(number, Unit(source), b"") for number, source in enumerate(scan(corpus)[0])]
    (gone,) = [task for task in tasks if task.unit.source.path == "market.txt"]
    gone.unit.source.file.unlink()
    raw = RayCluster("x", 2, 0, lambda: True).read(reader, iter(tasks))
    readings = {task.unit.source.path: parse_reading(reading)[0] for task, reading in raw}
    assert len(readings) == len(tasks)
    warnings = {path: [warn.reason for warn in reading.warnings] for path, reading in readings.items()}
    assert {path: reasons for path, reasons in warnings.items() if reasons} == {
        lost: [LOST],
        "market.txt": ["vanished while the corpus was read"],
    }
    assert all(reading.articles for path, reading in readings.items() if path not in (lost, "market.txt"))


def test_a_node_that_does_not_start_in_time_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**options: object) -> None:
        raise Exception(
            "The current node timed out during startup. This could happen because some of the raylet failed"
        )

    monkeypatch.setattr("ray.init", init)
    sentence = r"cannot be used \(The current node timed out during startup.*\): free some memory"
    with pytest.raises(ClusterUnusable, match=sentence), connect("local"):
        pass


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:9"])
def test_an_address_without_a_cluster_is_a_sentence(address: str) -> None:
    sentence = r"cannot be used \(nothing answers there\): start one there with `ray start`"
    with pytest.raises(ClusterUnusable, match=sentence), connect(address):
        raise AssertionError("it connected")


def test_nothing_is_reported_and_nothing_starts_unasked(cluster: RayCluster) -> None:
    assert {name: os.environ.get(name) for name in QUIET} == QUIET
