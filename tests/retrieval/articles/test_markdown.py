"""What of a Markdown article may be quoted, and what it is read with."""

from __future__ import annotations

from itertools import pairwise

import pytest

from retrieval.articles.marks import plain
from retrieval.articles.passages import context_text
from retrieval.articles.sentences import cut, segment
from retrieval.articles.text_files import read_text
from retrieval.articles.visible import visible_text
from retrieval.records import Article, Kind, Reason, Sentence

Quoted = tuple[Kind, str, str]
"""Kind, words and context of a quotable span."""


def article_of(text: str, path: str = "a.md") -> Article:
    (article,), _ = read_text(text.encode(), path, "0" * 64)
    return article


def quoted(text: str, path: str = "a.md") -> list[Quoted]:
    article = article_of(text, path)
    return [
        (found.kind, article.text[found.start : found.end], context_text(article.text, found.context).strip())
        for found in segment(article)
    ]


def quotes(text: str, path: str = "a.md") -> list[str]:
    return [words for _, words, _ in quoted(text, path)]


def leads(text: str) -> list[str]:
    """Return each span with what is read with it."""
    article = article_of(text)
    return [article.text[found.begin : found.end] for found in segment(article)]


# Sections


def test_a_sentence_stands_under_its_headings() -> None:
    text = "# Mill\n\nIt is old.\n\n## Wheels\n\nThere are two.\n\n### Oak\n\nIt is hard.\n\n## Roof\n\nIt leaks.\n"
    assert quoted(text) == [
        (Kind.PROSE, "It is old.", ""),
        (Kind.PROSE, "There are two.", "Wheels."),
        (Kind.PROSE, "It is hard.", "Wheels. Oak."),
        (Kind.PROSE, "It leaks.", "Roof."),
    ]


def test_a_heading_that_is_underlined_is_one() -> None:
    assert quoted("# Mill\n\nWheels\n------\n\nThere are two.") == [(Kind.PROSE, "There are two.", "Wheels.")]


def test_a_passage_never_runs_across_a_section() -> None:
    found = segment(article_of("# Mill\n\n## A\n\nIt is old.\n\n## B\n\nIt is new.\n"))
    assert found[0].run != found[1].run


# Questions


@pytest.mark.parametrize(
    "mark", ["**Can I park here?**", "Can I park here?", "Q: Can I park here?", "_Can I park here?_"]
)
def test_a_question_is_read_with_what_answers_it_and_never_quoted(mark: str) -> None:
    found = quoted(f"# FAQ\n\n{mark}\n\nBehind the museum. It is free.\n\n## Cost\n\nNone at all.")
    assert [words for _, words, _ in found] == ["Behind the museum.", "It is free.", "None at all."]
    assert ["Can I park here?" in context for *_, context in found] == [True, True, False]


def test_a_question_within_a_paragraph_is_read_with_the_next_sentence() -> None:
    assert leads("# Pier\n\nThe pier is old. Who paid for it? You did.") == [
        "The pier is old.",
        "Who paid for it? You did.",
    ]


def test_a_short_answer_takes_its_reason_along() -> None:
    assert quotes("# FAQ\n\n## May I come in?\n\nNo. The floor is wet.\n") == ["No. The floor is wet."]
    assert quotes("# FAQ\n\n## May I come in?\n\nNo.\n") == ["No."]


# Lists


def test_an_item_is_a_unit_read_with_its_number_and_what_introduces_it() -> None:
    text = "# Rules\n\nThese hold for all:\n\n1. Be kind. Always.\n2. No links.\n\nThat is all."
    assert quoted(text) == [
        (Kind.STEP, "Be kind. Always.", "These hold for all:"),
        (Kind.STEP, "No links.", "These hold for all:"),
        (Kind.PROSE, "That is all.", ""),
    ]
    assert leads(text)[:2] == ["1. Be kind. Always.", "2. No links."]


def test_an_item_stands_under_the_one_it_is_nested_in() -> None:
    text = "# Press\n\n- Warm it up\n  - Turn the switch\n- Put paper in\n"
    assert [context for *_, context in quoted(text)] == ["", "Warm it up.", ""]


def test_rules_in_a_block_quote_are_items() -> None:
    assert quotes("# Rules\n\n> 1. Be kind.\n> 2. No links.\n> \n> They hold\n> for all.\n") == [
        "Be kind.",
        "No links.",
        "They hold\n> for all.",
    ]


def test_an_item_deeper_than_the_parser_reads_by_default_is_quoted() -> None:
    text = "# Deep\n\n" + "".join(f"{'  ' * depth}- item number {depth}\n" for depth in range(40))
    assert len(quotes(text)) == 40


def test_boxes_that_are_ticked_are_no_words() -> None:
    assert quotes("# Jobs\n\n- [ ] Check the oil\n- [x] Close the gate\n") == ["Check the oil", "Close the gate"]


# Tables and code


def test_a_row_is_a_unit_under_its_header() -> None:
    text = "# Towns\n\n| Town | People |\n|---|---:|\n| Brent | 8,950 |\n| Skerrin | 120 |\n"
    assert quoted(text) == [
        (Kind.ROW, "Brent | 8,950", "Town | People."),
        (Kind.ROW, "Skerrin | 120", "Town | People."),
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("| Brent | 8,950 | extra |", ["Brent | 8,950"]), ("Brent | 8,950 | extra", ["Brent | 8,950"]),
        (r"| Brent \| Brem | 8,950 | a | b", [r"Brent \| Brem | 8,950"]), ("|| 8,950 | extra", ["8,950"]),
        ("| Brent || extra |", ["Brent"]), ("||| extra |", []),
        ("| `a|b` | 8,950 | c |", ["`a|b` | 8,950"]), ("| Brent |", ["Brent"]),
    ],
)  # fmt: skip
def test_cells_beyond_the_header_are_not_shown(row: str, expected: list[str]) -> None:
    assert quotes(f"# Towns\n\n| Town | People |\n|---|---:|\n{row}\n") == expected


def test_code_is_quoted_with_the_sentence_that_introduces_it() -> None:
    text = "# Copy\n\nIt is slow. To copy all, run:\n\n```sh\ncopy --all\n```\n\nIt takes an hour.\n"
    assert quoted(text) == [
        (Kind.PROSE, "It is slow.", ""),
        (Kind.CODE, "To copy all, run:\n\n```sh\ncopy --all\n```", ""),
        (Kind.PROSE, "It takes an hour.", ""),
    ]


def test_a_fence_that_is_not_closed_is_code_to_the_end() -> None:
    assert quotes("It came.\n\n~~~\nIt was read.\n```\nIt was kept.", "a.md") == [
        "It came.",
        "~~~\nIt was read.\n```\nIt was kept.",
    ]


# Marks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**The pump is old.** It is loud.", ["The pump is old.", "It is loud."]),
        ("*Never open* the case. It is `hot`.", ["*Never open* the case.", "It is `hot`."]),
        ("See `run.me()` first. Then go.", ["See `run.me()` first.", "Then go."]),
        ("It was built here.[^1] It has wheels.[^2]", ["It was built here.", "It has wheels."]),
        ("See [the map](https://a.example/x.y?z). Go.", ["See [the map](https://a.example/x.y?z).", "Go."]),
        ("<b>Power:</b> it needs much.<br>", ["<b>Power:</b> it needs much."]),
        ("The hose {{ hose.name }} leaks.", ["The hose {{ hose.name }} leaks."]),
    ],
)
def test_marks_neither_open_a_quote_nor_dangle_at_its_end(text: str, expected: list[str]) -> None:
    assert quotes(f"# Pump\n\n{text}\n") == expected


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- The price is secret. -->",
        "<!--\nThe price is secret.\n\nIt is.\n-->",
        "{/* The price is secret. */}",
        "%% The price is secret. %%",
        "[1]: https://a.example 'The price'",
        "[How much is it?](#price)",
        "- [How much is it?](#price)\n- [Who made it?](#maker)",
        "![The price of it](price.png)",
        "<script>The price is secret.</script>",
    ],
)
def test_what_a_page_never_shows_and_lists_of_links_are_not_quoted(hidden: str) -> None:
    assert quotes(f"# Pump\n\nIt is old.\n\n{hidden}\n\nIt is loud.\n") == ["It is old.", "It is loud."]


SECRET = "The baker was guilty of theft. He confessed to all of it."


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display:none">X</span>',
        "Then <span hidden>X</span>",
        '<div style="display:none">\nX\n</div>',
        "<p hidden>X</p>",
        "<DIV HIDDEN>X</DIV>",
        "<div hidden>\n\nX\n\n- X\n\n```\nX\n```\n\n</div>",
        "> <div hidden>\n>\n> X\n>\n> </div>",
        "<span hidden>\n\nX\n\n</span>",
        "<div style='opacity: 0'><div><p>X</p>X</div></div>",
        '<div style="visibility:hidden">X</div>',
        "<div style={{ display: 'none' }}>X</div>",
        "<Card hidden={true}>\n\n  X\n\n</Card>",
        "<noscript>X</noscript>",
        "<textarea>\nX\n</textarea>",
        "<dialog>\n\nX\n\n</dialog>",
        "<ul>\n<li hidden>X\n</ul>",
        "~~X~~",
        "~X~",
        "- ~~X~~",
        "- ~~The baker was guilty~~",
        "> ~~X\n> X~~",
        "# ~~X~~",
        "<del>X</del>",
        "<s>X</s>",
        "<del>\n\nX\n\n</del>",
        "<s>X\n\nX</s>",
        "<p><s>X</p>\n<p>X</s></p>",
        "- <s>X\n- X</s>",
        '<span style="text-decoration: line-through">X</span>',
        "<p><strike>X</strike></p>",
        "**~~X~~**",
    ],
)
def test_what_is_hidden_or_struck_is_counted_and_never_quoted(hidden: str) -> None:
    text = f"# Pump\n\nIt is old.\n\n{hidden.replace('X', SECRET)}\n\nIt is loud.\n"
    sentences, parts = cut(article_of(text, "a.mdx"))
    words = [text[sentence.start : sentence.end] for sentence in sentences]
    assert [sentence for sentence in words if "Then" not in sentence] == ["It is old.", "It is loud."]
    assert "baker" in " ".join(part.opening for part in parts)
    seen = visible_text(article_of(text, "a.mdx"))
    assert "baker" not in " ".join(context_text(seen, sentence.context) for sentence in sentences)


@pytest.mark.parametrize(
    "text",
    [
        "<details>\n\nIt is loud.\n\n</details>",
        "It is ~~not~~ loud.",
        "It is <del>not</del> loud.",
        "It weighs ~5 kg. It costs ~6 kr.",
        "Its files are in ~/lamp. Others are in ~/oil.",
        "<div hidden></div>\n\nIt is loud.",
        "<div hidden/>\n\nIt is loud.",
        "<p hidden>\n\nIt is loud.",
        "Use `<div hidden>` here. It is loud.",
        "\\<div hidden> hides. It is loud.",
        "```html\n<div hidden>\n```\n\nIt is loud.",
        "The <select> tag is old. It is loud.",
        "- Ann <<s@a.example>>\n\nIt is loud.",
        '<div style="visibility:hidden"><p style="visibility:visible">It is loud.</p></div>',
        "A <span hidden>b\n\nIt is loud.",
    ],
)
def test_what_is_seen_is_quoted(text: str) -> None:
    assert any(sentence.endswith(("loud.", "6 kr.", "oil.")) for sentence in quotes(f"# Pump\n\n{text}\n"))


def test_what_is_partly_hidden_is_no_context() -> None:
    text = (
        "# Pump\n\n- Oil <span hidden>the baker</span>\n  - It is loud.\n\n| A | <i hidden>B</i> |\n|-|-|\n| c | d |\n"
    )
    assert [(words, context) for _, words, context in quoted(text)] == [
        ("Oil", ""),
        ("It is loud.", ""),
        ("c | d", ""),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~~The man was guilty.~~ He was freed.", ["He was freed."]),
        ("~~He was guilty. He confessed~~, he said. It is so.", ["It is so."]),
        ("The man was ~~guilty. He confessed.~~", []),
        ("The man was ~~guilty. He confessed~~ freed. It is so.", ["It is so."]),
        ("- Buy eggs\n- ~~Buy milk~~\n- sell it", ["Buy eggs", "sell it"]),
        ("The man\n~~is guilty~~\nof theft.", []),
        ("<del>He is guilty</del>", []),
        ("It is so. ~~He is guilty~~", ["It is so."]),
        ("It is so. ~~He is guilty~~. He is free.", ["It is so.", "He is free."]),
        ("~~He is guilty~~ ~~He confessed~~", []),
        ("~~He is guilty~~<br>\nHe is free.", []),
        ("The ~~old~~ man is ~~not~~ free.", ["The ~~old~~ man is ~~not~~ free."]),
        ("~~Two~~ Three men came. It cost ~~5~~ 6 kr.", ["~~Two~~ Three men came.", "It cost ~~5~~ 6 kr."]),
        ("| a | b | c |\n|-|-|-|\n| ~~1~~ | 2 | ~~3~~ |", ["~~1~~ | 2 | ~~3~~"]),
        ("| a | b |\n|-|-|\n| <b hidden>1</b> | 2 |", []),
    ],
)
def test_what_stands_within_a_strike_is_never_quoted_without_its_sentence(text: str, expected: list[str]) -> None:
    assert quotes(f"# Court\n\n{text}\n") == expected


def test_what_is_left_of_a_struck_paragraph_is_quoted() -> None:
    text = f"# Court\n\n~~{SECRET}~~ The man was freed. He said ~~he was. He~~ left.\n"
    assert quotes(text) == ["The man was freed."]


def test_a_comment_in_code_is_code() -> None:
    assert quotes("# Pump\n\n```html\n<!-- kept -->\n```\n") == ["```html\n<!-- kept -->\n```"]


def test_a_sentence_around_a_comment_is_not_quoted() -> None:
    assert quotes("# Pump\n\nIt is <!-- not --> old. It is loud.\n") == ["It is loud."]


@pytest.mark.parametrize(
    "box",
    [
        "> [!warning] Before it moves\n> Close the valve.",
        '!!! note "Before it moves"\n    Close the valve.',
        ":::danger Before it moves\nClose the valve.\n:::",
        ":::warning[Before it moves]\n\nClose the valve.\n\n:::",
        ':::warning[Before it moves]{icon="valve"}\nClose the valve.\n:::',
        ':::warning{title="Before it moves" open}\nClose the valve.\n:::',
        "::: details Before it moves {open}\nClose the valve.\n:::",
    ],
)
def test_the_title_of_a_box_is_context_to_its_end(box: str) -> None:
    assert quoted(f"# Pump\n\n{box}\n\nIt is loud.\n") == [
        (Kind.PROSE, "Close the valve.", "Before it moves."),
        (Kind.PROSE, "It is loud.", ""),
    ]


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("The [*oak*](/oak.html) wheel", "The oak wheel"),
        ("The `config.yml` <Badge text='new' /> of <b>oak</b>", "The config.yml of oak"),
        ("The `__init__` of [oak][elm]", "The __init__ of oak"),
        ("See https://a.example/b_c", "See https://a.example/b_c"),
    ],
)
def test_a_heading_is_context_in_words(heading: str, words: str) -> None:
    assert [context for _, _, context in quoted(f"# Mill\n\n## {heading}\n\nIt is old.\n")] == [f"{words}."]


def test_the_name_of_a_heading_is_no_word_of_it() -> None:
    text = "# Mill {#mill}\n\n## Wheels {#wheels}\n\nIt is old.\n\n## Set {a, b}\n\nIt is red.\n"
    assert [(words, context) for _, words, context in quoted(text)] == [
        ("It is old.", "Wheels."),
        ("It is red.", "Set {a, b}."),
    ]


def test_what_introduces_code_in_a_box_is_read_with_it() -> None:
    text = "# Mill\n\nIt is old. Run it:\n\n:::code-group\n\n```sh [oak]\nrun\n```\n\n```sh [elm]\nturn\n```\n\n:::\n"
    assert [(words, context) for _, words, context in quoted(text)] == [
        ("It is old.", ""),
        ("```sh [oak]\nrun\n```", "Run it:"),
        ("```sh [elm]\nturn\n```", "Run it:"),
    ]


def test_what_a_note_embeds_and_the_names_of_its_blocks_are_no_words() -> None:
    text = (
        "# Mill\n\nThe [[wheel]] is old. ![[oak.png]]\n\n![[elm.pdf]]\n\nSee [[Oak|it]]. ^block-1\n\n- It is red ^q1\n"
    )
    text += "\n^q2\n\n| a | b |\n|-|-|\n| c | ^d1 |\n"
    assert quotes(text) == ["The [[wheel]] is old.", "See [[Oak|it]].", "It is red", "c | ^d1"]


def test_html_between_lines_is_read() -> None:
    text = '# Kettle\n\n<p align="center">It holds a litre.</p>\n\n<ul>\n<li>It has a lid.</li>\n</ul>\n'
    details = "\n<details>\n<summary>How loud is it?</summary>\nIt makes 62 dB.\n</details>\n\nIt is red.\n"
    assert quoted(text + details) == [
        (Kind.PROSE, "It holds a litre.", ""),
        (Kind.ITEM, "It has a lid.", ""),
        (Kind.PROSE, "It makes 62 dB.", "How loud is it?"),
        (Kind.PROSE, "It is red.", ""),
    ]


def test_a_page_of_components_is_read() -> None:
    text = (
        "import Price from './Price.jsx';\n\nexport const season = 2031;\n\n# Bikes\n\n<Card title=\"Deposit\">\n"
        "  The deposit is small.\n</Card>\n\n<Tabs>\n  <Tab>\n\n    The office keeps the keys.\n\n  </Tab>\n</Tabs>\n"
    )
    assert quotes(text, "a.mdx") == ["The deposit is small.", "The office keeps the keys."]


def test_footnotes_are_quoted_without_their_marks() -> None:
    text = "# Mill\n\nIt is old.[^1]\n\n[^1]: It was built in 1780.\n[^2]: It has two wheels.\n"
    assert quotes(text) == ["It is old.", "It was built in 1780.", "It has two wheels."]


def test_a_pattern_that_no_footnote_explains_is_text() -> None:
    assert quotes("# Codes\n\n- It matches q[^u]\n- It is old[^1]\n\n[^1]: From 1780.\n") == [
        "It matches q[^u]",
        "It is old",
        "From 1780.",
    ]


def test_what_front_matter_says_in_words_is_quoted_under_its_question() -> None:
    text = "---\ntitle: Books\nquestion: How many may I borrow?\nanswer: Twelve at a time.\n---\n"
    assert quoted(text) == [(Kind.PROSE, "Twelve at a time.", "How many may I borrow?")]


def test_a_sentence_that_only_announces_is_not_quoted() -> None:
    text = "# Glue\n\nIn this post we will cover what glue is. Glue is a paste. This section explains how it dries.\n"
    assert quotes(text) == ["Glue is a paste."]


# Any text


def test_line_ends_of_all_kinds_give_the_same_quotes() -> None:
    text = "# Mill\n\nIt is\nold.\n\n> - Two wheels\n> - One roof\n\n```\ncode\n```\n"
    for ends in ("\r\n", "\r"):
        assert [words.replace(ends, "\n") for words in quotes(text.replace("\n", ends))] == quotes(text)


def test_spans_are_in_order_and_never_overlap() -> None:
    text = "# A\n\nIntro:\n\n1. One:\n   ```\n   x\n   ```\n2. Two?\n\nYes. It is.\n\n| a | b |\n|---|---|\n| c | d |\n"
    found: tuple[Sentence, ...] = segment(article_of(text))
    assert all(one.end <= following.start for one, following in pairwise(found))


# Words without marks


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Use **`.has()`** on [the *docs*](/a.md#x), ~~not~~ snake_case", "Use .has() on the docs, not snake_case"),
        ("```js {4}\nconst a = b(c);\n```", "const a = b(c);"),
        ("red | 3 | yes", "red ; 3 ; yes"),
        ("::: tip\nRead it.", "Read it."),
        ("> quoted\n> more &amp; *so*", "quoted more & so"),
        ("<td>3 < 4 and 5 > 2</td><!-- no -->[^1]", "3 < 4 and 5 > 2"),
        ("It costs 5 * 3 crowns.\nNo more.", "It costs 5  3 crowns. No more.".replace("  ", " ")),
        ("", ""),
    ],
)
def test_the_words_of_a_text_without_its_marks(text: str, words: str) -> None:
    assert plain(text) == words


def test_marks_between_two_sentences_are_in_one_of_them() -> None:
    sentences = segment(Article("a", "0.```A", "", "0" * 64, path="a.md"))
    assert [sentence.end for sentence in sentences[:-1]] <= [sentence.start for sentence in sentences[1:]]


def test_a_comment_that_is_a_block_and_not_closed_ends_with_the_text() -> None:
    text = "# Town\n\nThe ferry leaves at nine.\n\n<!-- not closed\n\nThe bridge was opened in May.\n"
    sentences, left_out = cut(Article("a", text, "", "0" * 64, path="a.md"))
    assert [text[each.start : each.end] for each in sentences] == ["The ferry leaves at nine."]
    assert sum(piece.characters for piece in left_out if piece.reason is Reason.MARKS) > len("Thebridgewasopened")


def test_a_comment_within_a_line_that_is_not_closed_is_text() -> None:
    text = "The sign reads <!-- and nobody knows why.\n\nThe bridge was opened in May.\n"
    sentences, _ = cut(Article("a", text, "", "0" * 64, path="a.md"))
    assert text[sentences[-1].start : sentences[-1].end] == "The bridge was opened in May."
