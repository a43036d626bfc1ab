"""Folders as sources: copied, followed, and kept while they are away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.source_record import Source
from retrieval.articles.corpus import read, scan
from tests.bot.sources.site import Sources


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A folder with articles."""
    folder = tmp_path / "minutes"
    (folder / "2024").mkdir(parents=True)
    (folder / "2024" / "may.md").write_text("The council met in May.\n")
    (folder / "2024" / "_quoth.toml").write_text('source = "The council"\n')
    (folder / "june.txt").write_text("The council met in June.\n")
    (folder / "sheet.xlsx").write_text("1")
    return folder


def copied(folder: Path, **fields: object) -> Source:
    return Source("site", "folder", str(folder), **fields)  # type: ignore[arg-type]


def test_the_articles_of_a_folder_are_copied_and_followed(origin: Path, sources: Sources) -> None:
    (outcome,) = sources.fetch(copied(origin))
    assert (outcome.failed, outcome.changed, outcome.state.files) == (False, 3, 2)
    assert sources.files() == ["2024/_quoth.toml", "2024/may.md", "june.txt"]
    assert [article.source for file in scan(sources.root)[0] for article in read(file)[0]] == ["The council", None]
    assert sources.fetch(copied(origin))[0].changed == 0
    (origin / "june.txt").unlink()
    (origin / "2024" / "may.md").write_text("The council did not meet in May.\n")
    assert sources.fetch(copied(origin))[0].changed == 2
    assert sources.files() == ["2024/_quoth.toml", "2024/may.md"]
    assert "did not" in (sources.root / "site" / "2024" / "may.md").read_text()


@pytest.mark.parametrize("loss", ["gone", "empty", "file", "unreadable"])
def test_a_folder_that_is_away_takes_nothing_with_it(loss: str, origin: Path, sources: Sources) -> None:
    if loss == "unreadable" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    sources.fetch(copied(origin))
    before = sources.files()
    away = origin.rename(origin.with_name("away"))
    if loss == "empty":
        origin.mkdir()
    elif loss == "file":
        origin.write_text("It was a folder.")
    elif loss == "unreadable":
        origin.mkdir(mode=0)
    (outcome,) = sources.fetch(copied(origin))
    assert outcome.failed
    assert str(origin) in str(outcome)
    assert sources.files() == before
    if loss != "gone":
        origin.unlink() if loss == "file" else origin.rmdir()
    away.rename(origin)
    assert not sources.fetch(copied(origin))[0].failed


def test_what_leads_out_of_a_folder_is_not_copied(origin: Path, sources: Sources, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("The secret.")
    (origin / "out.md").symlink_to(tmp_path / "secret.md")
    (origin / "in.md").symlink_to(origin / "2024" / "may.md")
    (origin / "_quoth.toml").symlink_to(tmp_path / "secret.md")
    sources.fetch(copied(origin))
    assert sources.files() == ["2024/_quoth.toml", "2024/may.md", "june.txt"]


def test_what_was_fetched_is_no_part_of_a_folder_around_it(origin: Path) -> None:
    sources = Sources(origin / "fetched")
    for _ in range(2):
        sources.fetch(copied(origin))
    assert sources.files() == ["2024/_quoth.toml", "2024/may.md", "june.txt"]


def test_a_folder_that_is_too_large_is_left_out_as_a_whole(origin: Path, sources: Sources) -> None:
    (outcome,) = sources.fetch(copied(origin, pages=1))
    assert str(outcome) == "The source site has 2 files to read, and `pages` allows 1."
    (origin / "large.txt").write_bytes(b"x" * 1_100_000)
    (outcome,) = sources.fetch(copied(origin, megabytes=1))
    assert str(outcome) == "The source site has 1 MB to read, and `megabytes` allows 1."
    assert sources.files() == []
