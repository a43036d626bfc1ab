"""`quoth gc`: a plan that is shown, and what is removed when that is agreed to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from retrieval import builds
from retrieval.index.journal import NAMES, SPLIT
from retrieval.index.keeping import Keep
from tests.bot.conftest import Cli
from tests.retrieval.index.test_resume import end_another_build
from tests.toy import build_toy, write_corpus


@pytest.fixture
def generations(empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The generations of an index, of which one can go; the cache is not that of whoever runs the tests."""
    corpus = write_corpus(tmp_path / "corpus")
    for number in range(3):
        (corpus / "more.txt").write_text(f"The museum has {number} clocks of that kind in its cellar.\n")
        build_toy(corpus, tmp_path / "index", keep=Keep(9))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("QUOTH_INDEX_PATH", str(tmp_path / "index"))
    monkeypatch.setenv("QUOTH_INDEX_KEEP", "1")
    monkeypatch.setenv("QUOTH_MODEL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "index" / "generations"


@pytest.mark.parametrize(
    ("options", "end", "left"),
    [
        (("--dry-run",), "Nothing was removed.", 3),
        (("--dry-run", "--yes"), "Nothing was removed.", 3),
        ((), "Nothing was removed.", 3),
        (("--yes",), "freed.", 2),
    ],
)
def test_nothing_goes_unless_that_is_agreed_to(
    empty_cli: Cli, generations: Path, options: tuple[str, ...], end: str, left: int
) -> None:
    ran = empty_cli("gc", *options)
    assert (ran.status, len(os.listdir(generations))) == (0, left)
    assert "000003: generation; stays: it is current" in ran.out
    assert "000002: former generation, replaced 20" in ran.out
    assert "; can go\n" in ran.out
    assert "\n1 thing can go: " in ran.out
    assert ran.out.endswith(f"{end}\n")
    assert ran.err == ("" if options else "Nobody can be asked here: pass --yes to have it removed.\n")


def test_where_nothing_can_go_it_says_so(empty_cli: Cli, generations: Path) -> None:
    empty_cli("gc", "--yes")
    ran = empty_cli("gc")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.endswith("\nNothing can go.\n")


def test_what_cannot_be_removed_is_named(empty_cli: Cli, generations: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (generations / "000001" / "notes.txt").write_text("somebody's own")
    ran = empty_cli("gc", "--yes")
    assert ran.status == 2
    assert "Removed 0 things: " in ran.out
    assert ran.err == f"quoth: {generations / '000001'} holds files that quoth did not write: they stay.\n"
    assert os.listdir(generations / "000001") == ["notes.txt"]


@pytest.mark.parametrize(
    ("options", "fate", "stays"),
    [
        (("--yes",), "stays: a cache: --caches removes it", True),
        (("--caches", "--dry-run"), "can go", True),
        (("--caches",), "can go", True),
        (("--caches", "--yes"), "can go", False),
    ],
)
def test_what_an_ended_build_has_kept_goes_with_the_caches_alone(
    empty_cli: Cli, generations: Path, options: tuple[str, ...], fate: str, stays: bool
) -> None:
    index = generations.parent
    end_another_build(index)
    ran = empty_cli("gc", *options)
    assert ran.status == 0
    for name in NAMES:
        line = f"{name}: kept by a build that was ended, for the next one; {fate}"
        assert line in " ".join(ran.out.split())
        assert (index / name).exists() == stays
    assert (generations / "000003").exists()


def test_a_file_that_only_has_the_name_of_what_is_kept_is_not_listed(empty_cli: Cli, generations: Path) -> None:
    own = generations.parent / SPLIT
    own.write_text("Dear Ann, this is all I have.")
    ran = empty_cli("gc", "--caches", "--yes")
    assert SPLIT not in ran.out
    assert own.read_text() == "Dear Ann, this is all I have."


def test_what_an_index_on_a_server_was_built_in_goes_with_the_caches_also_where_no_setting_names_it(
    empty_cli: Cli, generations: Path, tmp_path: Path
) -> None:
    copy = builds.folder_of(Path("milvus://gone:19530/docs"), tmp_path / "cache")
    build_toy(tmp_path / "corpus", copy)
    own = copy.parent / "mine"
    own.mkdir()
    assert f"{copy.name}: the copy that an index on a server is built in; stays: a cache" in empty_cli("gc").out
    empty_cli("gc", "--caches", "--yes")
    assert (copy.exists(), own.exists()) == (False, True)
