"""`quoth index`: what it says of the files that it does not read, and of what is never quoted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.command_group import with_cluster
from bot.terminal.screen import screen
from bot.terminal.warnings_view import show_warnings
from retrieval.records import Warn
from tests.bot.conftest import Cli

WARNINGS = (
    Warn("a.xlsx", "is of a format that is not read (.xlsx)", unread=".xlsx"),
    Warn("b.txt", "is empty"),
    Warn("c.xlsx", "is of a format that is not read (.xlsx)", unread=".xlsx"),
    Warn("d", "is of a format that is not read (no ending)", unread="no ending"),
)


@pytest.mark.parametrize("most", [None, 5])
def test_files_of_other_formats_are_counted_and_named_on_request(
    most: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    show_warnings(screen(), WARNINGS, most)
    out = capsys.readouterr().out
    counted = "not read, since their formats are not supported: 2 .xlsx, 1 no ending (--verbose names them)"
    assert (counted in out) == (most is not None)
    assert ("c.xlsx" in out) == (most is None)
    assert "b.txt" in out


def test_what_is_never_quoted_is_counted_everywhere_and_listed_on_request(empty_cli: Cli, tmp_path: Path) -> None:
    corpus, index = tmp_path / "articles", tmp_path / "index"
    corpus.mkdir()
    (corpus / "ferry.md").write_text("# A \x1b[31mferry\n\nThe ferry leaves at nine.\n", "utf-8")
    (corpus / "lines.jsonl").write_text('{"_id": "x", "text": "Who pays? The county pays."}\n', "utf-8")
    expected = "20 of 55 characters (36.4 %): headings and questions 19, marks and comments 1"
    built = empty_cli("index", corpus, "--index", index).out
    assert f"never quoted  {expected}\n" in built
    assert "Who pays?" not in built
    again = empty_cli("index", corpus, "--index", index, "--verbose").out
    assert f"Never quoted: {expected}.\n" in again
    assert again.endswith("""
never quoted of ferry.md:
  headings and questions, 11 characters: A \\x1b[31mferry
  marks and comments, 1 character

never quoted of lines.jsonl, x:
  headings and questions, 8 characters: Who pays?
""")
    assert f"never quoted  {expected}\n" in empty_cli("status", "--index", index).out
    status = json.loads(empty_cli("status", "--index", index, "--json").out)
    assert (status["characters"], status["left_out"]) == (55, {"context": 19, "marks": 1})
    assert f"Never quoted: {expected}\n" in empty_cli("reach", "--index", index).out
    reach = json.loads(empty_cli("reach", "--index", index, "--json").out)
    assert (reach["characters"], reach["left_out"]) == (55, {"context": 19, "marks": 1})


def test_what_was_not_read_is_told_everywhere(empty_cli: Cli, tmp_path: Path) -> None:
    corpus, index = tmp_path / "articles", tmp_path / "index"
    corpus.mkdir()
    (corpus / "ferry.md").write_bytes(
        b"The ferry leaves at nine. The caf\xe9 opens at ten, \xe2\x80\x9csharp\xe2\x80\x9d.\n"
    )
    (corpus / "prices.xlsx").write_text("1")
    (corpus / "sound.ogg").write_text("2")
    (corpus / "empty.txt").touch()
    empty_cli("index", corpus, "--index", index)
    expected = "1 .xlsx, 1 .ogg (not supported), 1 skipped"
    status = empty_cli("status", "--index", index)
    assert f"not read      {expected} (--verbose names them)\nwarnings      1\n" in status.out
    assert f"Not read: {expected}\n" in empty_cli("reach", "--index", index).out
    verbose = empty_cli("status", "--index", index, "--verbose").out
    assert "  skipped  sound.ogg    is of a format that is not read (.ogg)\n" in verbose
    assert "never quoted of ferry.md" not in verbose
    for command in ("status", "reach"):
        listed = json.loads(empty_cli(command, "--index", index, "--json").out)["not_read"]
        assert {entry["path"]: entry["skipped"] for entry in listed} == {
            "empty.txt": True,
            "ferry.md": False,
            "prices.xlsx": True,
            "sound.ogg": True,
        }


def test_the_corpus_that_another_replaces_is_named(empty_cli: Cli, tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bees.md").write_text(f"The {name} bees moved in May.\n")
    assert "instead of" not in empty_cli("index", tmp_path / "old", "--index", tmp_path / "index").out
    assert f"instead of    {tmp_path}/old\n" in empty_cli("index", tmp_path / "new", "--index", tmp_path / "index").out


@pytest.mark.parametrize("section", ["discord", "serve"])
def test_the_file_of_a_token_is_no_article(
    empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str
) -> None:
    corpus = tmp_path / "articles"
    corpus.mkdir()
    (corpus / "a.md").write_text("The bees moved in May.\n")
    (corpus / "hidden-name.txt").write_text("a-token\n")
    monkeypatch.setenv(f"QUOTH_{section.upper()}_TOKEN_FILE", str(corpus / "hidden-name.txt"))
    ran = empty_cli("index", corpus, "--index", tmp_path / "index")
    assert (ran.status, ran.err) == (
        2,
        f"quoth: The file that token_file below [{section}] names lies in the corpus "
        f"{corpus}, whose text is quoted: move it elsewhere.\n",
    )
    assert not (tmp_path / "index").exists()


def test_an_address_with_a_password_is_not_printed(empty_cli: Cli, tmp_path: Path) -> None:
    corpus = tmp_path / "articles"
    corpus.mkdir()
    (corpus / "a.md").write_text("---\nurl: https://ann:hunter2secret@a.example/\n---\n\nThe bees moved in May.\n")
    empty_cli("index", corpus, "--index", tmp_path / "index", "--quiet")
    for arguments in (
        ("ask", "When did the bees move?"),
        ("ask", "When did the bees move?", "--json"),
        ("verify", "bees"),
    ):
        ran = empty_cli(*arguments, "--index", tmp_path / "index")
        assert ran.status == 0
        assert "hunter2secret" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["index", "--ray"], ["index", "--ray", "local"]),
        (["index", "--ray", "articles"], ["index", "--ray", "local", "articles"]),
        (["index", "--ray", "--wait"], ["index", "--ray", "local", "--wait"]),
        (["index", "articles", "--ray", "auto"], ["index", "articles", "--ray", "auto"]),
        (["index", "--ray", "head:6379", "articles"], ["index", "--ray", "head:6379", "articles"]),
        (["index", "--ray", "ray://[fd00::1]:10001"], ["index", "--ray", "ray://[fd00::1]:10001"]),
        (["index", "--", "--ray"], ["index", "--", "--ray"]),
        (["ask", "--ray"], ["ask", "--ray"]),
    ],
)
def test_a_cluster_without_an_address_is_one_on_this_machine(arguments: list[str], expected: list[str]) -> None:
    assert with_cluster(arguments) == expected


def test_a_cluster_that_does_not_answer_is_a_sentence(empty_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "ferry.md").write_text("The ferry leaves at nine.\n", "utf-8")
    run = empty_cli("index", tmp_path, "--index", tmp_path / "index", "--ray", "127.0.0.1:9")
    assert (run.status, run.out) == (2, "")
    fault = "The Ray cluster '127.0.0.1:9' cannot be used (nothing answers there)"
    assert (
        run.err == f"quoth: {fault}: start one there with `ray start`, or name no address, and one is started here.\n"
    )
    assert not (tmp_path / "index").exists()


def test_a_cluster_needs_its_extra(empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.extras.find_spec", lambda name: None)
    run = empty_cli("index", tmp_path, "--index", tmp_path / "index", "--ray")
    assert (run.status, run.out) == (2, "")
    assert "needs the extra 'ray'" in run.err
