"""The commands over a real index: what they print and how they end."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import bot.cli.calibrate
import bot.settings
from bot.cli.calibrate import CalibrateOptions
from retrieval.encoding.export import export
from retrieval.encoding.models import DEFAULT_MODEL, locate
from retrieval.paths import tidy
from tests.bot.conftest import BEES, Cli, write_corpus
from tests.conftest import MODEL_CACHE

QUESTION = "Who built the lighthouse of Porto Vell?"
LIGHTHOUSE = "The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["ask"],
            'The question is missing: ask it, as in quoth ask "Who signed the letter?", or ask a file of questions',
        ),
        (["ask", "  "], 'The question is empty: ask something, for example "Who signed the letter?".'),
        (["ask", "x", "--file", "y"], "A question and --file were both given: ask one or the other."),
        (["ask", "Who?", "--index", "nowhere"], "There is no index at {}/nowhere: build one with"),
        (
            ["ask", "Who?", "--top", "0"],
            "The setting --top = 0 on the command line is not valid: it must be a whole number",
        ),
        (["ask", "Who?", "--config", "no.toml"], "The settings file {}/no.toml does not exist: name one that does."),
        (["index", "nowhere", "--index", "ix"], "There is no corpus at {}/nowhere: name an existing folder or file"),
        (["show", "nonsense"], "The permalink 'nonsense' is malformed: copy it whole"),
        (
            ["show", "nobody@0123456789ab#0-9"],
            "The permalink 'nobody@0123456789ab#0-9' names no article of this corpus",
        ),
        (["verify"], "The text to verify is missing: give it, as in quoth verify"),
        (["verify", "?!"], "The text to verify has no word in it: give the words of a quote."),
        (["status", "--index", "nowhere"], "There is no index at {}/nowhere: build one with"),
        (["eval", "no.jsonl"], "The gold set no.jsonl does not exist: name"),
        (["calibrate"], "The gold set is missing: name one, as in quoth calibrate gold.jsonl"),
        (["calibrate", "no.jsonl", "--max-false-answers", "2"], "The share of false answers 2 must be at least 0 and"),
        (["calibrate", "no.jsonl", "--reset"], "--reset and GOLD were both given: reset the index, or calibrate it."),
        (["reach", "--limit", "-1"], "The option --limit -1 is below zero: give a number, or 0 for all."),
    ],
)
def test_a_mistake_is_one_sentence(
    cli: Cli, arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = cli(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("quoth: " + message.format(tmp_path))
    assert ran.err.count("\n") == 1


def test_calibrate_hands_on_what_it_was_asked_for(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[CalibrateOptions, Path]] = []

    def run(options: CalibrateOptions, settings: bot.settings.Settings) -> int:
        calls.append((options, settings.index.path))
        return 0

    monkeypatch.setattr(bot.cli.calibrate, "run", run)
    cli("calibrate", "g.json", "--max-false-answers", ".02", "--index", "/ix", "--dry-run", "--skip-bad", "--json")
    cli("calibrate", "g.jsonl", "--corpus", "articles")
    cli("calibrate", "--reset")
    named, over, reset = (options for options, _ in calls)
    assert named == CalibrateOptions(
        Path("g.json"), max_false_answers=0.02, indexed=True, dry_run=True, skip_bad=True, as_json=True
    )
    assert calls[0][1] == Path("/ix")
    assert over == CalibrateOptions(Path("g.jsonl"), corpus=Path("articles"))
    assert reset == CalibrateOptions(None, reset=True)


def test_an_unknown_variable_is_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_TOP", "3")
    ran = cli("ask", QUESTION)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("quoth: The setting QUOTH_TOP in the environment is not valid: no variable has")


def test_an_index_of_another_model_or_other_passages_is_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_INDEX_MAX_PIECES", "100")
    ran = cli("ask", QUESTION)
    assert ran.status == 2
    assert "max_pieces=200, title=true, but max_pieces=100, title=true is asked for" in ran.err
    monkeypatch.delenv("QUOTH_INDEX_MAX_PIECES")
    monkeypatch.setenv("QUOTH_MODEL_NAME", "another")
    assert "was built with the model all-MiniLM-L6-v2, but another is asked for" in cli("verify", QUESTION).err


def test_a_reranker_that_is_not_there_stops_what_would_ask_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QUOTH_ANSWER_RERANKER", str(tmp_path / "none"))
    ran = cli("ask", QUESTION)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        f"quoth: The model {str(tmp_path / 'none')!r} is not available (there is no such folder): "
        "name a folder that holds it, or run quoth once with network access to download it.\n"
    )
    assert cli("verify", LIGHTHOUSE).status == 0


def test_the_default_index_is_built_when_it_is_first_asked(
    empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path / "seeds" / "articles")
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(bot.settings, "HOME", tmp_path)
    monkeypatch.chdir(tmp_path)
    ran = empty_cli("ask", QUESTION, "--json")
    assert (ran.status, json.loads(ran.out)["answered"]) == (0, True)
    assert ran.err.splitlines()[0] == (
        f"There is no index yet: building it, once, from {tmp_path / 'seeds' / 'articles'}"
    )
    assert (tmp_path / ".quoth" / "index" / "CURRENT").is_file()
    assert empty_cli("ask", QUESTION, "--json").err == ""


def test_indexing_says_what_it_did(empty_cli: Cli, tmp_path: Path) -> None:
    folder, index = write_corpus(tmp_path / "articles"), tmp_path / "index"
    first = empty_cli("index", folder, "--index", index)
    assert (first.status, first.err) == (0, "")
    rows = dict(re.findall(r"^(\w[\w ]*?)  +(.*)$", first.out, re.MULTILINE))
    assert rows["holds"] == "5 articles, 5 passages, 9 sentences"
    assert rows["passages"] == "5 encoded, 0 reused"
    assert rows["vectors"] == "exact"
    assert re.fullmatch(r"[\d.]+ s, [\d,]+ passages per second", rows["time"])
    assert re.fullmatch(r"[\d,.]+ (MB|bytes), [\d,]+ bytes per passage", rows["on disk"])
    assert re.search(r"\n\n1 skipped, 1 warning:\n  skipped  empty.txt  .*\n  warning  latin.txt  ", first.out)
    again = empty_cli("index", folder, "--index", index)
    assert again.out.startswith(f"Nothing to do: the index is up to date with {folder}: 5 articles, 5 passages")
    (folder / "bees.md").write_text("The bees moved to another roof in the spring of 2024.\n")
    (folder / "echo.txt").unlink()
    third = empty_cli("index", folder, "--index", index)
    assert "passages      1 encoded, 3 reused\nremoved       1 article\n" in third.out
    for file in folder.iterdir():
        if file.name != "bees.md":
            file.unlink()
    last = empty_cli("index", folder, "--index", index)
    assert "\nholds         1 article, 1 passage, 1 sentence\n" in last.out
    assert empty_cli("index", folder, "--index", index, "--rebuild", "--quiet").out == ""


def test_many_warnings_are_counted_and_named_on_request(empty_cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bees.md").write_text(BEES)
    for number in range(25):
        (folder / f"empty{number:02}.txt").touch()
    arguments = ("index", folder, "--index", tmp_path / "index")
    short = empty_cli(*arguments).out
    assert short.count("  skipped  empty") == 20
    assert short.endswith("  and 5 more (--verbose names all)\n")
    assert empty_cli(*arguments, "--verbose").out.count("  skipped  empty") == 25


def test_the_export_of_the_model_is_announced(empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = export(locate(DEFAULT_MODEL), MODEL_CACHE)
    monkeypatch.setattr("retrieval.encoding.export._export_to", lambda folder, _: shutil.copytree(made, folder))
    monkeypatch.setenv("QUOTH_MODEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("QUOTH_MODEL_PRECISION", "fp32")
    ran = empty_cli("index", write_corpus(tmp_path / "articles"), "--index", tmp_path / "index")
    assert (ran.status, ran.err) == (0, "Preparing the model all-MiniLM-L6-v2 (about half a minute, only this once)…\n")


@pytest.mark.parametrize("text", ["", " "])
@pytest.mark.parametrize(
    "arguments",
    [
        *(("index",), ("index", "--index"), ("index", "--config"), ("ask", QUESTION, "--index"), ("ask", "--file")),
        *(("show", "a@0123456789ab#1-2", "--html"), ("status", "--index"), ("eval",), ("eval", "--corpus")),
        *(("calibrate", "--reset", "--index"), ("reach", "--store"), ("feedback", "export", "--out")),
    ],
)
def test_an_empty_path_is_no_folder(arguments: tuple[str, ...], text: str, cli: Cli, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    ran = cli(*arguments, text)
    assert ran.status == 2
    assert f"{text!r} names no file or folder; is a variable not set?" in " ".join(ran.err.replace("│", " ").split())
    assert sorted(tmp_path.rglob("*")) == before


def test_a_reader_that_is_not_there_is_an_error_as_a_reranker_is(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QUOTH_ANSWER_READER", str(tmp_path / "none"))
    ran = cli("ask", QUESTION)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        f"quoth: The reader in {tmp_path / 'none'} cannot be used (its reader.json cannot be read): name the folder of "
        "one with the setting answer.reader, or leave that out for the built-in one.\n"
    )
    assert cli("verify", LIGHTHOUSE).status == 0


def test_paths_are_shown_without_detours(empty_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_corpus(tmp_path / "articles")
    (tmp_path / "a").mkdir()
    ran = empty_cli("index", "a/../articles", "--index", "a/../ix")
    assert f"corpus        {tmp_path / 'articles'}\nindex         {tmp_path / 'ix'}\n" in ran.out
    assert empty_cli("status", "--index", "a/./../ix").out.startswith(f"index         {tmp_path / 'ix'}\n")


def test_a_detour_through_a_link_is_kept(tmp_path: Path) -> None:
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "away")
    assert tidy(tmp_path / "link" / ".." / "x") == tmp_path / "link" / ".." / "x"
    assert tidy(tmp_path / "far" / ".." / "x") == tmp_path / "x"
