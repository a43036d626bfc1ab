"""Servers that are gone, slow or old, and indexes that are not whole: one clear sentence each."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from retrieval import indexes
from retrieval.answering import calibration
from retrieval.errors import (
    ExtraMissing,
    IndexDamaged,
    IndexNotFound,
    IndexUnreachable,
    InputInvalid,
    NotAnIndex,
    ServerLacks,
    ServerOutdated,
)
from retrieval.index_address import index_at
from retrieval.milvus import access, catalogue, record_store
from retrieval.milvus.layout import block_key, index_records, new_collections
from retrieval.milvus.server import CollectionMissing, Server
from tests.milvus_server import MilvusServer, build_on_server, name_for, require_lite
from tests.retrieval.milvus.conftest import Places
from tests.toy import write_corpus


@pytest.fixture
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access._InForce, "limits", access.Limits(timeout=0.5, retries=0))


@pytest.fixture
def silent() -> Iterator[int]:
    """A port on which somebody listens and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.usefixtures("briefly", "server")
def test_a_server_that_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(IndexUnreachable) as error:
        indexes.current(index_at(Path(f"milvus://127.0.0.1:{port}/docs")))
    assert str(error.value) == (
        f"The index milvus://127.0.0.1:{port}/docs cannot be reached, since the Milvus server at 127.0.0.1:{port} does "
        "not answer (no connection): start it, or name another index."
    )


@pytest.mark.usefixtures("briefly", "server", "no_waiting")
def test_a_server_that_never_answers(silent: int) -> None:
    with pytest.raises(IndexUnreachable, match=rf"the Milvus server at 127\.0\.0\.1:{silent} does not answer \("):
        indexes.current(index_at(Path(f"milvus://127.0.0.1:{silent}/docs")))


def test_a_token_is_in_no_sentence(silent: int, server: MilvusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access._InForce, "limits", access.Limits(timeout=0.5, retries=0))
    monkeypatch.setattr(access._InForce, "token", lambda: "root:milvus-secret")
    unanswered = Server(index_at(Path(f"milvus://127.0.0.1:{silent}/docs")))
    for message in ("rejected root:milvus-secret", "rejected milvus-secret", f"{'long ' * 38}root:milvus-secret"):
        assert "milvus" not in unanswered._unreachable(message).reason
    with pytest.raises(IndexUnreachable) as error:
        unanswered.collections()
    assert "milvus-secret" not in str(error.value)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("node not found[node=4]", "node not found[node=4]"),
        ("channel not found[channel=by-dev_0]", "channel not found[channel=by-dev_0]"),
        ("StatusCode.UNAUTHENTICATED", "it wants a token, or another one"),
        ("auth check failure, please check api key is correct", "it wants a token, or another one"),
        ("PrivilegeInsert: permission deny", "it wants a token, or another one"),
        ("Received UNIMPLEMENTED from server. Please first verify", "it is no Milvus server, or none that quoth knows"),
        ("service not ready[standalone=1]: Abnormal", "it is starting, or out of order"),
        ("unknown tokenizer of the author", "unknown tokenizer of the author"),
    ],
)
def test_what_a_server_says_is_no_collection_that_is_gone(server: MilvusServer, message: str, reason: str) -> None:
    from pymilvus.exceptions import MilvusException

    with pytest.raises(IndexUnreachable) as error, Server(server.index())._errors():
        raise MilvusException(message=message)
    assert error.value.reason.startswith(reason)


def test_a_server_that_wants_a_token_before_it_lets_anybody_connect(server: MilvusServer) -> None:
    from grpc import RpcError, StatusCode
    from pymilvus.exceptions import MilvusException

    class Refused(RpcError):  # type: ignore[misc]
        def code(self) -> StatusCode:
            return StatusCode.UNAUTHENTICATED

    with pytest.raises(IndexUnreachable, match="it wants a token, or another one"), Server(server.index())._errors():
        raise MilvusException(message="illegal connection params or server unavailable") from Refused()


def test_a_server_that_refuses_is_not_said_to_be_silent(server: MilvusServer) -> None:
    for message, fault in (
        ("quota exceeded", "refuses a request (quota exceeded): look into its log, or name another index."),
        (
            "UNAUTHENTICATED",
            "refuses a request (it wants a token, or another one): put the right one into QUOTH_MILVUS_",
        ),
    ):
        error = Server(server.index())._unreachable(message)
        assert fault in str(error)
        assert "does not answer" not in str(error)


@pytest.mark.usefixtures("briefly", "server")
def test_a_connection_that_cannot_be_encrypted(tmp_path: Path) -> None:
    """A process of its own: what gRPC logs goes past Python's standard error."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=answer_in_plain_text, args=(listening,), daemon=True).start()
        index = f"milvus+tls://127.0.0.1:{listening.getsockname()[1]}/docs"
        code = f"""
from pathlib import Path
from retrieval import indexes
from retrieval.index_address import index_at
from retrieval.milvus import access
access.use(access.Limits(timeout=5, retries=0), str)
try:
    indexes.current(index_at(Path({index!r})))
except Exception as error:
    print(error)
"""
        process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "(no connection, or none that is encrypted with a certificate that this machine trusts)" in process.stdout
    assert process.stderr == ""


def answer_in_plain_text(listening: socket.socket) -> None:
    with suppress(OSError):
        while True:
            with listening.accept()[0] as connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_row_that_a_replica_does_not_know_yet_is_asked_for_again(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    from pymilvus import MilvusClient

    get, levels = MilvusClient.get, list[str]()

    def lagging(self: MilvusClient, *arguments: object, consistency_level: str = "", **options: object) -> object:
        levels.append(consistency_level)
        return get(self, *arguments, **options) if consistency_level == "Strong" else []

    generation = indexes.current(own.address)
    monkeypatch.setattr(MilvusClient, "get", lagging)
    assert generation.article(0).id == "bridge"
    assert levels[:2] == ["", "Strong"]


@pytest.mark.parametrize(
    "message",
    [
        "collection not found[database=default][collection=docs]",
        "can't find collection[database=default][collection=docs]",
        "alias not found[database=default][alias=docs]",
        "alias 'docs' does not exist",
    ],
)
def test_a_collection_or_an_alias_that_is_gone(server: MilvusServer, message: str) -> None:
    from pymilvus.exceptions import MilvusException

    with pytest.raises(CollectionMissing), Server(server.index())._errors():
        raise MilvusException(message=message)


@pytest.mark.parametrize("version", ["v2.4.9", "2.5.0-dev"])
def test_a_server_that_is_too_old(places: Places, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pymilvus.MilvusClient.get_server_version", lambda self, timeout: version)
    with pytest.raises(ServerOutdated, match=rf"has version {version}, and quoth needs 2\.6 or newer: update"):
        indexes.current(places.address)


def test_a_server_of_today(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pymilvus.MilvusClient.get_server_version", lambda self, timeout: "v2.6.1")
    assert len(indexes.current(places.address)) == 6


def test_a_server_that_stops_and_comes_back(tmp_path: Path) -> None:
    server = MilvusServer(tmp_path / "data.db")
    build_on_server(write_corpus(tmp_path / "articles"), server.index(), tmp_path / "cache")
    generation = indexes.current(server.index())
    server.stop()
    with pytest.raises(IndexUnreachable):
        generation.article(0)
    server.start()
    try:
        assert generation.article(0).id == "bridge"
    finally:
        server.stop()


def test_asking_an_index_that_is_not_there_makes_nothing(tmp_path: Path) -> None:
    require_lite()
    for file in (tmp_path / "x.db", tmp_path / "away" / "x.db"):
        address = index_at(Path(f"milvus://{file}"))
        for ask in (indexes.current, indexes.listed, indexes.manifest):
            with pytest.raises(IndexNotFound, match=r"^There is no index at milvus:///.*x\.db: build one"):
                ask(address)
        assert not indexes.exists(address)
    assert list(tmp_path.iterdir()) == []


def test_a_build_makes_the_folders_above_its_file(tmp_path: Path) -> None:
    require_lite()
    address = index_at(Path(f"milvus://{tmp_path}/new/folder/x.db"))
    build_on_server(write_corpus(tmp_path / "articles"), address, tmp_path / "cache")
    assert len(indexes.current(address)) == 6


def lite(file: Path) -> Path:
    """Return the address of an index in Milvus Lite."""
    require_lite()
    return index_at(f"milvus://{file}")


def test_a_file_that_another_process_has_open(tmp_path: Path) -> None:
    address = lite(tmp_path / "x.db")
    from milvus_lite import MilvusLite

    with MilvusLite(str(tmp_path / "x.db")), pytest.raises(IndexUnreachable) as error:
        indexes.current(address)
    assert str(error.value) == (
        f"The index {address} cannot be used, since Milvus Lite in {tmp_path}/x.db refuses a request (another process "
        "has it open): end the other process, or name another index."
    )


def test_a_file_that_is_not_of_milvus_lite(tmp_path: Path) -> None:
    address = lite(tmp_path / "x.db")
    (tmp_path / "x.db").write_text("something else")
    with pytest.raises(IndexUnreachable, match=r"\(File exists\): move x\.db away and build the index again, or name"):
        indexes.current(address)
    assert (tmp_path / "x.db").read_text() == "something else"


def test_a_file_that_is_damaged(tmp_path: Path) -> None:
    address = lite(tmp_path / "x.db")
    from milvus_lite import MilvusLite

    MilvusLite(str(tmp_path / "x.db")).close()
    (tmp_path / "x.db" / "aliases.json").write_text("nonsense")
    with pytest.raises(IndexUnreachable, match=r"x\.db away and build the index again, or name another index\.$"):
        indexes.current(address)


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("[Errno 13] Permission denied: '/srv/x.db/LOCK'", "let this user write there"),
        ("[Errno 28] No space left on device", "free some space there"),
        ("deadline exceeded", "try again when this machine has less to do"),
        ("failed to connect", "try again"),
        ("both manifest.json and manifest.json.prev failed to load", "move x.db away and build the index again"),
    ],
)
def test_what_helps_in_milvus_lite_is_never_to_start_it(message: str, remedy: str) -> None:
    error = Server(lite(Path("/srv/x.db")))._unreachable(message)
    assert f"): {remedy}" in str(error)
    assert "start it" not in str(error)
    assert "its log" not in str(error)
    assert "QUOTH_MILVUS_TOKEN" not in str(error)


def test_the_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.extras.find_spec", lambda package: None)
    with pytest.raises(ExtraMissing, match="needs the extra 'scale'"):
        indexes.current(index_at(Path("milvus://localhost/docs")))


class Own:
    """An index of a test's own."""

    def __init__(self, server: MilvusServer, home: Path, name: str) -> None:
        self.address = server.index(name)
        build_on_server(write_corpus(home / "articles"), self.address, home / "cache")
        self.server = Server(self.address)
        self.collections = catalogue.current(self.server).collections


@pytest.fixture
def own(server: MilvusServer, tmp_path: Path, request: pytest.FixtureRequest) -> Own:
    return Own(server, tmp_path, name_for(request))


def test_an_index_that_is_half_built(own: Own) -> None:
    half = new_collections(own.server.address.name, 7)
    record_store.create(own.server, half.passages)
    own.server.point(own.server.address.name, half.passages)
    with pytest.raises(IndexDamaged, match=r"manifest\.json is damaged \(it is gone, or was never written\)"):
        indexes.current(own.address)


def test_a_name_that_is_somebody_elses(own: Own) -> None:
    record_store.create(own.server, "recipes")
    own.server.point("dinner", "recipes")
    index = own.address.parent / "dinner"
    with pytest.raises(
        NotAnIndex,
        match="dinner is an alias of recipes, a collection that this quoth did not make, so no index can be built "
        r"there: name another index\.$",
    ):
        indexes.current(index)


def overwrite(own: Own, name: str, value: str) -> None:
    row = {"key": f"{block_key(name, 0)}/0", "value": value, "unused": [0.0, 0.0]}
    own.server.upsert(own.collections.files, [row])


@pytest.mark.parametrize("value", ["1:0123456789abcdef=AAAA", "nonsense", "2:0123456789abcdef=AAAA", ""])
def test_a_block_that_was_changed(own: Own, value: str) -> None:
    overwrite(own, "texts.bin", value)
    generation = indexes.current(own.address)
    with pytest.raises(IndexDamaged, match=r"texts\.bin is damaged"):
        generation.article(0)
    with pytest.raises(IndexDamaged):
        list(generation.verify())


def test_a_passage_that_is_gone(own: Own) -> None:
    own.server._do(lambda client: client.delete(own.collections.passages, ids=[0]))
    with pytest.raises(IndexDamaged, match="passage 0 is gone"):
        indexes.current(own.address).bits(0)


def test_a_generation_that_was_removed_meanwhile(own: Own) -> None:
    generation = indexes.current(own.address)
    catalogue.drop(own.server, own.collections)
    with pytest.raises(IndexDamaged, match="its generation was removed"):
        generation.bits(0)
    with pytest.raises(IndexDamaged, match="its generation was removed"):
        generation.article(3)


def test_a_calibration_lies_on_the_server(own: Own) -> None:
    from tests.bot.answering.test_service import calibrated

    assert calibration.read(own.address) is None
    fitted = calibrated(0.7, 0.5)
    calibration.write(own.address, fitted)
    assert calibration.read(own.address) == fitted
    calibration.write(own.address, calibrated(0.7, 0.6))
    changed = calibration.read(own.address)
    assert changed is not None
    assert changed.threshold == 0.6
    assert calibration.remove(own.address)
    assert calibration.read(own.address) is None
    assert not calibration.remove(own.address)


def test_a_calibration_that_cannot_be_read(own: Own) -> None:
    indexes.write_beside(own.address, calibration.FILE, b"what is this")
    with pytest.raises(InputInvalid, match=r"calibration\.json is damaged"):
        calibration.read(own.address)


def test_a_calibration_that_is_damaged_can_be_removed(own: Own) -> None:
    indexes.write_beside(own.address, calibration.FILE, b"{}")
    row = {"key": f"{calibration.FILE}/0", "value": "nonsense", "unused": [0.0, 0.0]}
    own.server.upsert(index_records(own.server.address.name), [row])
    with pytest.raises(IndexDamaged):
        calibration.read(own.address)
    assert calibration.remove(own.address)
    assert calibration.read(own.address) is None


def test_a_tuned_reader_is_kept_in_folders_alone(own: Own, tmp_path: Path) -> None:
    from retrieval.answering import tuned_reader

    with pytest.raises(ServerLacks, match="A tuned reader is not for the index milvus://"):
        tuned_reader.write(own.address, tmp_path)
    assert tuned_reader.read(own.address) is None


def test_pymilvus_logs_nothing_of_its_own(places: Places, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(IndexNotFound):
        indexes.current(places.address.parent / "nowhere")
    assert capfd.readouterr().err == ""


def test_nothing_of_a_server_is_imported_for_an_index_in_a_folder(places: Places) -> None:
    code = (
        "import sys; from pathlib import Path; from retrieval import indexes;"
        f"indexes.current(Path({str(places.folder)!r}));"
        "print([name for name in sys.modules if 'milvus' in name or name == 'grpc'])"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "[]"
