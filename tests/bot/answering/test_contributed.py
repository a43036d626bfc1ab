"""Articles that a corpus is given: files with safe names, recorded, and the last change undone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.answering.contributed import FOLDER, LONGEST_STEM, RECORD, Change, Contributed, NoSuchArticle, safe_name
from retrieval import files


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "own.md").write_text("The operator's.\n")
    return tmp_path


def names(corpus: Path) -> list[str]:
    """The articles that lie there."""
    return sorted(each.name for each in (corpus / FOLDER).iterdir() if not each.name.startswith("."))


def test_an_article_is_added_listed_and_removed(corpus: Path) -> None:
    given = Contributed(corpus)
    assert given.all() == []
    rules = given.add("House rules.md", b"No bell after ten.\n", "https://discord.com/channels/1/2/3")
    assert (rules.file, rules.path, rules.url) == (
        "House-rules.md",
        f"{FOLDER}/House-rules.md",
        "https://discord.com/channels/1/2/3",
    )
    notes = given.add("notes.txt", b"The well is deep.\n")
    assert Contributed(corpus).all() == [notes, rules]
    assert given.remove("House-rules.md") == rules
    assert (given.all(), names(corpus)) == ([notes], ["notes.txt"])
    assert (corpus / "own.md").read_text() == "The operator's.\n"


def test_the_last_change_is_undone_and_done_again(corpus: Path) -> None:
    given = Contributed(corpus)
    with pytest.raises(NoSuchArticle):
        given.undo()
    rules = given.add("rules.md", b"No bell after ten.\n")
    for _ in range(2):
        assert given.undo() == Change(rules, added=False)
        assert names(corpus) == []
        assert given.undo() == Change(rules, added=True)
        assert (corpus / FOLDER / "rules.md").read_bytes() == b"No bell after ten.\n"
    given.remove("rules.md")
    assert given.undo() == Change(rules, added=True)
    given.remove("rules.md")
    notes = given.add("notes.txt", b"The well is deep.\n")
    assert given.undo() == Change(notes, added=False)
    assert names(corpus) == []


def test_an_article_that_cannot_be_used_is_taken_back(corpus: Path) -> None:
    given = Contributed(corpus)
    kept = given.add("kept.md", b"Kept.\n")
    given.take_back(given.add("broken.pdf", b"no PDF"))
    assert (given.all(), names(corpus)) == ([kept], ["kept.md"])
    with pytest.raises(NoSuchArticle):
        given.undo()


def test_what_the_operator_put_there_is_neither_replaced_nor_removed(corpus: Path) -> None:
    (corpus / FOLDER).mkdir()
    (corpus / FOLDER / "rules.md").write_text("The operator's.\n")
    given = Contributed(corpus)
    assert given.add("Rules.md", b"Another.\n").file == "Rules-2.md"
    assert given.add("rules.MD", b"A third.\n").file == "rules-3.md"
    for name in ("rules.md", "../own.md", RECORD):
        with pytest.raises(NoSuchArticle):
            given.remove(name)
    assert (corpus / FOLDER / "rules.md").read_text() == "The operator's.\n"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("CON.md", "article-CON.md"),
        (".hidden.md", "hidden.md"),
        ("\u202egnp.exe.md", "gnp-exe.md"),
        ("Bürgermeister & Rat.PDF", "Bürgermeister-Rat.pdf"),
        ("日本語.html", "日本語.html"),
        ("$(reboot);`id`.md", "reboot-id.md"),
        ("....md", "article.md"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_long_names_are_cut() -> None:
    assert safe_name("a" * 300 + ".md") == "a" * LONGEST_STEM + ".md"
    assert len(safe_name("鷺" * 300 + ".md").encode()) < 255


@pytest.mark.parametrize("name", ["evil.exe", "md", "archive.tar.gz", "page.md.zip", ""])
def test_endings_that_no_reader_knows_are_refused(name: str, corpus: Path) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Contributed(corpus).add(name, b"Some words.\n")


def test_a_file_that_cannot_be_written_leaves_nothing(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Contributed(corpus)
    kept = given.add("kept.md", b"Kept.\n")
    given.remove("kept.md")
    write = files.replace

    def failing(path: Path, data: bytes, beside: Path) -> None:
        if path.suffix == ".md":
            raise OSError(28, "No space left on device")
        write(path, data, beside)

    monkeypatch.setattr(files, "replace", failing)
    with pytest.raises(OSError, match="No space"):
        given.add("new.md", b"New.\n")
    assert (given.all(), names(corpus)) == ([], [])
    assert given.undo() == Change(kept, added=True)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"format": 9}', b'{"format": 1, "contributions": [{}], "last": null}']
)
def test_a_damaged_record_makes_everything_the_operators(raw: bytes, corpus: Path) -> None:
    given = Contributed(corpus)
    given.add("rules.md", b"No bell after ten.\n")
    (corpus / FOLDER / RECORD).write_bytes(raw)
    assert given.all() == []
    with pytest.raises(NoSuchArticle):
        given.remove("rules.md")
    assert names(corpus) == ["rules.md"]


def test_a_record_that_names_other_places_is_not_followed(corpus: Path) -> None:
    given = Contributed(corpus)
    given.add("rules.md", b"No bell after ten.\n")
    record = json.loads((corpus / FOLDER / RECORD).read_bytes())
    record["contributions"][0]["file"] = "../own.md"
    (corpus / FOLDER / RECORD).write_text(json.dumps(record))
    with pytest.raises(NoSuchArticle):
        given.remove("../own.md")
    assert (corpus / "own.md").is_file()
