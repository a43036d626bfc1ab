"""Running heads and page numbers stand in no quote, and no sentence is taken for one."""

from __future__ import annotations

import pytest

from retrieval.articles.running_heads import without_running_heads

TEXTS = (
    "The council met four times.\nThe mayor said that the contract with",
    "Bracken and Sons is signed.\nThe firm has built nine harbours.",
    "It begins with the pier.\nThe town expects many people.",
)


@pytest.mark.parametrize("foot", ["Page {} of 3", "{}", "- {} -", "Annual Report | p. {}"])
def test_running_heads_are_left_out(foot: str) -> None:
    pages = [f"Annual Report 2024\n{text}\n{foot.format(number)}" for number, text in enumerate(TEXTS, 1)]
    kept, heads = without_running_heads(pages)
    assert kept == list(TEXTS)
    assert heads == [line for number in (1, 2, 3) for line in ("Annual Report 2024", foot.format(number))]


def test_the_numbers_of_two_pages_are_left_out() -> None:
    pages = [f"{text}\nPage {number}" for number, text in enumerate(TEXTS[:2], 1)]
    assert without_running_heads(pages)[0] == list(TEXTS[:2])


@pytest.mark.parametrize(
    "lines",
    [
        ("The fee is 5 euros a night.", "The fee is 7 euros a night.", "The fee is 9 euros a night."),
        ("12 40", "13 50", "14 60"),
        ("Ada Bracken", "Silas Penn", "Tom Hale"),
    ],
)
def test_lines_that_say_something_stay(lines: tuple[str, ...]) -> None:
    pages = [f"{line}\n{text}" for line, text in zip(lines, TEXTS, strict=True)]
    assert without_running_heads(pages) == (pages, [])


def test_one_page_has_no_running_head() -> None:
    assert without_running_heads(["1\nIt came.\nIt went.\nPage 1"])[1] == []


@pytest.mark.parametrize(
    "lines",
    [
        "Sheet {} shows the pump.\nTurn the valve {} to the left.\nDo not\nopen the cover while it turns.",
        "Letter {} is about the work.\nThe sum is {} dollars.\nThe seller does not\npromise that\nthey are safe.",
        "Day {} went well.\nEverybody worked {} hours.\nNobody\nMay leave\nBefore Nine",
        "Room {} is free.\nIn this house the guests do not\nPay",
    ],
)
def test_a_line_that_a_sentence_runs_through_stays(lines: str) -> None:
    pages = [lines.format(number, number + 3) for number in range(1, 6)]
    assert without_running_heads(pages) == (pages, [])


def test_a_number_within_a_sentence_stays() -> None:
    pages = [
        "The town met.\nA licence for a dog is now at\n40",
        "The town met again.\nA licence for a cat is now at\n41",
    ]
    assert without_running_heads(pages) == (pages, [])
