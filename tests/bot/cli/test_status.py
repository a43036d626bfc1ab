"""`quoth status`: what it says of indexes that are whole, damaged, or not to be read."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retrieval.index.generation import Generation
from tests.bot.conftest import Cli, write_corpus


def test_status_checks_everything(cli: Cli, index: Path) -> None:
    ran = cli("status")
    status = json.loads(cli("status", "--json").out)
    assert (ran.status, status["healthy"], status["damage"], status["generation"]) == (0, True, None, 1)
    assert (status["articles"], status["model"]["name"]) == (5, "all-MiniLM-L6-v2")
    assert status["corpus"]["state"] == "unchanged"
    rows = dict(re.findall(r"^(\w[\w ]*?)  +(.*)$", ran.out, re.MULTILINE))
    assert rows["health"] == f"good: {len(Generation.current(index).manifest.files)} checksums are right"


def test_status_finds_damage_and_a_changed_corpus(empty_cli: Cli, tmp_path: Path) -> None:
    folder, index = write_corpus(tmp_path / "articles"), tmp_path / "index"
    empty_cli("index", folder, "--index", index)
    (folder / "new.txt").write_text("A new article is here today.\n")
    assert json.loads(empty_cli("status", "--index", index, "--json").out)["corpus"]["state"].startswith(
        "changed since"
    )
    texts = index / "generations" / "000001" / "texts.bin"
    raw = bytearray(texts.read_bytes())
    raw[10] ^= 1
    texts.write_bytes(raw)
    ran = empty_cli("status", "--index", index)
    assert ran.status == 2
    assert re.search(r"^health +DAMAGED\. The index file \S+texts\.bin is damaged", ran.out, re.MULTILINE)
    texts.write_bytes(raw[:-1])
    again = empty_cli("status", "--index", index, "--json")
    assert (again.status, json.loads(again.out)["healthy"]) == (2, False)


def rebuilt(cli: Cli, tmp_path: Path, times: int = 2) -> Path:
    """An index that was built so often, each time of another corpus, and keeps two former generations."""
    folder, index = write_corpus(tmp_path / "articles"), tmp_path / "index"
    for number in range(times):
        (folder / "new.txt").write_text(f"Article number {number} is here today.\n")
        assert cli("index", folder, "--index", index).status == 0
    return index


def test_status_checks_every_generation_that_is_kept(
    empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_INDEX_KEEP", "2")
    index = rebuilt(empty_cli, tmp_path, 4)
    ran, status = empty_cli("status", "--index", index), json.loads(empty_cli("status", "--index", index, "--json").out)
    assert ran.status == 0
    assert [(former["generation"], former["healthy"]) for former in status["former"]] == [(3, True), (2, True)]
    count = len(Generation.current(index).manifest.files)
    row = r" +00000{}, built \S+, [\d,]+ bytes, replaced \S+\n +good: {} checksums are right\n"
    assert re.search(rf"^former{row.format(3, count)}{row.format(2, count)}settings ", ran.out, re.MULTILINE)
    texts = index / "generations" / "000002" / "texts.bin"
    texts.write_bytes(texts.read_bytes().swapcase())
    ran, status = empty_cli("status", "--index", index), json.loads(empty_cli("status", "--index", index, "--json").out)
    assert (ran.status, status["healthy"], status["damage"]) == (2, False, None)
    assert [former["healthy"] for former in status["former"]] == [True, False]
    assert f"DAMAGED. The index file {texts} is damaged (its checksum differs)" in " ".join(ran.out.split())
    assert "--rebuild" not in ran.out, "a former generation is not built again"
    shutil.rmtree(texts.parent)
    assert empty_cli("status", "--index", index).status == 2
    assert empty_cli("index", tmp_path / "articles", "--index", index).out.startswith("Nothing to do")
    status = json.loads(empty_cli("status", "--index", index, "--json").out)
    assert (status["healthy"], [former["generation"] for former in status["former"]]) == (True, [3])


def test_status_tells_a_generation_that_was_removed_from_a_damaged_one(
    empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_INDEX_KEEP", "2")
    index = rebuilt(empty_cli, tmp_path, 3)
    folder = index / "generations" / "000001"
    shutil.rmtree(folder)
    ran, status = empty_cli("status", "--index", index), json.loads(empty_cli("status", "--index", index, "--json").out)
    out = " ".join(ran.out.split())
    assert (ran.status, status["healthy"], status["damage"], status["missing"]) == (2, False, None, None)
    assert [former["missing"] for former in status["former"]] == [None, f"There is no folder {folder}."]
    build = f"quoth index {tmp_path / 'articles'} --index {index}"
    remedy = f"have changed since: put it back, or run `{build}`, which takes it off the list."
    assert f"missing. There is no folder {folder}. It only serves to show citations of articles that" in out
    assert remedy in out
    assert "but not those of the former 000001, see above" in out
    assert "DAMAGED" not in out
    assert empty_cli("index", tmp_path / "articles", "--index", index).status == 0
    ran = empty_cli("status", "--index", index)
    assert (ran.status, "000001" in ran.out, "not so" in ran.out) == (0, False, False)


@pytest.mark.parametrize("part", ["generations", "generations/000003"])
def test_status_names_the_current_generation_that_was_removed(
    part: str, empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTH_INDEX_KEEP", "2")
    index = rebuilt(empty_cli, tmp_path, 3)
    shutil.rmtree(index / part)
    ran, status = empty_cli("status", "--index", index), json.loads(empty_cli("status", "--index", index, "--json").out)
    corpus = "FOLDER" if part == "generations" else tmp_path / "articles"
    sentence = (
        f"The index {index} lacks its generation 000003 (there is no folder {index / part}): "
        f"put it back, or build the index again with `quoth index {corpus} --index {index}`."
    )
    assert (ran.status, status["healthy"], status["damage"], status["missing"]) == (2, False, None, sentence)
    assert [(former["generation"], former["healthy"]) for former in status["former"]] == [
        (number, part != "generations") for number in (2, 1)
    ]
    assert f"health missing. {sentence}" in " ".join(ran.out.split())
    assert "DAMAGED" not in ran.out
    assert empty_cli("ask", "Who?", "--index", index).err.replace("\n", " ").strip() == f"quoth: {sentence}"
    assert empty_cli("index", tmp_path / "articles", "--index", index).status == 0
    ran = empty_cli("status", "--index", index)
    assert (ran.status, "missing" in ran.out, "000002" in ran.out) == (0, False, part != "generations")
    assert Generation.current(index).folder.name == "000004", "its name is not given once more"


def test_status_survives_builds_beside_it(empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a generation is checked, builds take it away, and the one that was before it."""
    monkeypatch.setenv("QUOTH_INDEX_KEEP", "1")
    index, verify, overtaken = rebuilt(empty_cli, tmp_path), Generation.verify, list[str]()

    def overtake(self: Generation) -> Iterator[str]:
        yield from verify(self)
        if len(overtaken) < 2:
            overtaken.append(self.folder.name)
            for half in "ab":
                (tmp_path / "articles" / "new.txt").write_text(f"Article {self.folder.name}{half} is here today.\n")
                assert empty_cli("index", tmp_path / "articles", "--index", index).status == 0
            assert not self.folder.exists()
            yield from verify(self)

    monkeypatch.setattr("retrieval.index.generation.Generation.verify", overtake)
    with monkeypatch.context() as patched:
        patched.setattr("retrieval.index.build.generation_before", lambda *_: None)
        patched.setattr("retrieval.index.build.try_out", lambda *_: None)
        ran = empty_cli("status", "--index", index)
    assert (ran.status, len(overtaken)) == (0, 2)
    assert "DAMAGED" not in ran.out


@pytest.mark.parametrize("name", ["CURRENT", "texts.bin", "words.bin", "manifest.json", "calibration.json"])
def test_a_file_that_may_not_be_read_is_not_damaged(
    name: str, empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, opened = rebuilt(empty_cli, tmp_path), io.open

    def refuse(file: str | Path, *arguments: Any, **options: Any) -> Any:
        if Path(str(file)).name == name:
            raise PermissionError(13, "Permission denied", str(file))
        return opened(file, *arguments, **options)

    (index / "calibration.json").touch()
    with monkeypatch.context() as patched:
        patched.setattr("io.open", refuse)
        patched.setattr("builtins.open", refuse)
        ran, status = (
            empty_cli("status", "--index", index),
            json.loads(empty_cli("status", "--index", index, "--json").out),
        )
    assert (ran.status, status["healthy"], status["damage"]) == (2, False, None)
    assert status["unread"].endswith(f"/{name} cannot be read (Permission denied): check its permissions and its disk.")
    assert re.search(r"^health +not known\. The index file ", ran.out, re.MULTILINE)
    assert "DAMAGED" not in ran.out


def test_an_index_whose_path_is_no_utf8_is_used_like_any_other(empty_cli: Cli, index: Path, tmp_path: Path) -> None:
    copied = tmp_path / os.fsdecode(b"caf\xe9") / "index"
    try:
        shutil.copytree(index, copied)
    except (OSError, shutil.Error):
        pytest.skip("this file system takes only names in UTF-8")
    asked = empty_cli("ask", "Who built the lighthouse of Porto Vell?", "--index", copied)
    assert (asked.status, asked.err) == (0, "")
    assert "Marta Oliveira" in asked.out
    verified = empty_cli("verify", "The school keeps nine beehives on its roof.", "--index", copied)
    assert (verified.status, verified.err) == (0, "")
    status = json.loads(empty_cli("status", "--index", copied, "--json").out)
    assert (status["healthy"], status["index"]) == (True, str(copied))
    corpus = write_corpus(tmp_path / os.fsdecode(b"articles\xe9"))
    assert empty_cli("index", corpus, "--index", copied, "--quiet").status == 0
    assert json.loads(empty_cli("status", "--index", copied, "--json").out)["generation"] == 2


def test_status_says_where_settings_come_from(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.settings.HOME", tmp_path / "installed")
    own_file = Path(os.environ["XDG_CONFIG_HOME"], "quoth", "quoth.toml")
    places = f"the defaults, as there is no {tmp_path / 'quoth.toml'} or {own_file}"
    assert re.search(rf"^settings +{re.escape(places)}$", cli("status").out, re.MULTILINE)
    assert json.loads(cli("status", "--json").out)["settings"] is None
    (tmp_path / "quoth.toml").touch()
    assert json.loads(cli("status", "--json").out)["settings"] == str(tmp_path / "quoth.toml")
