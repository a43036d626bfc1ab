"""Half a sentence is never quoted, wherever a line or a block ends within it."""

from __future__ import annotations

import pytest

from retrieval.articles.converters import read_html
from retrieval.articles.sentences import segment
from retrieval.articles.text_files import read_text

OPENING = "The council of the town voted on Monday to close the old bridge over the river."
DIGEST = "0" * 64


def quotes(text: str, path: str = "a.txt") -> list[str]:
    (article,), _ = (read_html if path.endswith("html") else read_text)(text.encode(), path, DIGEST)
    return [" ".join(article.text[each.start : each.end].split()) for each in segment(article)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- You may park on the bridge\n  only with a permit.", "You may park on the bridge only with a permit."),
        ("- You may park on the\n  Main Bridge today.", "You may park on the Main Bridge today."),
        ("2. Dogs are allowed, cats\n   are not.", "Dogs are allowed, cats are not."),
        ("(b) Nobody else shall\npay.", "Nobody else shall pay."),
        ("A: Yes, if you\nhave a permit.", "Yes, if you have a permit."),
        ("You may park here\nonly with a permit.", "You may park here only with a permit."),
        ("> It is not\n> safe for cars.", "It is not > safe for cars."),
        ("The bridge is not\n\nsafe for cars today.", "The bridge is not safe for cars today."),
        ("The bridge is not\u2029safe for cars today.", "The bridge is not safe for cars today."),
        ("The fee is not\n\n40 dollars.", "The fee is not 40 dollars."),
        ("It is not\n\n- safe for cars.", "It is not - safe for cars."),
    ],
)
@pytest.mark.parametrize("behind", ["", f"\n\n{OPENING}"])
def test_a_line_in_lower_case_goes_on_with_the_one_before(text: str, sentence: str, behind: str) -> None:
    assert quotes(f"{OPENING}\n\n{text}{behind}") == [OPENING, sentence, *([OPENING] if behind else [])]


def test_a_first_line_that_goes_on_is_no_headline() -> None:
    assert quotes("The bridge is not\n\nsafe for cars today.") == ["The bridge is not safe for cars today."]


def test_two_halves_that_furniture_parts_are_left_out() -> None:
    text = f"{OPENING} The bridge is not\n\nAdvertisement\n\nsafe for cars. It was closed."
    assert quotes(text) == [OPENING, "It was closed."]


@pytest.mark.parametrize(
    "html",
    [
        "<p>It is not <div>safe for the cars today.</div></p>",
        "<p>It is not <span style='display:block'>safe for the cars today.</span></p>",
        "<p>It is not<br><br>safe for the cars today.</p>",
        "<p>It is not<ul><li>safe for the cars today.</ul>",
    ],
)
def test_blocks_of_a_page_that_part_a_sentence_are_joined(html: str) -> None:
    assert [quote.replace(" - ", " ") for quote in quotes(html, "a.html")] == ["It is not safe for the cars today."]


def test_a_paragraph_that_ends_in_a_title_ends_there() -> None:
    long = "The man who spoke to us all in the hall for two hours on that day is, as we all know by now, not a Dr."
    assert quotes(f"{OPENING}\n\n{long}\n\n{OPENING}") == [OPENING, long, OPENING]


def test_what_stands_below_a_heading_or_in_a_list_is_no_continuation() -> None:
    text = "# The list\n\nsmall letters begin here.\n\nThe town sells:\n\n- bread\n- milk from the farm\n"
    assert quotes(text, "a.md") == ["small letters begin here.", "bread", "milk from the farm"]
