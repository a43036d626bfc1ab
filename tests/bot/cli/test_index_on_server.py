"""The command line over an index on a server: indexed, asked, looked after, and what is said where it is gone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.conftest import Cli
from tests.milvus_server import MilvusServer, require_lite

ROOT = Path(__file__).resolve().parents[3]
QUESTION = "Who built the lighthouse of Porto Vell?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    require_lite()
    running = MilvusServer(tmp_path_factory.mktemp("milvus") / "data.db")
    yield running
    running.stop()


@pytest.fixture
def on_server(empty_cli: Cli, server: MilvusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("QUOTH_INDEX_PATH", str(server.index("cli")))
    monkeypatch.setenv("QUOTH_MILVUS_TIMEOUT", "5")
    return empty_cli


def test_an_index_is_built_asked_and_checked(
    on_server: Cli, cli: Cli, server: MilvusServer, corpus: Path, index: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("QUOTH_MODEL_CACHE", str(tmp_path / "models"))
    address = str(server.index("cli"))
    missing = on_server("ask", QUESTION, "--index", address)
    assert missing.status == 2
    assert (
        missing.err
        == f"quoth: There is no index at {address}: build one with `quoth index FOLDER --index {address}`.\n"
    )
    built = on_server("index", corpus, "--index", address)
    assert "time          0.0 s" not in built.out, "what is sent counts, too"
    assert (built.status, f"index         {address}\n" in built.out) == (0, True), built.err
    assert "Nothing to do: the index is up to date" in on_server("index", corpus, "--index", address).out
    asked = [json.loads(on_server("ask", QUESTION, "--json", "--index", place).out) for place in (address, index)]
    for answer in asked:
        del answer["elapsed_ms"]
    assert asked[0] == asked[1]
    ref = asked[0]["quotes"][0]["citation"]["ref"]
    assert "1874" in on_server("show", ref, "--index", address).out
    assert on_server("verify", "It stands forty metres above the sea.", "--index", address).out.startswith("Verbatim")
    assert "lighthouse" in on_server("search", "lighthouse", "--index", address).out
    status = json.loads(on_server("status", "--json", "--index", address).out)
    assert (status["index"], status["generation"], status["healthy"]) == (address, 1, True)
    assert f"the copy that {address} is built in; stays" in on_server("gc", "--dry-run", "--index", address).out
    assert "migrate" not in on_server("migrate").err


@pytest.mark.parametrize(
    "command", [("ask", QUESTION), ("status",), ("index", "seeds/articles"), ("show", "a@0123456789ab#0-1")]
)
def test_a_server_that_is_gone_is_one_sentence(empty_cli: Cli, command: tuple[str, ...]) -> None:
    require_lite()
    ran = empty_cli(*command, "--index", "milvus://127.0.0.1:1/docs")
    assert ran.status == 2
    assert ran.err == (
        "quoth: The index milvus://127.0.0.1:1/docs cannot be reached, since the Milvus server at 127.0.0.1:1 does not "
        "answer (no connection): start it, or name another index with --index.\n"
    )


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (("ask", QUESTION, "--index", "milvus://h/1st"), "The setting --index = 'milvus://h/1st' on the command line"),
        (
            ("ask", QUESTION, "--index", "milvus://x.db/n"),
            "The setting --index = 'milvus://x.db/n' on the command line",
        ),
        (("status", "--index", "milvus:///h/n"), "is not valid: it must name a file that ends in .db, as milvus:///"),
        (("status", "--index", "s3://bucket"), "is not valid: it must be milvus://HOST:19530/NAME"),
        (("index", "milvus://h/x"), "There is no corpus at milvus://h/x: name an existing folder or file of articles."),
    ],
)
def test_an_address_is_repeated_as_it_was_typed(empty_cli: Cli, command: tuple[str, ...], fault: str) -> None:
    ran = empty_cli(*command)
    assert (ran.status, fault in ran.err) == (2, True), ran.err


@pytest.mark.parametrize(
    ("address", "remedy"),
    [
        ("milvus://root:hunter2@h/x", "QUOTH_MILVUS_TOKEN"),
        ("milvus:///root:hunter2@h/x", "QUOTH_MILVUS_TOKEN"),
        ("milvus://root:hunter2@x.db", "QUOTH_MILVUS_TOKEN"),
        ("postgresql://u:hunter2@h/x", "it must be milvus://HOST:19530/NAME"),
        ("postgres://u:hunter2@h", "it must be milvus://HOST:19530/NAME"),
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_printed(
    empty_cli: Cli, address: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (("ask", QUESTION), ("index", "."), ("status",)):
        ran = empty_cli(*command, "--index", address)
        assert (ran.status, remedy in ran.err) == (2, True), ran.err
        assert "hunter2" not in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("empty_cli")
def test_milvus_lite_has_nothing_to_say_about_its_health(corpus: Path, tmp_path: Path) -> None:
    """Processes of their own: what pymilvus logs depends on when it is imported, and on what the last one closed."""
    require_lite()

    def errors(*command: str | Path) -> str:
        program = [sys.executable, "-m", "bot", *map(str, command)]
        return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stderr

    first, second = (f"milvus://{tmp_path}/x.db/{name}" for name in ("first", "second"))
    built = [errors("index", corpus, "--index", address) for address in (first, second)]
    asked = [errors("ask", QUESTION, "--index", first) for _ in range(2)]
    assert "MilvusException" not in "".join((*built, *asked, errors("status", "--index", first)))
    assert asked == ["", ""]
