"""`quoth doctor`: what it says of a quoth that is well, and of everything that is not."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.bot.conftest import Cli, write_corpus

TOKEN = "MTEyMjMzNDQ1NTY2Nzc4ODk5.GAbCdE.abcdefghijklmnopqrstuvwxyz0123456789AB"
ROW = re.compile(r"^(ok|warning|problem) +(\S+) +(.+)$", re.MULTILINE)


def rows(out: str) -> dict[str, tuple[str, str]]:
    """Each check, how bad it is and what is said of it."""
    return {check: (state, text) for state, check, text in ROW.findall(out)}


def test_all_is_well_over_a_good_index(cli: Cli, index: Path, corpus: Path) -> None:
    ran = cli("doctor")
    by_check = rows(ran.out)
    assert (ran.status, ran.err) == (0, "")
    assert {state for state, _ in by_check.values()} == {"ok"}, ran.out
    assert list(by_check) == [
        *("quoth", "python", "settings", "articles", "index", "encoder", "reader", "extras", "disk", "database"),
        "token",
    ]
    assert by_check["articles"][1] == f"{corpus}, 6 files."
    assert by_check["index"][1].startswith(f"{index}, 5 articles, 5 passages, 9 sentences; ")
    assert ran.out.endswith("\n\nAll is well.\n")


def test_the_defaults_of_a_folder_are_no_article(
    empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.md", "_quoth.toml", ".hidden.md"):
        (tmp_path / name).write_text("")
    monkeypatch.setenv("QUOTH_CORPUS_PATH", str(tmp_path))
    assert rows(empty_cli("doctor").out)["articles"][1] == f"{tmp_path}, 1 file."


def test_json_has_the_same(cli: Cli) -> None:
    ran = cli("doctor", "--json")
    report = json.loads(ran.out)
    assert (ran.status, report["healthy"], ran.out.count("\n")) == (0, True, 1)
    assert [(check["check"], (check["state"], check["text"])) for check in report["checks"]] == list(
        rows(cli("doctor").out).items()
    )


def test_a_mistake_in_the_settings_is_a_problem_and_the_rest_is_still_checked(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quoth.toml").write_text("[answer]\ntop = 0\n")
    monkeypatch.chdir(tmp_path)
    ran = cli("doctor")
    assert (ran.status, rows(ran.out)["settings"]) == (
        1,
        (
            "problem",
            f"The setting answer.top = 0 in {tmp_path / 'quoth.toml'} is not valid: it must be a whole number from "
            "1 to 100.",
        ),
    )
    assert rows(ran.out)["python"][0] == "ok"
    assert ran.out.endswith("\n\n1 problem.\n")


def test_an_index_that_is_not_there_yet_is_built_later(empty_cli: Cli, tmp_path: Path) -> None:
    """Where the settings name another place than the usual one, no question builds it."""
    ran = empty_cli("doctor", "--index", tmp_path / "none")
    assert (ran.status, rows(ran.out)["index"][0]) == (1, "problem")
    assert rows(ran.out)["index"][1].startswith(
        f"There is no index at {tmp_path / 'none'}: build one with `quoth index"
    )


def test_a_usual_index_that_is_not_there_is_a_warning(
    empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.settings.HOME", tmp_path)
    monkeypatch.setenv("QUOTH_CORPUS_PATH", str(write_corpus(tmp_path / "articles")))
    ran = empty_cli("doctor")
    assert (ran.status, rows(ran.out)["index"]) == (
        0,
        (
            "warning",
            f"none yet at {Path(os.environ['XDG_DATA_HOME'], 'quoth', 'index')}: `quoth index` builds it, "
            "and so does the first question.",
        ),
    )


def test_damage_other_settings_and_changed_articles_are_told(
    empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, index = write_corpus(tmp_path / "articles"), tmp_path / "index"
    empty_cli("index", folder, "--index", index)
    (folder / "new.txt").write_text("A new article is here today.\n")
    ran = empty_cli("doctor", "--index", index)
    assert (ran.status, rows(ran.out)["index"][0]) == (0, "warning")
    assert f"The articles are changed since; `quoth index {folder} --index {index}` brings it in." in ran.out
    monkeypatch.setenv("QUOTH_INDEX_MAX_PIECES", "100")
    ran = empty_cli("doctor", "--index", index)
    assert (ran.status, rows(ran.out)["index"][0]) == (1, "problem")
    assert "max_pieces=200, title=true, but max_pieces=100, title=true is asked for" in ran.out
    monkeypatch.delenv("QUOTH_INDEX_MAX_PIECES")
    shutil.rmtree(folder)
    assert rows(empty_cli("doctor", "--index", index).out)["articles"][0] == "warning"
    texts = index / "generations" / "000001" / "texts.bin"
    texts.write_bytes(texts.read_bytes().swapcase())
    ran = empty_cli("doctor", "--index", index)
    assert (ran.status, rows(ran.out)["index"][0]) == (1, "problem")
    assert f"DAMAGED. The index file {texts} is damaged (its checksum differs)" in ran.out


def test_articles_that_are_not_there_are_a_problem(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_CORPUS_PATH", str(tmp_path / "none"))
    ran = cli("doctor", "--index", tmp_path / "ix")
    assert (ran.status, rows(ran.out)["articles"]) == (
        1,
        ("problem", f"There is no corpus at {tmp_path / 'none'}: name an existing folder or file of articles."),
    )
    (tmp_path / "none").mkdir()
    assert "holds no file: add articles" in rows(cli("doctor", "--index", tmp_path / "ix").out)["articles"][1]


def test_a_reader_and_a_reranker_that_are_not_there_are_problems(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_ANSWER_READER", str(tmp_path / "reader"))
    monkeypatch.setenv("QUOTH_ANSWER_RERANKER", str(tmp_path / "reranker"))
    ran = cli("doctor")
    assert ran.status == 1
    assert rows(ran.out)["reader"][0] == rows(ran.out)["reranker"][0] == "problem"
    assert f"The reader in {tmp_path / 'reader'} cannot be used" in ran.out


def test_the_database_is_looked_into(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "chat.db"
    monkeypatch.setenv("QUOTH_DISCORD_STORE", str(file))
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE other (x)")
    connection.commit()
    connection.close()
    assert rows(cli("doctor").out)["database"] == (
        "problem",
        f"The Discord bot's database {file} is a database of another program: name another file.",
    )
    file.write_bytes(b"no database at all, but long enough to be looked at as one" * 20)
    ran = cli("doctor")
    assert (ran.status, rows(ran.out)["database"][0]) == (1, "problem")
    assert "file is not a database" in rows(ran.out)["database"][1]


def test_the_token_is_told_by_its_shape_and_never_shown(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_DISCORD_TOKEN", TOKEN)
    ran = cli("doctor")
    assert rows(ran.out)["token"][0] == "ok"
    monkeypatch.setenv("QUOTH_DISCORD_TOKEN", "my-secret-of-another-shape")
    odd = cli("doctor", "--json")
    monkeypatch.delenv("QUOTH_DISCORD_TOKEN")
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o644)
    monkeypatch.setenv("QUOTH_DISCORD_TOKEN_FILE", str(file))
    readable = cli("doctor")
    assert "others on this machine may read the file that token_file names: `chmod 600` it." in readable.out
    file.chmod(0o600)
    assert "others" not in cli("doctor").out
    file.unlink()
    gone = cli("doctor")
    assert (gone.status, rows(gone.out)["token"][0]) == (1, "problem")
    everything = "".join(each.out + each.err for each in (ran, odd, readable, gone))
    assert "does not look like a bot's token" in odd.out
    assert not any(part in everything for part in (TOKEN, TOKEN.rpartition(".")[2], "my-secret", str(file)))


def test_little_disk_space_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    for free, status, state in ((10_000_000, 1, "problem"), (500_000_000, 0, "warning")):
        monkeypatch.setattr("shutil.disk_usage", lambda _, free=free: usage._replace(free=free))
        ran = cli("doctor")
        assert (ran.status, rows(ran.out)["disk"][0]) == (status, state)


def test_a_folder_that_may_not_be_written_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    ran = cli("doctor")
    assert (ran.status, rows(ran.out)["disk"][0], rows(ran.out)["database"][0]) == (1, "warning", "problem")


def test_discord_that_cannot_be_reached_is_a_problem(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("QUOTH_DISCORD_API_URL", "http://127.0.0.1:9/api/v10")
    ran = cli("doctor", "--online")
    assert (ran.status, rows(ran.out)["discord"][0]) == (1, "problem")
    assert "Discord cannot be reached at http://127.0.0.1:9/api/v10 (" in ran.out
