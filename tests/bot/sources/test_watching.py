"""Folders that are watched: what is told, and what is not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sources.watching import FolderWatch
from retrieval.index.folder import is_part_of

LONG = 30.0
"""Seconds after which a change that is to be told counts as lost."""
SHORT = 1.2
"""Seconds in which what is not to be told would be."""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with an article, and an index within it."""
    folder = tmp_path / "articles"
    (folder / "index" / "generations" / "000001").mkdir(parents=True)
    (folder / "index" / "CURRENT").write_text("1")
    (folder / "a.md").write_text("A.")
    return folder


@pytest.fixture
def watch(corpus: Path) -> FolderWatch:
    """What watches the folder."""
    return FolderWatch([corpus], is_part_of(corpus / "index"), quiet=0.05)


@pytest.mark.parametrize(
    "change",
    [
        lambda corpus: (corpus / "a.md").write_text("B."),
        lambda corpus: (corpus / "b.md").write_text("B."),
        lambda corpus: (corpus / "a.md").unlink(),
        lambda corpus: (corpus / "a.md").rename(corpus / "b.md"),
        lambda corpus: (corpus / "c").mkdir(),
        lambda corpus: (corpus / "_quoth.toml").write_text(""),
    ],
)
def test_changes_are_heard_of(change: Callable[[Path], object], corpus: Path, watch: FolderWatch) -> None:
    change(corpus)
    assert watch.wait(LONG) == {corpus}


@pytest.mark.parametrize(
    "name", ["index/CURRENT", "index/generations/000001/x", "index/lock", ".hidden", ".git/HEAD", "a/.b/c.md"]
)
def test_the_index_and_hidden_files_wake_nobody(name: str, corpus: Path) -> None:
    file = corpus / name
    file.parent.mkdir(parents=True, exist_ok=True)
    watch = FolderWatch([corpus], is_part_of(corpus / "index"), quiet=0.05)
    file.write_text("x")
    assert watch.wait(SHORT) == frozenset()


def test_changes_between_two_waits_are_not_lost(corpus: Path, watch: FolderWatch) -> None:
    (corpus / "b.md").write_text("B.")
    assert watch.wait(LONG)
    (corpus / "c.md").write_text("C.")  # as during a build
    assert watch.wait(LONG) == {corpus}


def test_a_folder_that_goes_and_comes_back_is_heard_of_and_watched_on(corpus: Path, watch: FolderWatch) -> None:
    away = corpus.rename(corpus.with_name("away"))
    assert watch.wait(LONG) == {corpus}
    assert watch.wait(SHORT) == frozenset()
    away.rename(corpus)
    assert watch.wait(LONG) == {corpus}
    (corpus / "b.md").write_text("B.")
    assert watch.wait(LONG) == {corpus}


def test_a_folder_that_is_replaced_is_watched_on(corpus: Path, watch: FolderWatch) -> None:
    corpus.rename(corpus.with_name("old"))
    corpus.mkdir()
    (corpus / "b.md").write_text("B.")
    assert watch.wait(LONG) == {corpus}
    (corpus / "c.md").write_text("C.")
    assert watch.wait(LONG) == {corpus}


def test_a_link_that_leads_elsewhere_now(tmp_path: Path, corpus: Path) -> None:
    link, other = tmp_path / "current", tmp_path / "other"
    other.mkdir()
    link.symlink_to(corpus)
    watch = FolderWatch([link], is_part_of(tmp_path / "index"), quiet=0.05)
    (corpus / "b.md").write_text("B.")
    assert watch.wait(LONG) == {link}
    link.unlink()
    link.symlink_to(other)
    assert watch.wait(LONG) == {link}
    (other / "c.md").write_text("C.")
    assert watch.wait(LONG) == {link}


def test_a_single_file_and_a_folder_that_is_not_there_yet(tmp_path: Path, corpus: Path) -> None:
    paths = [corpus / "a.md", tmp_path / "later"]
    watch = FolderWatch(paths, is_part_of(tmp_path / "index"), quiet=0.05)
    (corpus / "new.md").write_text("A new one.")
    (corpus / "new.md").replace(corpus / "a.md")
    assert watch.wait(LONG) == {corpus / "a.md"}
    paths[1].mkdir()
    assert watch.wait(LONG) == {paths[1]}


def test_many_changes_are_told_once_they_are_over(corpus: Path) -> None:
    watch = FolderWatch([corpus], is_part_of(corpus / "index"), quiet=0.5)
    over = threading.Event()

    def write() -> None:
        for number in range(20):
            (corpus / f"{number}.md").write_text("x")
            over.wait(0.02)
        over.set()

    writing = threading.Thread(target=write)
    writing.start()
    assert watch.wait(LONG) == {corpus}
    assert over.is_set()
    writing.join()
