"""Articles that are not in their files any more as they were indexed, named by all that quotes them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.bot.conftest import Cli, write_corpus

ROOF = "The school keeps nine beehives on its roof."
QUESTION = "How many beehives does the school keep on its roof?"


@pytest.fixture
def articles(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of articles that was indexed, which the command line is over."""
    folder = write_corpus(tmp_path / "articles")
    monkeypatch.setenv("QUOTH_INDEX_PATH", str(tmp_path / "index"))
    assert cli("index", folder, "--quiet").status == 0
    return folder


def test_nothing_is_said_of_what_is_as_it_was_indexed(cli: Cli, articles: Path) -> None:
    match = json.loads(cli("verify", ROOF, "--json").out)
    assert "outdated" not in match
    assert "outdated" not in json.loads(cli("ask", QUESTION, "--json").out)
    for arguments in (("ask", QUESTION), ("verify", ROOF), ("show", match["citations"][0]["ref"])):
        assert (cli(*arguments).status, cli(*arguments).err) == (0, "")
    assert "index again" not in cli("chat", stdin=f"{QUESTION}\n").out


@pytest.mark.parametrize("state", ["changed", "gone", "corpus"])
def test_an_outdated_article_is_named(cli: Cli, articles: Path, state: str) -> None:
    ref = json.loads(cli("verify", ROOF, "--json").out)["citations"][0]["ref"]
    again = f"index again with `quoth index {articles} --index {articles.parent}/index`."
    file = articles / "bees.md"
    listed = [{"path": file.name, "state": state}]
    if state == "changed":
        file.write_text(file.read_text("utf-8").replace("nine", "ten"), "utf-8")
        line = f"{file.name} has changed since it was indexed: {again}"
    elif state == "gone":
        file.unlink()
        line = f"{file.name} is no longer there: {again}"
    else:
        shutil.rmtree(articles)
        listed = [{"path": str(articles), "state": "gone"}]
        line = f"The corpus {articles} is no longer there: these are its words as they were indexed."
    for arguments in (("ask", QUESTION, "--top", "1"), ("verify", ROOF), ("show", ref)):
        ran = cli(*arguments)
        assert (ran.status, ran.err) == (0, f"{line}\n")
    for command in (("ask", QUESTION, "--top", "1"), ("verify", ROOF)):
        ran = cli(*command, "--json")
        assert (ran.err, json.loads(ran.out)["outdated"]) == ("", listed)
    several = "".join(json.dumps({"id": number, "question": QUESTION}) + "\n" for number in (1, 2))
    assert cli("ask", "--file", "-", "--top", "1", stdin=several).err == f"{line}\n"


def test_a_conversation_names_outdated_articles(cli: Cli, articles: Path) -> None:
    file = articles / "bees.md"
    file.unlink()
    lines = f"{QUESTION}\n/context\n/verify {ROOF}\n"
    printed = " ".join(cli("chat", stdin=lines).out.split())
    assert printed.count(f"{file.name} is no longer there: index again with `quoth index {articles}") == 3
    replies = [json.loads(line) for line in cli("chat", stdin=f"/json on\n{lines}").out.splitlines() if line[:1] == "{"]
    expected = {"path": file.name, "state": "gone"}
    assert [expected in reply["outdated"] for reply in replies] == [True] * 3
