"""Files that are to be articles, examined before they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.answering.examination import Collision, Examined, collision, collision_in, examine, is_indexed
from retrieval.index.generation import Generation
from retrieval.settings import MetadataSettings
from tests.toy import build_toy, write_corpus

FERRY = "The ferry to Lomond sails at nine."


def examined(tmp_path: Path, name: str, text: str) -> Examined:
    """A file of this text, examined under this name."""
    file = tmp_path / f".hidden{Path(name).suffix}"
    file.write_text(text, "utf-8")
    return examine(file, f"from-discord/{name}", tmp_path, MetadataSettings())


def test_a_file_is_examined_with_the_fields_of_the_settings_and_of_its_folder(tmp_path: Path) -> None:
    file = tmp_path / ".hidden.md"
    file.write_text(f"---\nkey: the-ferry\nseen: some day\n---\n\n{FERRY}\n", "utf-8")
    settings = MetadataSettings(id=("key",))
    bare = examine(file, "from-discord/ferry.md", tmp_path, settings)
    assert (bare.ids, bare.warnings) == (("the-ferry",), ())
    (tmp_path / "from-discord").mkdir()
    (tmp_path / "from-discord" / "_quoth.toml").write_text('[metadata]\ndate = ["seen"]\n', "utf-8")
    in_folder = examine(file, "from-discord/ferry.md", tmp_path, settings)
    assert [warn.path for warn in in_folder.warnings] == ["from-discord/ferry.md"]
    assert "“some day”" in in_folder.warnings[0].reason


def lines(*articles: object) -> str:
    """A JSONL file."""
    return "".join(article if isinstance(article, str) else f"{json.dumps(article)}\n" for article in articles)


@pytest.mark.parametrize(
    ("name", "text", "ids"),
    [
        ("ferry.md", f"# The ferry\n\n{FERRY}\n", ("from-discord/ferry",)),
        ("ferry.md", f"---\nid: the ferry\n---\n\n{FERRY}\n", ("the ferry",)),
        ("ferry.md", f"---\nid: a@b#c\n---\n\n{FERRY}\n", ("a-b-c",)),
        ("ferry.html", f"<html><body><article><h1>The ferry</h1><p>{FERRY}</p></article>", ("from-discord/ferry",)),
        ("ferry.jsonl", lines({"_id": "one", "text": FERRY}, {"id": "two", "text": FERRY}), ("one", "two")),
        ("ferry.jsonl", lines({"_id": "one", "text": FERRY}, {"_id": "one", "text": f"{FERRY} "}), ("one", "one-2")),
    ],
)
def test_ids_are_those_that_the_readers_give(name: str, text: str, ids: tuple[str, ...], tmp_path: Path) -> None:
    given = examined(tmp_path, name, text)
    assert (given.ids, given.quotable) == (ids, len(ids))


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("ferry.md", "", "is empty"),
        ("ferry.md", "\n", "is empty"),
        ("ferry.md", "# The ferry\n", "has nothing to quote: one line, which is no sentence (a title?)"),
        ("ferry.jsonl", "\n\n", "is empty"),
        ("ferry.jsonl", "{\n", "has no line that I can use (line 1 is not valid JSON"),
        ("ferry.jsonl", lines("\n", {"text": FERRY}), 'has no line that I can use (line 2 has no "_id" or "id")'),
        ("ferry.jsonl", lines({"id": "a", "text": "7"}), "holds the article 'a', which has nothing to quote"),
    ],
)
def test_a_file_without_a_quote_says_why(name: str, text: str, reason: str, tmp_path: Path) -> None:
    given = examined(tmp_path, name, text)
    assert given.quotable == 0
    assert given.reason.startswith(reason)


def test_lines_that_are_left_out_are_counted(tmp_path: Path) -> None:
    given = examined(tmp_path, "f.jsonl", lines({"id": "a", "text": FERRY}, "{\n", {"id": "b", "text": "7"}, "[]\n"))
    assert (given.ids, given.quotable, given.left_out) == (("a", "b"), 1, 3)
    assert [given.line(warn) for warn in given.warnings] == [2, 4, 0]


def test_an_id_belongs_to_the_file_that_has_it(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "articles")
    build_toy(corpus, tmp_path / "index")
    index = Generation.current(tmp_path / "index")
    museum = examined(tmp_path, "new.md", f"---\nid: clock-museum\n---\n\n{FERRY}\n")
    assert collision(museum, corpus, index) == Collision("clock-museum", "museum.md")
    letter = examined(tmp_path, "new.jsonl", lines({"id": "a", "text": FERRY}, {"id": "letters/mayor", "text": FERRY}))
    assert collision(letter, corpus, index) == Collision("letters/mayor", "letters/mayor.md")
    ferry = examined(tmp_path, "ferry.md", f"---\nid: ferry\n---\n\n{FERRY}\n")
    assert collision(ferry, corpus, index) is None
    assert collision(ferry, corpus, index, [letter]) is None
    twin = examined(tmp_path, "twin.md", f"---\nid: ferry\n---\n\n{FERRY}\n")
    assert collision(ferry, corpus, index, [letter, twin]) == Collision("ferry", "from-discord/twin.md")
    (corpus / "museum.md").unlink()
    assert collision(museum, corpus, index) is None, "the index is of before"


def test_an_id_of_a_file_that_was_not_indexed_yet_is_known_once_it_is(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "articles")
    (corpus / "from-discord").mkdir()
    text = f"---\nid: ferry\n---\n\n{FERRY}\n"
    given = examined(tmp_path, "ferry.md", text)
    (corpus / given.path).write_text(text)
    warnings = build_toy(corpus, tmp_path / "index").warnings
    assert collision_in(Generation.current(tmp_path / "index"), given, warnings) is None
    for name in ("zoo.md", "a.md"):
        (corpus / name).write_text(f"{text}{name}\n")
        warnings = build_toy(corpus, tmp_path / "index").warnings
        assert collision_in(Generation.current(tmp_path / "index"), given, warnings) == Collision("ferry", name)
        (corpus / name).unlink()


def test_an_article_is_indexed_where_it_can_be_quoted(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "articles")
    ferry, title = examined(tmp_path, "ferry.md", FERRY), examined(tmp_path, "title.md", "# The ferry\n")
    build_toy(corpus, tmp_path / "index")
    assert not is_indexed(ferry, Generation.current(tmp_path / "index"))
    (corpus / "from-discord").mkdir()
    (corpus / ferry.path).write_text(FERRY)
    (corpus / title.path).write_text("# The ferry\n")
    build_toy(corpus, tmp_path / "index")
    assert is_indexed(ferry, Generation.current(tmp_path / "index"))
    assert not is_indexed(title, Generation.current(tmp_path / "index"))
