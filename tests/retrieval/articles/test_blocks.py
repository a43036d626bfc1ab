"""Blocks of plain text, Markdown and PDF text, and the sentences healed across them."""

from __future__ import annotations

import pytest

from retrieval.articles.blocks import blocks_of
from retrieval.articles.sentence_ends import ends_sentence
from retrieval.articles.visible import visible_text
from retrieval.records import Article, Kind

LONG = "The mayor of the harbour town spoke for an hour about the letter that had come from the"


def blocks(text: str, path: str = "a.txt", *, title: str = "") -> list[tuple[str, str]]:
    article = Article("a", text, title, "0" * 64, path=path)
    return [(block.kind.name, text[block.start : block.end]) for block in blocks_of(article, visible_text(article))]


def prose(text: str, path: str = "a.txt") -> list[str]:
    return [shown for kind, shown in blocks(text, path) if kind == Kind.PROSE.name]


# Line ends


def test_a_hard_wrapped_file_has_soft_line_ends() -> None:
    first = "The letter came on Friday\nand was read aloud by the\nmayor. It was short."
    second = "The town was silent for a\nwhole day."
    assert prose(f"{first}\n{second}") == [first, second]


def test_a_paragraph_a_line_has_hard_line_ends() -> None:
    first, second = "The letter came on Friday. " * 6, "It was read aloud by the mayor. " * 5
    assert prose(f"{first}\n{second}\r\n{first}") == [first.strip(), second.strip(), first.strip()]


def test_a_long_address_does_not_hide_that_a_file_is_wrapped() -> None:
    text = "https://example.org/" + "a" * 200 + "\nThe letter came on Friday\nand was read aloud."
    assert prose(text) == ["The letter came on Friday\nand was read aloud."]


@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\r\r", "\n \t\n", "\n\n\n\n", "\u2029\u2029"])
def test_blank_lines_part_blocks(gap: str) -> None:
    assert prose(f"It came.{gap}It was read.") == ["It came.", "It was read."]


def test_a_lone_carriage_return_and_newline_is_one_line_end() -> None:
    assert prose("The letter came on\r\nFriday, and was\r\nread.") == ["The letter came on\r\nFriday, and was\r\nread."]


@pytest.mark.parametrize("mark", ["- ", "* ", "• ", "1. ", "12) ", "(3) ", "a) "])
def test_bullets_begin_behind_their_mark(mark: str) -> None:
    assert blocks(f"It came.\n{mark}a letter from the town")[-1] == ("ITEM", "a letter from the town")


def test_a_number_at_a_soft_line_end_is_no_bullet() -> None:
    text = "The letter that the mayor had was sent in December\n12. It was read aloud by all of the mayor's friends."
    assert prose(text) == [text]


def test_pdf_lines_are_soft_but_for_titles_and_last_lines() -> None:
    text = (
        "A Letter Comes\n"
        "The letter came on Friday and was read aloud by the mayor\n"
        "of the town, who did not like what it said about ships.\n"
        "It was short.\n"
        "The town was silent for the whole of a day and a night and\n"
        "then began to talk."
    )
    assert [shown.count("\n") for shown in prose(text, "a.pdf")] == [2, 1]
    assert blocks(text, "a.pdf")[0] == ("HEADING", "A Letter Comes")


# Headlines


def test_the_first_block_is_the_headline_if_it_does_not_end_as_a_sentence() -> None:
    headline = "A letter that came to the harbour town on Friday is read aloud by the mayor to all"
    assert blocks(f"Advertisement\n\n{headline}\n\nIt came.") == [
        ("LEFT_OUT", "Advertisement"),
        ("HEADING", headline),
        ("PROSE", "It came."),
    ]


@pytest.mark.parametrize("tags", ["#history", "#history #drinks/tea", "^tea-1", "[^1]"])
def test_a_sentence_with_tags_behind_it_is_no_headline(tags: str) -> None:
    sentence = f"Tea came to Farrow with the merchant Grey in 1702. {tags}"
    assert blocks(f"{sentence}\n\nIt was dear.")[0][0] != "HEADING"


def test_the_first_block_is_the_headline_if_it_is_the_title() -> None:
    assert blocks("Did it come?\n\nIt came.", title="Did it come?")[0] == ("HEADING", "Did it come?")
    assert blocks("Did it come?\n\nIt came.", title="Letter")[0] == ("PROSE", "Did it come?")


def test_a_text_of_one_block_is_no_headline() -> None:
    assert blocks(LONG) == [("PROSE", LONG)]


# Healing

HEALED = [
    (LONG + " Prime Minister", "Jane Roe."),
    (LONG + " Prime Minister", "Jane de la Roe,", "who had written it."),
    (LONG + " Prime Minister", "Jane Roe", "told them on Friday that it had come. It was short."),
    (LONG + " Prime Minister", "Jane Roe", "\u00a0said\u00a0 it came."),
    (LONG + " town of its friends", "and was read."),
    (LONG, "Harbour Council and of nobody else, as far as could be seen."),
    ("She did not write again. A spokesman called", "John Roe", "said that she would."),
    ("Jane Roe", "said that the letter had come."),
    (LONG + " office of Mr.", "Roe was read."),
    (LONG + " town and its friends", "told reporters that", "Jane Roe."),
]


@pytest.mark.parametrize("parts", HEALED)
@pytest.mark.parametrize("gap", ["\n\n", "\n \n\n", "\r\n\r\n"])
def test_a_broken_sentence_becomes_one_block(parts: tuple[str, ...], gap: str) -> None:
    broken = gap.join(parts).strip()
    assert prose(f"It came.{gap}{broken}{gap}The town was silent.") == ["It came.", broken, "The town was silent."]


def test_a_sentence_broken_at_single_line_ends_becomes_one_block() -> None:
    before = "It came. " * 20
    broken = LONG + " Prime Minister\nJane Roe."
    assert prose(f"{before}\n{broken}\n{before}") == [before.strip(), broken, before.strip()]


APART = [
    ("A Letter Comes", "It came on Friday."),
    ("What the mayor said", "It came on Friday."),
    ("The mayor's key points:", "no letter will be sent."),
    (LONG + ":", "no letter will be sent."),
    (LONG + " town", "The town was silent."),
    (LONG + " town", "Jane Roe", "The town was silent."),
    (LONG + " town", "John Roe/Associated Press", "and so on."),
    (LONG + " town", "Advertisement", "and so on."),
    (LONG + " town", "Domestic matters weigh in", "The town was silent."),
    (LONG + " town.", "and so on."),
    (LONG + " town", "by Jane Roe", "The town was silent."),
    ("27 January 2022", "it came."),
    (LONG + " town", "- and a bullet of it"),
]


@pytest.mark.parametrize("parts", APART)
def test_what_is_no_part_of_the_sentence_stays_apart(parts: tuple[str, ...]) -> None:
    found = [shown for _, shown in blocks("\n\n".join(("It came.", *parts)))]
    assert found == ["It came.", *(part.removeprefix("- ") for part in parts)]


def test_letters_without_case_never_go_on() -> None:
    text = "ქართული ენა არის ძალიან ლამაზი და ძველი ენა და მას ბევრი ადამიანი ლაპარაკობს მთელ მსოფლიოში დღეს"
    assert prose(f"{text}.\n\n{text}\n\n{text}.") == [f"{text}.", text, f"{text}."]


# Scripts


def test_an_article_in_two_languages_keeps_both() -> None:
    english, russian = "The letter came on Friday.", "Письмо пришло в пятницу."
    assert prose(f"{english}\n\n{russian}") == [english, russian]
    quoted = f"{english} " * 5 + f"\n\n{russian}\n\n" + f"{english} " * 5
    assert russian in prose(quoted)
    assert prose(f"{english} " * 9 + f"\n\n{russian}")[-1] == russian


@pytest.mark.parametrize("rows", ["1.5 | 2.5 | 3.5\n\n", "1.5 Ω | 2.5 kΩ | 3.5 Ω\n\n", "Ω 123,456,789.\n\n"])
def test_numbers_before_a_text_do_not_make_it_foreign(rows: str) -> None:
    sentence = "The letter came on Friday."
    assert prose(rows * 3000 + sentence)[-1] == sentence


def test_front_matter_is_in_no_block() -> None:
    text = "---\nid: x\n---\nIt came."
    article = Article("a", text, "", "0" * 64, path="a.md", body=14)
    found = blocks_of(article, visible_text(article))
    assert [text[block.start : block.end] for block in found] == ["It came."]


def test_a_list_of_words_is_not_searched_again_from_each_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = list[str]()

    def look(text: str) -> bool:
        looks.append(text)
        return ends_sentence(text)

    monkeypatch.setattr("retrieval.articles.healing.ends_sentence", look)
    for count in (200, 400):
        looks.clear()
        assert len(blocks("and\n\n" * count)) == count
        assert 0 < len(looks) < 100 * count
