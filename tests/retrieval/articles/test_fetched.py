"""Articles that were fetched: their ids and sources are those of their own source, whatever they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.articles.corpus import read, scan
from retrieval.articles.fetched import put_mark
from retrieval.records import Article

COMMIT = "0123456789ab"


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    """The folder of a source, in a corpus."""
    folder = tmp_path / "corpus" / "handbook"
    (folder / "sub").mkdir(parents=True)
    put_mark(folder)
    return folder


def articles(folder: Path) -> tuple[list[Article], list[str]]:
    """The articles of the corpus that a folder is in, and all warnings."""
    files, warns = scan(folder.parent)
    read_files = [read(file) for file in files]
    own = [article for articles, _ in read_files for article in articles]
    return own, [str(warn.reason) for warn in (*warns, *(warn for _, each in read_files for warn in each))]


@pytest.mark.parametrize(
    ("given", "id_"),
    [
        ("albania-letter", "handbook/albania-letter"),
        ("minutes/may", "handbook/minutes/may"),
        ("handbook/may", "handbook/may"),
        ("handbookish", "handbook/handbookish"),
        ("handbook", "handbook/handbook"),
    ],
)
def test_an_id_of_its_own_begins_with_the_folder_of_its_source(given: str, id_: str, handbook: Path) -> None:
    (handbook / "sub" / "x.md").write_text(f"---\nid: {given}\n---\nIt rains.\n")
    (handbook / "y.jsonl").write_text(f'{{"id": "{given}-2", "text": "It rains."}}\n')
    (handbook.parent / "mine.md").write_text("---\nid: albania-letter\n---\nIt is mine.\n")
    own, warns = articles(handbook)
    assert {article.id for article in own} == {"albania-letter", id_, f"{id_}-2"}
    assert warns == []


@pytest.mark.parametrize("given", ["../../../etc/passwd", "handbook/../minutes/may", "..\\\\minutes", ".."])
def test_an_id_that_leads_out_of_its_folder_is_not_taken(given: str, handbook: Path) -> None:
    (handbook / "sub" / "x.md").write_text(f'---\nid: "{given}"\n---\nIt rains.\n')
    (article,), (warn,) = articles(handbook)
    assert article.id == "handbook/sub/x"
    assert warn.startswith("has an id that leads out of its folder (")


def test_a_source_names_no_commit_of_another(handbook: Path) -> None:
    (handbook / "_quoth.toml").write_text(f'source = "handbook@{COMMIT}"\n')
    (handbook / "x.md").write_text(f"---\nsource: minutes@{COMMIT}\n---\nIt rains.\n")
    (handbook / "y.md").write_text("It rains.\n")
    (handbook / "z.md").write_text("---\nsource: The council\n---\nIt rains.\n")
    own, _ = articles(handbook)
    assert [article.source for article in own] == [
        f"handbook/minutes@{COMMIT}",
        f"handbook@{COMMIT}",
        "The council",
    ]


def test_a_file_is_read_again_once_its_folder_is_one_of_a_source(handbook: Path) -> None:
    (handbook / "x.md").write_text("It rains.\n")
    ((fetched,), _) = scan(handbook.parent)
    (handbook / ".quoth-fetched").unlink()
    ((own,), _) = scan(handbook.parent)
    assert fetched.metadata_digest != own.metadata_digest
