"""`quoth migrate` over what former releases wrote.

tests/bot/data has what their code made of one short article at /srv/former/articles and two questions in Discord: the
indexes of formats 6 and 7, zipped; the bot's database of version 9, as SQL; and the settings file of that time.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from bot.chat_log.tables import TABLES
from bot.settings import load
from retrieval.index.manifest import FORMAT
from retrieval.sealed import seal_lines
from tests.bot.conftest import Cli

DATA = Path(__file__).parents[1] / "data"
ARTICLE = "# The harbour\n\nThe lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira.\n"


@pytest.fixture(params=[6, 7])
def former_index(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index that a former release wrote, whose articles are gone."""
    with zipfile.ZipFile(DATA / f"index-of-format-{request.param}.zip") as packed:
        packed.extractall(tmp_path)
    monkeypatch.setenv("QUOTH_INDEX_PATH", str(tmp_path / "index"))
    monkeypatch.setenv("QUOTH_DISCORD_STORE", str(tmp_path / "chat.db"))
    return tmp_path / "index"


@pytest.fixture
def former_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bot's database as a former release wrote it."""
    store = tmp_path / "chat.db"
    with closing(sqlite3.connect(store)) as connection:
        connection.executescript((DATA / "chat-of-version-9.sql").read_text("utf-8"))
    monkeypatch.setenv("QUOTH_DISCORD_STORE", str(store))
    return store


def put_articles(index: Path, corpus: Path) -> None:
    """Have the index's articles lie in a folder that exists."""
    corpus.mkdir()
    (corpus / "harbour.md").write_text(ARTICLE)
    file = index / "generations" / "000001" / "manifest.json"
    file.write_text(file.read_text("utf-8").replace("/srv/former/articles", str(corpus)), "utf-8")
    (index / "CURRENT").write_bytes(seal_lines([f"000001 {hashlib.sha256(file.read_bytes()).hexdigest()}"]))


def test_an_index_of_an_older_format_is_built_again_from_its_articles(
    empty_cli: Cli, former_index: Path, tmp_path: Path
) -> None:
    put_articles(former_index, tmp_path / "articles")
    assert empty_cli("ask", "Who built the lighthouse?").status == 2
    before = (former_index / "CURRENT").read_bytes()
    plan = empty_cli("migrate", "--dry-run")
    assert plan.status == 0
    assert f"/{FORMAT}" not in plan.err
    assert f": it is built again from {tmp_path / 'articles'}.\nNothing was changed.\n" in plan.out
    assert (former_index / "CURRENT").read_bytes() == before
    ran = empty_cli("migrate")
    assert ran.status == 0, ran.err
    assert ran.out.endswith(f"Built {former_index} again: 1 article, 1 passage, 1 sentence.\n")
    assert sorted(os.listdir(former_index / "generations")) == ["000001", "000002"]
    answer = empty_cli("ask", "Who built the lighthouse?")
    assert (answer.status, "Marta Oliveira" in answer.out) == (0, True)
    assert empty_cli("migrate").out == "Settings, database and index are of this version.\n"


def test_a_generation_of_an_older_format_goes_whole_once_it_is_not_kept(
    empty_cli: Cli, former_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_articles(former_index, tmp_path / "articles")
    monkeypatch.setenv("QUOTH_INDEX_KEEP", "0")
    assert empty_cli("migrate").status == 0
    assert os.listdir(former_index / "generations") == ["000002"]


def test_an_index_without_its_articles_is_left_and_said(empty_cli: Cli, former_index: Path) -> None:
    ran = empty_cli("migrate")
    assert ran.status == 2
    assert (
        "but its articles are no longer at /srv/former/articles: say where they are with `quoth index FOLDER" in ran.out
    )
    assert os.listdir(former_index / "generations") == ["000001"]


def test_a_database_of_a_former_release_is_brought_up_after_a_backup(
    empty_cli: Cli, former_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_INDEX_PATH", str(tmp_path / "none"))
    plan = empty_cli("migrate", "--dry-run")
    newest = len(TABLES)
    assert plan.out == (
        f"Database {former_store}: version 9 becomes {newest}, after a backup; the bot has to be stopped.\n"
        "Nothing was changed.\n"
    )
    assert version(former_store) == 9
    with closing(sqlite3.connect(former_store)) as running:
        running.execute("PRAGMA journal_mode = WAL")
        running.execute("BEGIN IMMEDIATE")
        refused = empty_cli("migrate")
        assert (refused.status, "is in use: stop the bot first" in refused.err) == (2, True)
    ran = empty_cli("migrate")
    (copy,) = tmp_path.glob("chat-replaced-*.db")
    assert (ran.status, str(copy) in ran.out) == (0, True)
    assert (version(copy), version(former_store)) == (9, newest)
    with closing(sqlite3.connect(former_store)) as connection:
        questions = connection.execute("SELECT question, within FROM answers ORDER BY id").fetchall()
    assert questions == [("Who built the lighthouse?", None), ("Who counted the nets?", None)]


def version(store: Path) -> int:
    with closing(sqlite3.connect(store)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_a_settings_file_of_a_former_release_is_read(tmp_path: Path) -> None:
    assert load(DATA / "former-settings.toml").index.path == DATA / ".quoth" / "index"


def test_a_settings_file_is_changed_beside_a_copy(
    empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_INDEX_PATH", str(tmp_path / "none"))
    file = tmp_path / "quoth.toml"
    file.write_text("# mine\n[answer]\nalike = 92.0\ntop = 2\n")
    assert empty_cli("status", "--config", file).status == 2
    plan = empty_cli("migrate", "--dry-run", "--config", file)
    assert plan.out == (
        f"Settings {file}: answer.alike no longer exists, and becomes a comment.\nNothing was changed.\n"
    )
    ran = empty_cli("migrate", "--config", file)
    (copy,) = tmp_path.glob("quoth.toml.before-*")
    assert (ran.status, ran.out.endswith(f"Changed {file}; the former one is {copy}.\n")) == (0, True)
    assert copy.read_text() == "# mine\n[answer]\nalike = 92.0\ntop = 2\n"
    assert file.read_text() == "# mine\n[answer]\n# alike = 92.0\ntop = 2\n"
    assert load(file).answer.top == 2
