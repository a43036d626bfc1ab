"""`quoth reach`: what it prints of a corpus, with and without questions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.cli.reach import ReachOptions, ready
from bot.settings import IndexSettings, ModelSettings, Settings
from retrieval.evaluation.coverage.reach import AskedQuestion
from retrieval.records import Turn
from tests.bot.conftest import BEES, ECHO, Cli
from tests.conftest import MODEL_CACHE

QUESTIONS = ("Who built the lighthouse of Porto Vell?", "How many beehives are on the roof?", "How is bread baked?")
NO_QUESTIONS = "This needs questions: name a gold set, or the Discord bot's database with --store.\n"
REF = re.compile(r"\S+@[0-9a-f]{12}#\d+-\d+")


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """A gold set; its answers are of no account here."""
    lines = [
        {"id": str(number), "question": question, "answerable": False, "gold": []}
        for number, question in enumerate(QUESTIONS)
    ]
    (tmp_path / "gold.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path / "gold.jsonl"


def test_without_questions_the_corpus_is_compared_with_itself(cli: Cli) -> None:
    ran = cli("reach", "--json")
    report = json.loads(ran.out)
    assert (ran.status, ran.err) == (0, "")
    assert list(report) == [
        "fingerprint",
        "articles",
        "sentences",
        "characters",
        "left_out",
        "not_read",
        "questions",
        "alike",
        "own_words",
    ]
    assert (report["articles"], report["questions"]) == (5, None)
    (group,) = report["alike"]["groups"]
    assert (group["wordings"], group["articles"], report["alike"]["likeness"]) == (1, 2, 92.0)
    assert [(line["text"], line["citation"]["article"]) for line in group["sentences"]] == [
        (ECHO.strip(), "echo"),
        (ECHO.strip().replace("Engineer", "engineer"), "harbour"),
    ]
    (repeat,) = report["alike"]["repeats"]
    assert {key: repeat[key] for key in ("article", "sentences", "repeated", "other", "shared")} == {
        "article": "echo", "sentences": 1, "repeated": 1, "other": "harbour", "shared": 1,
    }  # fmt: skip
    own = report["own_words"]
    assert (own["asked"], own["of"], own["seed"]) == (report["sentences"], report["sentences"], None)
    assert own["refused"] == []
    (unreached,) = own["unreached"]
    assert list(unreached) == ["text", "citation", "cause", "rank", "confidence", "instead"]
    assert (unreached["cause"], unreached["rank"]) == ("twin", None)
    assert {unreached["citation"]["article"], unreached["instead"]["citation"]["article"]} == {"echo", "harbour"}


def test_the_questions_of_a_gold_set_are_asked(cli: Cli, gold: Path) -> None:
    ran = cli("reach", gold, "--json")
    questions: dict[str, Any] = json.loads(ran.out)["questions"]
    assert (ran.status, questions["asked"], questions["answered"]) == (0, 3, 2)
    quoted = {
        article["article"]: (article["quoted"], article["quoted_first"], article["sentences"])
        for article in questions["articles"]
    }
    assert (quoted["bees"], quoted["echo"], quoted["hostile"]) == ((1, 1, 2), (1, 1, 1), (0, 0, 1))
    counts = [article["quoted"] for article in questions["articles"]]
    assert counts == sorted(counts)
    assert 3 <= questions["sentences_quoted_first"] <= questions["sentences_quoted"]


def test_earlier_questions_of_a_gold_line_go_along(index: Path, tmp_path: Path) -> None:
    line = {"id": "1", "question": "And when?", "history": [QUESTIONS[0]], "answerable": False, "gold": []}
    (tmp_path / "gold.jsonl").write_text(json.dumps(line) + "\n")
    settings = Settings(index=IndexSettings(index), model=ModelSettings(cache=MODEL_CACHE))
    _, questions = ready(ReachOptions(tmp_path / "gold.jsonl"), settings)
    assert questions == (AskedQuestion("And when?", (Turn(QUESTIONS[0]),)),)


def test_a_set_that_brings_its_corpus_is_asked_over_that(cli: Cli, tmp_path: Path) -> None:
    paragraph = "The mill of Arden burned down in 1620. It was never built again."
    answers = [{"text": "1620", "answer_start": paragraph.index("1620")}]
    question = {"id": "a", "question": "When did the mill burn down?", "answers": answers, "is_impossible": False}
    squad = {"title": "Arden", "paragraphs": [{"context": paragraph, "qas": [question]}]}
    (tmp_path / "mills.json").write_text(json.dumps({"version": "v2.0", "data": [squad]}))
    report = json.loads(cli("reach", tmp_path / "mills.json", "--json").out)
    assert (report["articles"], report["sentences"], report["questions"]["asked"]) == (1, 2, 1)


def test_a_corpus_may_be_named_with_and_without_a_gold_set(cli: Cli, gold: Path, index: Path, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "bees.md").write_text(BEES)
    for arguments, count in (((), 0), ((gold,), 3)):
        report = json.loads(cli("reach", *arguments, "--corpus", tmp_path / "articles", "--json").out)
        assert (report["articles"], (report["questions"] or {"asked": 0})["asked"]) == (1, count)
        ran = cli("reach", *arguments, "--corpus", tmp_path / "articles", "--index", index)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.startswith("quoth: --corpus and --index were both given: name the articles or the index to ask")


def test_gold_that_the_index_does_not_have_is_told_or_left_out(cli: Cli, gold: Path) -> None:
    place = {"article": "nobody", "start": 0, "end": 5, "quote": "Words"}
    bad = {"id": "bad", "question": "Who?", "answerable": True, "gold": [place]}
    gold.write_text(gold.read_text() + json.dumps(bad) + "\n")
    ran = cli("reach", gold)
    assert (ran.status, ran.out) == (2, "")
    assert "has a fault, so nothing was asked (--skip-bad asks the other 3 questions):\n  line 4: " in ran.err
    skipped = cli("reach", gold, "--skip-bad", "--json")
    assert skipped.err.startswith("Left out of the gold set (1 fault):\n  line 4: ")
    assert json.loads(skipped.out)["questions"]["asked"] == 3


def test_a_sample_says_that_it_is_one(cli: Cli) -> None:
    own = json.loads(cli("reach", "--sample", "2", "--json").out)["own_words"]
    assert (own["asked"], own["seed"]) == (2, 4)
    assert own["low"] <= own["share"] <= own["high"]
    assert "A sample of 2 sentences, drawn from 9 (--sample 0 takes all), asked in their" in cli(
        "reach", "--sample", "2"
    ).out.replace("\n", " ")


def test_a_report_in_a_pipe(cli: Cli, gold: Path) -> None:
    ran = cli("reach", gold, "--limit", "1")
    assert ran.status == 0
    assert "\n3 questions, 2 of them answered.\n2 of 5 articles are quoted in no answer:\n" in ran.out
    assert ran.out.count("   ... and 1 more (--limit 0 shows all)\n") == 1
    assert " 1 │ The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira" in ran.out
    assert "     2 times in 2 articles, in the same words:\n" in ran.out
    assert NO_QUESTIONS not in ran.out
    whole = cli("reach", gold, "--limit", "0").out
    assert "--limit" not in whole
    assert NO_QUESTIONS in cli("reach").out


def test_every_permalink_can_be_shown(cli: Cli, gold: Path) -> None:
    refs = set(REF.findall(cli("reach", gold, "--limit", "0").out))
    assert len(refs) >= 5
    for ref in refs:
        assert cli("show", ref).status == 0


def test_what_a_terminal_would_obey_is_never_sent(cli: Cli, gold: Path) -> None:
    for arguments in ((), ("--json",)):
        assert not re.search("[\x1b\u202e\u202c]", cli("reach", gold, "--limit", "0", *arguments).out)


@pytest.mark.parametrize(("option", "value"), [("--sample", "-1"), ("--limit", "-20")])
def test_a_number_below_zero_is_refused(cli: Cli, option: str, value: str) -> None:
    ran = cli("reach", option, value)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"quoth: The option {option} {value} is below zero: give a number, or 0 for all.\n"


def test_questions_that_are_not_there_are_told_before_anything_is_asked(cli: Cli, tmp_path: Path) -> None:
    ran = cli("reach", tmp_path / "none.json")
    assert (ran.status, ran.out) == (2, "")
    assert "none.json" in ran.err
    ran = cli("reach", "--store", tmp_path / "none.db")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.replace("\n", " ") == (
        f"quoth: The Discord bot's database {tmp_path / 'none.db'} is not there: the bot makes it when it first runs. "
    )
