"""Which files are still what was indexed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.citations import freshness
from retrieval.citations.freshness import OutdatedFile, outdated_files
from retrieval.index.generation import Generation
from tests.toy import build_toy


@pytest.fixture
def generation(tmp_path: Path) -> Generation:
    """An index of a text and of lines of JSON."""
    corpus = tmp_path / "articles"
    corpus.mkdir()
    (corpus / "crow.txt").write_text("The brown crow sat on the old barn roof all day.\n", "utf-8")
    lines = [{"_id": f"line{number}", "title": "t", "text": f"The mill had {number} wheels."} for number in (2, 3)]
    (corpus / "lines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    build_toy(corpus, tmp_path / "index")
    return Generation.current(tmp_path / "index")


def test_a_file_of_several_articles_is_only_known_to_be_gone(generation: Generation, tmp_path: Path) -> None:
    file = tmp_path / "articles" / "lines.jsonl"
    file.write_text("{}\n", "utf-8")
    assert outdated_files(generation, ("line2", "line3")) == ()
    file.unlink()
    assert outdated_files(generation, ("line2", "line3", "unknown")) == (OutdatedFile("lines.jsonl", "gone"),)


def test_a_large_file_is_not_read(generation: Generation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "articles" / "crow.txt"
    file.write_text("The brown crow flew away.\n", "utf-8")
    assert outdated_files(generation, ("crow",)) == (OutdatedFile("crow.txt", "changed"),)
    monkeypatch.setattr(freshness, "LARGEST", file.stat().st_size - 1)
    assert outdated_files(generation, ("crow",)) == ()


def test_a_file_that_became_a_folder_is_not_read(generation: Generation, tmp_path: Path) -> None:
    (tmp_path / "articles" / "crow.txt").unlink()
    (tmp_path / "articles" / "crow.txt").mkdir()
    assert outdated_files(generation, ("crow",)) == ()
