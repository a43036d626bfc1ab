"""Lines of plain text that were broken by hand, and lines that are meant as lines."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from retrieval.articles.running_text import goes_on
from retrieval.articles.sentences import segment
from retrieval.articles.text_files import read_text

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "articles"
OPENING = "The council of the town voted on Monday to close the old bridge over the river."


def quotes(text: str, path: str = "a.txt") -> list[str]:
    (article,), _ = read_text(text.encode(), path, "0" * 64)
    return [" ".join(article.text[each.start : each.end].split()) for each in segment(article)]


def paragraphs() -> list[str]:
    """The paragraphs of the seeds, each on one line."""
    articles = (file.read_text("utf-8").split("\n---\n", 1)[1] for file in sorted(SEEDS.glob("*.md")))
    lines = (" ".join(paragraph.split()) for article in articles for paragraph in article.split("\n\n"))
    return [line for line in lines if len(line) > 60 and not line.startswith(("#", "-", "|", ">"))]


def ragged(paragraph: str, widths: random.Random, least: int, most: int) -> str:
    """Break a paragraph at another width each line."""
    lines, width = [""], widths.randint(least, most)
    for word in paragraph.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
            width = widths.randint(least, most)
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def a_clause_a_line(paragraph: str) -> str:
    return re.sub(r"([,;:]|[.!?][”\"]?) ", r"\1\n", paragraph)


@pytest.mark.parametrize("widths", [(15, 40), (30, 72), (62, 72), (80, 140)])
def test_lines_broken_at_any_width_give_the_sentences_of_the_unbroken_text(widths: tuple[int, int]) -> None:
    drawn = random.Random(2)
    broken = [ragged(paragraph, drawn, *widths) for paragraph in paragraphs()]
    assert quotes("News\n\n" + "\n\n".join(broken)) == quotes("News\n\n" + "\n\n".join(paragraphs()))


def test_a_clause_a_line_gives_the_sentences_of_the_unbroken_text() -> None:
    broken = map(a_clause_a_line, paragraphs())
    assert quotes("News\n\n" + "\n\n".join(broken)) == quotes("News\n\n" + "\n\n".join(paragraphs()))


@pytest.mark.parametrize(
    "sentence",
    [
        "Nobody from the\nUnited States signed the treaty.",
        "None of the\n30 members signed the treaty.",
        "Contrary to what he claimed,\nNorway has signed it.",
        "The matter was put off by the NATO-\nRussia Council.",
        "Among the heads of state only Prime Minister\nNils Berg of Norway refused to sign the new treaty.",
        "The company denied that CEO\nJane Roe was guilty.",
        "Only President\nBiden of all the heads of state opposed the treaty.",
        "Critics (among them Mayor\nBob Roe) say the bridge is safe.",
        "Niemand in der kleinen\nStadt am Fluss zahlt für die\nBrücke.",
        "Personne dans la\nCommune de Marlow ne paie.",
        "It is untrue that the car was hit by Cllr.\nSmith in May.",
    ],
)
def test_a_line_that_ends_within_a_sentence_goes_on_before_a_capital(sentence: str) -> None:
    whole = " ".join(sentence.split())
    assert quotes(f"News\n\n{OPENING}\n\n{sentence}\n\n{OPENING}") == [OPENING, whole, OPENING]
    assert quotes(f"{sentence}\n\n{OPENING}") == [whole, OPENING]


def test_a_first_line_that_goes_on_before_a_capital_is_no_title() -> None:
    (article,), _ = read_text(b"Nobody from the\nUnited States signed the treaty.", "big_letter.txt", "0" * 64)
    assert article.title == "big letter"


def test_a_bullet_goes_on_before_a_capital() -> None:
    assert quotes("- Do not write to the\nRegistry any more.\n- Use the file.", "a.txt") == [
        "Do not write to the Registry any more.",
        "Use the file.",
    ]


def test_what_a_speaker_says_goes_on_before_a_capital() -> None:
    text = "Q. May I bring a dog on the\nMarlow ferry?\nA. Only if it is a\nGuide dog.\n\nQ. And on Sunday?\nA. Never."
    assert quotes(text) == ["Only if it is a Guide dog.", "Never."]


def test_a_verse_that_hangs_goes_on_and_the_others_are_lines() -> None:
    verses = "Silver river under stars\nNobody but the\nKeeper knows\nWhere the boats go down"
    assert quotes(f"The Lamp\n\n{verses}\n") == [
        "Silver river under stars",
        "Nobody but the Keeper knows",
        "Where the boats go down",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "Harbour master: Ada Bracken\nDogs: no\nMoorings: 120",
        "Port of Marlow\n5 Quay Road\nMarlow MA1 2BC\nUnited Kingdom",
        "Added a dark mode\nRemoved the importer\nFixed the crash on start",
        "Boil the water\nAdd the cod\nServe with bread",
        "ada: The ferry is late\nbob: no ferry on Sunday\nada: thanks for telling us",
        "10:02 ada The ferry is late\n10:03 bob Nobody told the\n10:04 ada Really late",
        "Harbour   Depth   Run by\nMarlow   Deep   The\nSkerrin   3 m   of",
    ],
)
def test_lines_that_are_meant_as_lines_stay_apart(lines: str) -> None:
    assert quotes(f"The Lamp\n\n{lines}\n") == [" ".join(line.split()) for line in lines.split("\n")]


def test_a_heading_right_above_a_text_is_no_part_of_it() -> None:
    text = "Opening hours\nThe mill is open daily from nine to five. It is closed\non Sundays in winter."
    assert quotes(f"{OPENING}\n\n{text}\nParking\nVisitors park behind the mill by the river.") == [
        OPENING,
        "The mill is open daily from nine to five.",
        "It is closed on Sundays in winter.",
        "Visitors park behind the mill by the river.",
    ]


def test_paragraphs_of_one_line_each_are_not_joined() -> None:
    long = "The mayor said that it was not so. " * 8
    assert goes_on([long, "How the town may weigh in", "Prime Minister Roe said no.", long]) == [False] * 4
