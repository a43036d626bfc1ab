"""`quoth ask`: what it prints, of one question and of a file of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.bot.conftest import BEES, ECHO, HARBOUR, HOSTILE, Cli

QUESTION = "Who built the lighthouse of Porto Vell?"
LIGHTHOUSE = "The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira."
OFF_TOPIC = "How do I bake sourdough bread?"
TEXTS = {"harbour": HARBOUR, "bees": BEES, "echo": ECHO, "hostile": HOSTILE}


def test_an_answer_in_a_pipe(cli: Cli) -> None:
    ran = cli("ask", QUESTION, "--top", "1")
    lines = ran.out.splitlines()
    assert (ran.status, ran.err) == (0, "")
    assert lines[0].removeprefix(" 1 │ ") in (LIGHTHOUSE, ECHO.strip())
    assert "     also in: " in ran.out
    assert "https://example.org/harbour#news:~:text=The%20lighthouse" in ran.out or "Engineer" in lines[0]
    assert re.fullmatch(r"Confidence: (fair|high) \(\d\.\d\d\)", lines[-1])


def test_the_words_of_a_question_need_no_quotes(cli: Cli) -> None:
    ran = cli("ask", *QUESTION.split(), "--json", "--top", "2")
    answer = json.loads(ran.out)
    assert (ran.status, answer["question"], answer["id"], answer["answered"]) == (0, QUESTION, None, True)
    assert list(answer) == [
        "id", "question", "searched", "answered", "confidence", "quotes", "nearest", "fingerprint", "elapsed_ms",
    ]  # fmt: skip
    assert 1 <= len(answer["quotes"]) <= 2
    for quote in answer["quotes"]:
        cited = quote["citation"]
        assert TEXTS[cited["article"]][cited["start"] : cited["end"]] == quote["text"]


def test_a_filter_holds_before_the_search(cli: Cli) -> None:
    ran = cli("ask", QUESTION, "--source", "coast gazette", "--since", "2023-05", "--until", "2023", "--path", "*.md")
    assert ran.status == 0
    note = "Filter: since 2023-05-01 · until 2023-12-31 · source: coast gazette · path: *.md (1 article, "
    assert ran.out.startswith(f"{note}4 without dates left out)\n\n 1 │ {LIGHTHOUSE}\n")
    assert "also in" not in ran.out
    answer = json.loads(cli("ask", QUESTION, "--path", "echo.txt", "--language", "en", "--json").out)
    assert answer["filter"] == {"path": "echo.txt", "language": "en", "articles": 1}
    assert [quote["citation"]["article"] for quote in answer["quotes"]] == ["echo"]
    lines = cli("ask", "--file", "-", "--json", "--path", "bees.md", stdin=json.dumps({"id": 1, "question": QUESTION}))
    assert (lines.status, json.loads(lines.out)["nearest"]) == (1, [{"article": "bees", "title": "Bees on the roof"}])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--tag", "x"), "There is no article with the tag 'x': none has tags."),
        (("--language", "de"), "There is no article in the language 'de': there is en."),
        (
            ("--since", "2024"),
            "There is no article published since 2024-01-01: the dates go from 2023-05-04 to 2023-05-04, and 4 "
            "without a date are left out.",
        ),
        (("--until", "soon"), "The date 'soon' cannot be read: write it as 2023, 2023-06, 2023-06-30 or 30 June 2023."),
    ],
)
def test_a_filter_without_an_article_is_a_mistake(cli: Cli, options: tuple[str, ...], sentence: str) -> None:
    for command in ("ask", "search"):
        ran = cli(command, QUESTION, *options)
        assert (ran.status, ran.out, ran.err) == (2, "", f"quoth: {sentence}\n")


def test_the_date_that_an_answer_went_by_is_shown(cli: Cli) -> None:
    question = "How many boats has the fishing fleet lost as of 2023?"
    assert "\nAs of 2023-05-04, when the first source was published\nConfidence: " in cli("ask", question).out
    assert json.loads(cli("ask", question, "--json").out)["as_of"] == "2023-05-04"


def test_an_abstention_exits_as_grep_does(cli: Cli) -> None:
    ran = cli("ask", OFF_TOPIC)
    assert ran.status == 1
    assert ran.out.startswith("The corpus does not answer that.\n\nNearest articles:\n   · ")
    assert json.loads(cli("ask", OFF_TOPIC, "--json").out)["quotes"] == []
    weak = json.loads(cli("ask", OFF_TOPIC, "--json", "--show-weak").out)
    assert {quote["weak"] for quote in weak["quotes"]} == {True}
    assert "     weak: " in cli("ask", OFF_TOPIC, "--show-weak").out


def test_a_misspelt_word_is_set_right_and_said(cli: Cli) -> None:
    assert cli("ask", "Who built the lighthuose?").out.startswith("Searched for: Who built the lighthouse?\n\n")


def test_what_a_terminal_would_obey_is_shown_and_not_sent(cli: Cli) -> None:
    question = "What did a clerk type into the town register of 1950?"
    assert r" typed \x1b[31mred ink\x1b[0m and \u202ekcab\u202c letters" in cli("ask", question).out
    printed = cli("ask", question, "--json").out
    assert "\x1b" not in printed
    assert json.loads(printed)["quotes"][0]["text"] == HOSTILE.strip()


def test_questions_from_a_file_are_answered_in_order(cli: Cli, tmp_path: Path) -> None:
    questions = [("a", OFF_TOPIC), (2, QUESTION), ("c", "How many boats did the storm of 1911 cost the fishing fleet?")]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n\n".join(json.dumps({"id": id_, "question": question}) for id_, question in questions))
    ran = cli("ask", "--file", file, "--json")
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.status, [(answer["id"], answer["question"]) for answer in answers]) == (1, questions)
    assert [answer["answered"] for answer in answers] == [False, True, True]
    read = cli("ask", "--file", "-", stdin=file.read_bytes())
    assert [line for line in read.out.splitlines() if re.match(r"\w+: How|2: ", line)] == [
        f"{id_}: {question}" for id_, question in questions
    ]


def test_earlier_questions_of_a_line_join_one_that_leans_on_them(cli: Cli) -> None:
    lines = (
        {"id": 1, "question": "and who built it?", "history": ["When was the lighthouse of Porto Vell built?"]},
        {"id": 2, "question": QUESTION, "history": ["What do the pupils sell?"]},
        {"id": 3, "question": "and who built it?"},
    )
    ran = cli("ask", "--file", "-", "--json", stdin="\n".join(map(json.dumps, lines)))
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [answer["searched"] for answer in answers] == [
        "When was the lighthouse of Porto Vell built? and who built it?", QUESTION, "and who built it?",
    ]  # fmt: skip
    assert "Marta Oliveira" in answers[0]["quotes"][0]["text"]


@pytest.mark.parametrize(
    ("questions", "status"),
    [([OFF_TOPIC], 1), ([QUESTION], 0), ([QUESTION, OFF_TOPIC], 1), ([OFF_TOPIC, QUESTION], 1), ([QUESTION] * 2, 0)],
)
@pytest.mark.parametrize("form", [["--json"], ["--json", "--show-weak"], []])
def test_a_file_exits_with_1_if_a_question_was_not_answered(
    questions: list[str], status: int, form: list[str], cli: Cli
) -> None:
    lines = [json.dumps({"id": number, "question": question}) for number, question in enumerate(questions)]
    assert cli("ask", "--file", "-", *form, stdin="\n".join(lines)).status == status
    assert "only if every question was answered" in " ".join(cli("ask", "--help").out.replace("│", " ").split())


def test_a_bad_line_stops_a_file_before_any_question(cli: Cli) -> None:
    ran = cli("ask", "--file", "-", "--json", stdin='{"id": 1, "question": "Who?"}\n{"id": 2}\n[]')
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        "quoth: Standard input has 2 lines that cannot be asked, so nothing was asked:\n"
        '  line 2: "question" is missing; add it, as a string.\n'
        '  line 3: it is not an object; write one, such as {"id": "1", "question": "Who signed the letter?"}.\n'
    )
