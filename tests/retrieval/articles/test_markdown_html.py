"""What of the HTML in a Markdown article may be quoted: what its page shows, without scraps of tags."""

from __future__ import annotations

import pytest

from retrieval.articles.sentences import cut
from retrieval.records import Kind, Reason
from tests.retrieval.articles.test_markdown import article_of, quoted, quotes

SECRET = "The miller keeps his gold below the wheel."
SHOWN = "The wheel turns twice a day."


@pytest.mark.parametrize(
    "block",
    [
        f"<![CDATA[\n{SECRET}\n\n{SECRET}\n]]>",
        f"<?php\necho '{SECRET}';\n\n$a = 1; // {SECRET}\n?>",
        f"<?xml version='1.0'?>\n<!-- {SECRET} -->",
        f"<!DOCTYPE mill [ {SECRET}\n\n{SECRET} >",
        f"<script>\n'{SECRET}'\n\n'{SECRET}'\n</script>",
        f"<style>\n/* {SECRET} */\n\n.a {{ color: red }}\n</style>",
        f"<textarea>\n{SECRET}\n\n{SECRET}\n</textarea>",
        f"> <?php echo '{SECRET}'; ?>",
        f"- <![CDATA[ {SECRET} ]]>",
        f"- An item.\n\n  <?php\n  {SECRET}\n\n  {SECRET}\n  ?>",
        f"<div>\n    <?php {SECRET} ?>\n    <![CDATA[ {SECRET} ]]>\n</div>",
    ],
)
def test_what_no_page_shows_of_html_is_never_quoted(block: str) -> None:
    found = quotes(f"# Mill\n\n{block}\n\n{SHOWN}\n")
    assert found[-1] == SHOWN
    assert not any("gold" in quote or "<" in quote for quote in found)


@pytest.mark.parametrize("block", ["<![CDATA[", "<?php", "<!DOCTYPE", "<script>", "<style>"])
def test_a_block_of_html_that_is_not_closed_ends_with_the_text(block: str) -> None:
    assert quotes(f"# Mill\n\n{SHOWN}\n\n{block}\n{SECRET}\n\n{SECRET}\n") == [SHOWN]


@pytest.mark.parametrize("mark", ["<![CDATA[not]]>", "<?php echo 'not' ?>", "<!ELEMENT not>"])
def test_a_sentence_around_what_no_page_shows_is_not_quoted(mark: str) -> None:
    article = article_of(f"# Mill\n\nThe mill is {mark} old. {SHOWN}\n")
    sentences, left_out = cut(article)
    assert [article.text[each.start : each.end] for each in sentences] == [SHOWN]
    assert any(piece.reason is Reason.MARKS and "The mill" in piece.opening for piece in left_out)


def test_an_instruction_within_a_line_ends_with_its_paragraph_at_the_latest() -> None:
    assert quotes(f"# Mill\n\nThe sign reads <? and means it.\n\n{SHOWN} ?>\n")[-1] == SHOWN


def test_an_instruction_in_code_is_code() -> None:
    assert quotes("# Mill\n\n    <?php echo 1; ?>\n") == ["<?php echo 1; ?>"]
    assert quotes("# Mill\n\nBegin with `<?php` here.\n\nEnd with `?>` there.\n") == [
        "Begin with `<?php` here.",
        "End with `?>` there.",
    ]


@pytest.mark.parametrize("comment", ["<!-- a -->", "<!-- a\nb -->", "<?php 1 ?>", "<![CDATA[ a ]]>", "<!-->", "<!--->"])
def test_text_behind_a_comment_on_its_line_is_no_code(comment: str) -> None:
    text = f"# Mill\n\n{comment} It is old. It is red.\n\n{comment} {SHOWN}\n\n- {comment} It is an item.\n"
    text = text.replace("\nb", "\n  b")
    assert [(kind, words) for kind, words, _ in quoted(text)] == [
        (Kind.PROSE, "It is old."),
        (Kind.PROSE, "It is red."),
        (Kind.PROSE, SHOWN),
        (Kind.ITEM, "It is an item."),
    ]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="x"\n   title="It is old. It is red."\n>\nIt is a link.\n</a>', ["It is a link."]),
        ('<img\n  src="x" alt="It is old."\n/> It is an image.', ["It is an image."]),
        ('A <span\nid="x"\n>wheel</span> turns. It is wet.', ['A <span\nid="x"\n>wheel</span> turns.', "It is wet."]),
        ('> <div\n>   class="box"\n>   id="x">\n> It is a box.\n> </div>', ["It is a box."]),
        ('> <div class="box">\n> It is a box\n> of words.\n> </div>', ["It is a box\n> of words."]),
        ('- <div\n  class="box"\n  title="a > b">\n  It is an item.\n  </div>', ["It is an item."]),
        ('<h2\nalign="center"\n>Red</h2>\n\nIt is old.', ["It is old."]),
        ('It is old. See <a href="x', ["It is old."]),
        ('Write `<a href="x` first.', ['Write `<a href="x` first.']),
        ("It is <a and > b here.", ["It is <a and > b here."]),
    ],
)
def test_a_tag_over_several_lines_leaves_no_scrap(html: str, expected: list[str]) -> None:
    assert quotes(f"# Mill\n\n{html}\n\n{SHOWN}\n") == [*expected, SHOWN]


def test_a_component_over_several_lines_leaves_no_scrap() -> None:
    tag = '<Card\n  title="Old. Red."\n  data={{ a: { b: { c: "Deep. Wet." } } }}\n  draw={() => <b>Cold. Hot.</b>}\n>'
    assert quotes(f"# Mill\n\n{tag}\nIt is a card.\n</Card>\n\n{SHOWN}\n", "a.mdx") == ["It is a card.", SHOWN]


def test_a_component_whose_words_stand_elsewhere_is_not_quoted() -> None:
    text = f"# Mill\n\n<Plan data={{parse(mill)}} path={{['mill']}} />\n\nIt has <Count /> wheels.\n\n{SHOWN}\n"
    assert quotes(text, "a.mdx") == ["It has <Count /> wheels.", SHOWN]


def test_a_tag_in_code_is_words() -> None:
    assert quotes("# Mill\n\n- `<newline>`\n- `<Wheel />`\n\nIt is old.\n") == ["<newline>", "<Wheel />", "It is old."]


def test_emphasis_around_code_is_quoted_whole() -> None:
    assert quotes("# Mill\n\n- **`Wheel` has been removed.** It is old.\n") == [
        "**`Wheel` has been removed.** It is old."
    ]
    assert quotes("# Mill\n\n**`Wheel` is gone.** It is old.\n") == ["`Wheel` is gone.", "It is old."]


def test_emphasis_at_both_ends_of_a_row_is_quoted_whole() -> None:
    assert quotes("# Mill\n\n| a | b |\n|---|---|\n| **wheel** | **2** |\n") == ["**wheel** | **2**"]


SHEET = """<style>
.secret, #i { display: none }
.box > p { visibility: hidden }
.box:empty { display: none }
.shown { color: red }
.not::before { content: "not " }
</style>"""


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f'<div class="secret">\n{SECRET}\n\n{SECRET}\n</div>', []),
        (f"<p id='i'>{SECRET}</p>", []),
        (f'<div class="box"><p>{SECRET}</p>It is a box.</div>', ["It is a box."]),
        (f'The mill is <span class="secret">not</span> old. <b class=secret>{SECRET}</b> It is red.', ["It is red."]),
        ('<div class="shown">It is old.</div>', ["It is old."]),
        ('He is <i class="not">free</i>. It is old.', ["It is old."]),
        ("```html\n<style>.shown { display: none }</style>\n```\n\n<p class='shown'>It is old.</p>", None),
    ],
)
def test_a_style_sheet_hides_what_it_hides(html: str, expected: list[str] | None) -> None:
    found = quotes(f"# Mill\n\n{SHEET}\n\n{html}\n\n{SHOWN}\n")
    assert found[-1] == SHOWN
    assert found[:-1] == expected if expected is not None else found[-2] == "It is old."


def test_style_sheets_too_large_to_tell_what_they_hide_hide_all() -> None:
    sheet = "<style>" + "".join(f".a{number} * * *{{display:none}}" for number in range(3000)) + "</style>"
    html = "<div class='" + " ".join(f"a{number}" for number in range(3000)) + "'>" + "<b><i><u>" * 80 + SECRET
    assert quotes(f"# Mill\n\n{sheet}\n\n{html}\n") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "- <a href='x'>Ann Bell</a>, <a href='y'>Tom Reed</a>",
            ["<a href='x'>Ann Bell</a>, <a href='y'>Tom Reed</a>"],
        ),
        ("- A link to <a href='x'>the mill</a>", ["A link to <a href='x'>the mill</a>"]),
        ("It has <code>a! B</code> wheels. It is old.", ["It has <code>a! B</code> wheels.", "It is old."]),
        ("<b><i>It</i> is</b> <code>old</code>.", ["<b><i>It</i> is</b> <code>old</code>."]),
        ("It is old: <Video />", ["It is old:"]),
        ("<p><img src='x' />, Ann Bell</p>", ["Ann Bell"]),
        ("- \\<oak\\>-\\<elm\\>.txt is old", ["\\<oak\\>-\\<elm\\>.txt is old"]),
        ("It is old. \\*It is red.", ["It is old.", "It is red."]),
    ],
)
def test_tags_at_the_edges_of_a_sentence_come_in_pairs(text: str, expected: list[str]) -> None:
    assert quotes(f"# Mill\n\n{text}\n\n{SHOWN}\n") == [*expected, SHOWN]
