"""Sources that differ, and quotes that say the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.answering.differences import Statement, differences, order
from retrieval.records import Citation, Quote
from tests.toy import build_toy, open_toy

OPEN, SHUT = "The bridge over the Tarn is now open to lorries.", "The bridge over the Tarn is not open to lorries."
FEE = "The council raised the harbour fee to {} euros a night."


def quotes(*texts: str) -> list[Quote]:
    """Quotes of one article each."""
    return [Quote(text, Citation(f"a{at}", "", 0, len(text), 1, ""), 0.5) for at, text in enumerate(texts)]


def words(text: str, other: str, question: str = "Why?") -> list[tuple[str, ...]]:
    """The words in which two quotes differ, of each; none where they do not."""
    pairs = differences(quotes(text, other), question)
    assert len(pairs) < 2
    return [phrases for difference in pairs for phrases in difference.words]


@pytest.mark.parametrize(
    ("text", "other", "differing"),
    [
        (FEE.format(12), FEE.format(15), [["12"], ["15"]]),
        (OPEN, SHUT, [["now"], ["not"]]),
        ("The court found him guilty of fraud.", "The court found him not guilty of fraud.", [[], ["not"]]),
        (
            "The letter was signed by Ida Lund in May.",
            "The letter was signed by Jon Moe in May.",
            [["Ida", "Lund"], ["Jon", "Moe"]],
        ),
        ("Give children 5 mg of it.", "Give children 50 mg of it. It works within an hour.", [["5"], ["50"]]),
        ("Dogs may swim in the lake", "Dogs may swim in the lake never", [[], ["never"]]),
        ("The club has five members today.", "The club has six members today.", [["five"], ["six"]]),
        ("It is safe to open the case.", "It is unsafe to open the case.", [["safe"], ["unsafe"]]),
        ("Keep the milk at -5 degrees.", "Keep the milk at 5 degrees.", [["-5"], ["5"]]),
        ("A ticket costs $5 a day.", "A ticket costs €5 a day.", [["$5"], ["€5"]]),
        ("The crossing takes twenty-five minutes.", "The crossing takes 30 minutes.", [["twenty-five"], ["30"]]),
        ("It cost 3 million euros.", "It cost four million euros.", [["3", "million"], ["four", "million"]]),
        ("The mill has a dozen windows.", "The mill has 14 windows.", [["dozen"], ["14"]]),
        (
            "The bridge over the Tarn has 12 arches.",
            "There are 14 arches in the bridge over the Tarn.",
            [["12"], ["14"]],
        ),
        ("The museum holds seven halls.", "Nine halls are in the museum.", [["seven"], ["Nine"]]),
        ("The crossing takes 25 minutes.", "The crossing lasts thirty minutes.", [["25"], ["thirty"]]),
    ],
)
def test_sources_differ_in_a_number_a_name_or_a_not(text: str, other: str, differing: list[list[str]]) -> None:
    assert [" ".join(phrases).split() for phrases in words(text, other)] == differing


@pytest.mark.parametrize(
    ("text", "other", "question"),
    [
        (OPEN, OPEN, "Is it open?"),
        ("The big dog barked all night.", "The small dog barked all night.", "Who barked?"),
        ("The pier opened on 5 May 2020.", "The pier opened on May 5, 2020.", "When did the pier open?"),
        ("It cost 1,000 yen a day.", "It cost 1000 yen a day.", "What did it cost?"),
        ("The U.S. signed it on the 3rd of May.", "The US signed it on the 3 of May.", "Who signed it?"),
        ("The tunnel under the river opened in 2001.", "The bridge over the river opened in 1998.", "When?"),
        ("Adults pay 5 euros a day.", "Children pay 3 euros a day.", "What does it cost?"),
        ("The museum has seven halls and 1,400 exhibits.", "The museum has 7 halls and 1400 exhibits.", "How many?"),
        ("The crossing takes twenty-five minutes.", "The crossing takes 25 minutes.", "How long does it take?"),
        ("It cost 3 million euros.", "It cost 3,000,000 euros.", "What did it cost?"),
        ("It cost two hundred and fifty euros.", "It cost 250 euros.", "What did it cost?"),
        ("The mill has a dozen windows.", "The mill has 12 windows.", "How many windows?"),
        ("There are fourteen arches in the bridge.", "The bridge has 14 arches.", "How many arches?"),
        ("The shop opens at 10:00 today.", "The shop opens at 10 today.", "When does the shop open?"),
        ("Children of 8-10 years pay nothing.", "Children of 8 to 10 years pay nothing.", "Who pays nothing?"),
        ("The mill has about 30 windows.", "The mill has 31 windows.", "How many windows?"),
        ("The tower has more than 200 steps.", "The tower has 214 steps.", "How many steps?"),
        ("The ferry from Gull to Port takes 25 minutes.", "The ferry from Port to Gull takes 30 minutes.", "How long?"),
        ("The hall has 12 seats for guests.", "There are 14 seats in the hall.", "How many seats?"),
        ("The club had five members.", "There are six members in the club.", "How many members?"),
        ("The ferry has 30 seats.", "In the ferry there are 12 boats.", "How many?"),
        ("The lake has 3 islands.", "There are no 4 islands in the lake.", "How many islands?"),
        ("1. Turn the valve to the left.", "4. Turn the valve to the left.", "How do I do it?"),
        ("It cost 12 euros.", "Nobody knows why the 15 lamps went out.", "What did it cost?"),
        ("Berlin is the capital of Germany.", "Paris is the capital of France.", "What is the capital of France?"),
        ("The fee of 2023 was 12 euros a night.", "The fee of 2024 was 15 euros a night.", "What was the fee of 2024?"),
    ],
)  # fmt: skip
def test_other_quotes_do_not(text: str, other: str, question: str) -> None:
    assert words(text, other, question) == []


def test_one_article_does_not_differ_from_itself() -> None:
    first, second = quotes(FEE.format(12), FEE.format(15))
    assert differences([first, replace(second, citation=first.citation)], "Why?") == ()


def placed(*published: str | None, question: str = "How much is the fee?", top: int = 3) -> list[int]:
    """The order of statements that differ in a number, by their dates."""
    statements = [Statement(FEE.format(10 + at), at, date) for at, date in enumerate(published)]
    return order(statements, question, top)


def test_the_newer_of_two_that_differ_comes_first() -> None:
    assert placed("2023-05-04", "2024-05-02") == [1, 0]
    assert placed("2024-05-02", "2023-05-04") == [0, 1]
    assert placed("2022-01-01", "2023-01-01", "2024-01-01") == [2, 1, 0]
    assert placed(None, "2024-05-02") == [0, 1], "both have to be dated"


def test_the_one_of_the_year_asked_for_comes_first() -> None:
    assert placed("2024-05-02", "2023-05-04", question="How much was the fee in 2023?") == [1, 0]


def test_the_newest_of_the_time_asked_for_comes_first() -> None:
    question = "How much was the fee as of 2023?"
    assert placed("2024-05-02", "2021-05-04", "2022-05-04", question=question) == [2, 1, 0]
    assert placed("2024-05-02", "2025-05-04", question=question) == [1, 0]


def test_what_does_not_differ_stays_in_its_place() -> None:
    statements = [Statement("Bees are kept in hives.", 0, "2020-01-01"), Statement(OPEN, 1, "2024-01-01")]
    assert order(statements, "Why?", 3) == [0, 1]


def test_of_those_that_say_the_same_one_is_shown_first() -> None:
    same = "The dog of the old miller barked all night long.", "The dog of that old miller also barked all night long."
    statements = [Statement(text, at) for at, text in enumerate([*same, OPEN, "Bees sleep.", "Rain falls on hills."])]
    assert order(statements, "Who barked?", 3) == [0, 2, 3]
    assert order(statements, "Who barked?", 9) == [0, 2, 3, 1, 4]
    assert order(statements[:2], "Who barked?", 3) == [0]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("The old tower was built before the war.", "The old tower was built after the war."),
        ("The museum is open on Mondays.", "The museum is closed on Mondays."),
        ("Dogs are allowed in the hall.", "Dogs are forbidden in the hall."),
        ("The club has five members.", "The club has six members."),
    ],
)
def test_what_says_something_else_is_shown(text: str, other: str) -> None:
    assert order([Statement(text, 0), Statement(other, 1)], "Why?", 3) == [0, 1]


def test_an_answer_names_the_differences_of_its_quotes(tmp_path: Path) -> None:
    corpus = tmp_path / "articles"
    corpus.mkdir()
    for year, fee in ((2023, 12), (2024, 15)):
        (corpus / f"{year}.md").write_text(f"---\npublished: {year}-05-04\n---\n\n{FEE.format(fee)}\n")
    build_toy(corpus, tmp_path / "index")
    answer = open_toy(tmp_path / "index").ask("How much is the harbour fee a night?")
    assert [quote.citation.article for quote in answer.quotes] == ["2024", "2023"]
    (difference,) = answer.differences
    assert difference.quotes == (0, 1)
    assert difference.words == (("15",), ("12",))


def test_the_newer_comes_first_however_dates_are_written(tmp_path: Path) -> None:
    corpus = tmp_path / "articles"
    corpus.mkdir()
    for date, fee in (("May 4, 2023", 12), ("2024-05-02", 15)):
        (corpus / f"{fee}.md").write_text(f"---\npublished: {date}\n---\n\n{FEE.format(fee)}\n")
    build_toy(corpus, tmp_path / "index")
    answer = open_toy(tmp_path / "index").ask("How much is the harbour fee a night?")
    assert [quote.citation.article for quote in answer.quotes] == ["15", "12"]


def test_marks_that_are_not_shown_are_no_difference() -> None:
    pair = [
        replace(quote, citation=replace(quote.citation, path="a.md"))
        for quote in quotes(
            "The fee is [posted](https://a.example/2021).[^1]", "The fee is [posted](https://a.example/2022).[^2]"
        )
    ]
    assert differences(pair, "Where is the fee posted?") == ()
