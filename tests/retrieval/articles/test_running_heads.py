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
