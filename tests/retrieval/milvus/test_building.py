"""Builds on a server: incremental, one at a time, and never half seen."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest

from retrieval import indexes
from retrieval.citations.changes import change_of
from retrieval.citations.permalink import resolve
from retrieval.errors import IndexLocked, IndexMismatch, IndexNotFound, IndexUnreachable, SourceChanged
from retrieval.milvus import build_lock, catalogue, record_store, upload
from retrieval.milvus.build_lock import SILENT, Builder, BuildLock
from retrieval.milvus.layout import building_alias, parse_collections
from retrieval.milvus.server import Server
from tests.milvus_server import MilvusServer, build_on_server, name_for
from tests.toy import ToyEncoder

HERON = "The heron of Oskeld nests on the old water tower. It came in {year}.\n"


class Bench:
    """A corpus of two articles that a test changes, and its index on the server."""

    def __init__(self, server: MilvusServer, home: Path, name: str) -> None:
        self.corpus, self.cache, self.address = home / "articles", home / "cache", server.index(name)
        self.corpus.mkdir()
        (self.corpus / "walrus.txt").write_text("The walrus of Kell sleeps on the pier. Nobody feeds it.\n")
        self.write(1990)

    def write(self, year: int) -> None:
        (self.corpus / "heron.txt").write_text(HERON.format(year=year))

    def build(self, **options: object) -> ToyEncoder:
        encoder = ToyEncoder()
        self.report = build_on_server(self.corpus, self.address, self.cache, encoder=encoder, **options)  # type: ignore[arg-type]
        return encoder

    def heron(self) -> str:
        generation = indexes.current(self.address)
        row = generation.row_of("heron")
        assert row is not None
        return generation.article(row).text

    def ref(self) -> str:
        generation = indexes.current(self.address)
        row = generation.row_of("heron")
        assert row is not None
        return generation.cite(row, 0, 9, 1).ref

    def collections(self) -> list[str]:
        server = Server(self.address)
        return [name for name in server.collections() if name.startswith(f"{server.address.name}__")]

    def generations(self) -> list[int]:
        name = Server(self.address).address.name
        parsed = (parse_collections(name, collection) for collection in self.collections())
        return sorted(collections.number for collections in parsed if collections)


@pytest.fixture
def bench(server: MilvusServer, tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    return Bench(server, tmp_path, name_for(request))


def test_a_build_encodes_what_changed_and_switches_in_one_step(bench: Bench) -> None:
    assert len(bench.build().encoded) == 2
    ref, pointer = bench.ref(), indexes.pointer(bench.address)
    assert bench.build().encoded == []
    assert (bench.report.unchanged, indexes.pointer(bench.address)) == (True, pointer)
    bench.write(1991)
    assert len(bench.build().encoded) == 1
    assert not bench.report.unchanged
    assert indexes.pointer(bench.address) != pointer
    assert "1991" in bench.heron()
    assert resolve(bench.address, ref).state == "changed"
    change = change_of(bench.address, ref)
    assert change is not None
    assert change.seen == indexes.manifest(bench.address).created
    assert [generation.replaced for generation in indexes.listed(bench.address)] == [
        None,
        indexes.manifest(bench.address).created,
    ]


def test_former_generations_go_by_the_setting_but_the_last_stays(bench: Bench) -> None:
    refs = []
    for year in (1990, 1991, 1992):
        bench.write(year)
        bench.build(keep=0)
        refs.append(bench.ref())
    assert bench.generations() == [2, 3]
    assert resolve(bench.address, refs[1]).text == "The heron"
    with pytest.raises(SourceChanged):
        resolve(bench.address, refs[0])


def test_who_asks_the_former_generation_goes_on(bench: Bench) -> None:
    bench.build(keep=0)
    former = indexes.current(bench.address)
    bench.write(1991)
    bench.build(keep=0)
    assert "1990" in former.article(former.row_of("heron") or 0).text


def test_a_build_that_dies_leaves_the_index_and_the_next_clears_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.build()
    bench.write(1991)
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "discard", lambda server, new: None)  # as if it were killed
        patch.setattr(BuildLock, "_release", lambda self: None)
        patch.setattr(upload.Upload, "_passage_rows", lambda self: iter([({}, 1)]))
        with pytest.raises(IndexUnreachable):
            bench.build()
    assert bench.generations() == [1, 2], "half of a generation is there"
    assert "1990" in bench.heron()
    monkeypatch.setattr("retrieval.milvus.build_lock._runs", lambda process: False)
    bench.build()
    assert "1991" in bench.heron()
    assert bench.generations() == [1, 3]
    assert Server(bench.address).alias(building_alias(Server(bench.address).address.name)) is None
    assert not [name for name in bench.collections() if "__lock_" in name]


def test_a_build_that_fails_leaves_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.build()
    before = bench.collections()
    bench.write(1991)
    with monkeypatch.context() as patch:
        patch.setattr(BuildLock, "check", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bench.build()
    assert bench.collections() == before
    assert "1990" in bench.heron()


def test_two_builds_at_once_are_one_sentence(bench: Bench) -> None:
    with (
        BuildLock(Server(bench.address)).held(wait=False),
        pytest.raises(
            IndexLocked,
            match=rf"^Another build \(process {os.getpid()} on .*, since .* UTC\) is writing the index milvus:",
        ),
    ):
        bench.build()
    bench.build()


def foreign(server: Server, alive: float) -> BuildLock:
    """A lock that a build on another machine holds, and that last was heard of at this time."""
    lock = BuildLock(server)
    lock._claim(wait=False)
    builder = Builder(f"not-{socket.gethostname()}", 1, "noon", alive)
    record_store.put(server, lock._collection, "builder", json.dumps(asdict(builder)).encode())
    return lock


def test_a_silent_build_of_another_machine_is_taken_over(bench: Bench) -> None:
    server = Server(bench.address)
    lock = foreign(server, time.time())
    with pytest.raises(IndexLocked, match="process 1 on not-"):
        bench.build()
    lock._release()
    lock = foreign(server, time.time() - SILENT - 1)
    bench.build()
    with pytest.raises(IndexLocked):
        lock.check()


def test_a_build_that_was_taken_over_leaves_the_index_to_the_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.build()
    pointer, server = indexes.pointer(bench.address), Server(bench.address)
    bench.write(1991)

    def taken_over(self: upload.Upload) -> Iterator[tuple[upload.Row, int]]:
        server.remove_alias(building_alias(server.address.name))
        locks.append(foreign(server, time.time()))
        catalogue.prepare(server)
        yield {"row": 0}, 1

    locks = list[BuildLock]()
    monkeypatch.setattr(upload.Upload, "_passage_rows", taken_over)
    with pytest.raises(IndexLocked, match="process 1 on not-"):
        bench.build()
    assert indexes.pointer(bench.address) == pointer
    assert bench.generations() == [1]
    locks[0].check()


def test_a_server_that_refuses_the_lock_is_one_sentence(bench: Bench) -> None:
    server = Server(bench.address)
    record_store.create(server, building_alias(server.address.name))
    with pytest.raises(IndexUnreachable):
        bench.build()
    assert bench.collections() == [building_alias(server.address.name)]


@pytest.mark.parametrize("suffix", ["index", "building", "files", "records", "lock_0123abcd", "000001_0123abcd"])
def test_a_name_that_ends_like_a_collection(bench: Bench, tmp_path: Path, suffix: str) -> None:
    bench.build()
    indexes.write_beside(bench.address, "note", b"kept")
    other = bench.address.parent / f"{Server(bench.address).address.name}_{suffix}"
    build_on_server(bench.corpus, other, tmp_path / "other")
    indexes.write_beside(other, "note", b"of its own")
    with BuildLock(Server(bench.address)).held(wait=False):
        build_on_server(bench.corpus, other, tmp_path / "other", rebuild=True)
    assert (indexes.read_beside(bench.address, "note"), indexes.read_beside(other, "note")) == (b"kept", b"of its own")


def test_an_index_of_a_newer_quoth_is_built_again_only_when_that_is_asked_for(bench: Bench) -> None:
    bench.build()
    server = Server(bench.address)
    files = catalogue.current(server).collections.files
    manifest = record_store.read_one(server, files, catalogue.MANIFEST)
    assert manifest is not None
    newer = json.dumps({**json.loads(manifest), "format": 999}).encode()
    record_store.put(server, files, catalogue.MANIFEST, newer)
    with pytest.raises(IndexMismatch, match="upgrade quoth, or build it again"):
        bench.build()
    bench.build(rebuild=True)
    assert "1990" in bench.heron()


def test_a_generation_that_is_removed_while_citations_are_looked_up_is_skipped(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for year in (1990, 1991, 1992):
        bench.write(year)
        bench.build()
    server = Server(bench.address)
    listed = catalogue.listed(server)
    monkeypatch.setattr(catalogue, "listed", lambda server: listed)
    catalogue.drop(server, listed[-1].collections)
    assert len(list(indexes.former(bench.address))) == 1


def test_a_build_that_has_waited_for_long_does_not_count_as_killed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, now = Server(bench.address), [time.time()]
    other = foreign(server, now[0])

    def sleep(seconds: float) -> None:
        now[0] += SILENT + seconds
        other._release()

    monkeypatch.setattr(build_lock, "time", SimpleNamespace(time=lambda: now[0], sleep=sleep))
    with BuildLock(server).held(wait=True) as lock:
        builder = lock._builder_in(lock._collection)
        assert builder is not None
        assert not builder.is_gone


def test_an_index_that_another_model_made_is_not_replaced_unawares(bench: Bench) -> None:
    from retrieval import builds
    from retrieval.index.manifest import check_fit

    bench.build()
    pointer = indexes.pointer(bench.address)
    other = indexes.manifest(bench.address).passages
    with pytest.raises(IndexMismatch, match="built with the model toy, but other is asked for"):
        builds.build(
            bench.address,
            lambda index, **options: pytest.fail("it built"),
            cache=bench.cache,
            check=lambda manifest: check_fit(manifest, bench.address, "other", other),
        )
    assert indexes.pointer(bench.address) == pointer


def test_the_folder_of_an_index_on_a_server_is_in_the_cache(bench: Bench) -> None:
    from retrieval import builds

    bench.build()
    copy = builds.folder_of(bench.address, bench.cache)
    assert bench.cache in copy.parents
    assert indexes.manifest(copy) == indexes.manifest(bench.address)
    assert builds.folder_of(copy, bench.cache) == copy


def test_before_the_first_build_there_is_no_index(bench: Bench) -> None:
    with pytest.raises(IndexNotFound, match=r"^There is no index at milvus://127\.0\.0\.1:"):
        indexes.current(bench.address)
    assert not indexes.exists(bench.address)
