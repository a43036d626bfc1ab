"""Markdown's marks are left out of what is shown, and no word is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.readable import readable


@pytest.mark.parametrize(
    ("quote", "plain"),
    [
        ("See [the drawing](x.html) of **the kettle**.", "See the drawing of the kettle."),
        ("Run `git push --force`, _never_ `rm`.", "Run git push --force, never rm."),
        ("A ![small lamp](lamp.png) burns.", "A small lamp burns."),
        ("It is <b>hot</b>: use a <kbd>Ctrl</kbd> glove.", "It is hot: use a Ctrl glove."),
        ("Ann Bell<br>Tom Reed is the mate", "Ann Bell\nTom Reed is the mate"),
        ("See <a href='x>y' class=\"z\">the <b>red</b> *mill*</a> here.", "See the red mill here."),
        ("See <Doc to={'x'}>here</Doc>, <span style='color: red'>there</span>.", "See here, there."),
        ("Ann</a>, Tom and <a href='x'>Eve", "Ann, Tom and Eve"),
        ("<td>oak</td><td>old</td>", "oak | old"),
        ("oak</td>\n    <td align='left'>it is *old*", "oak | it is old"),
        ("A <a\n  href='x'\n>mill</a> and a <Wheel\n  of={oak}\n  >wheel</Wheel> turn.", "A mill and a wheel turn."),
        ("</del> `</a>` and <a href='x' hidden>not so", "</del> </a> and <a href='x' hidden>not so"),
        ("10<a href='x'>6</a> and `<a href='x'>y</a>`", "10<a href='x'>6</a> and <a href='x'>y</a>"),
        ("It is <a href='x' style='text-decoration:line-through'>not</a> so.",) * 2,
        ("It is <del>not</del> ~~40~~ allowed.", "It is <del>not</del> ~~40~~ allowed."),
        ("It is <span hidden>not</span> so.", "It is <span hidden>not</span> so."),
        ("10<sup>6</sup> litres", "10<sup>6</sup> litres"),
        ("Keep draft<b and width>c, vector<i> or vector<u>.", "Keep draft<b and width>c, vector<i> or vector<u>."),
        ("`[^0-9]` and `a[^i]` but \\[^0-9] of the set [^abc].", "[^0-9] and a[^i] but [^0-9] of the set [^abc]."),
        ("It is 5*3*2 or 2 * 3 metres.", "It is 5*3*2 or 2 * 3 metres."),
        ("At <https://xn--80ak6aa92e.com/a%20b>", "At https://xn--80ak6aa92e.com/a%20b"),
        ("See https://a.example/_b_/c, (https://b.example/_a_)", "See https://a.example/_b_/c, (https://b.example/_a_)"),
        ("Green.&#10;&#10;Confidence: high", "Green.  Confidence: high"),
        ("A Vec<String> holds 2 * 3 * 4 snake_case_names.", "A Vec<String> holds 2 * 3 * 4 snake_case_names."),
        ("**Bold over\ntwo lines** ends.", "Bold over two lines ends."),
        ("Lines\nflow.  \nThis does not.\n\nNor this.", "Lines flow.\nThis does not.\n\nNor this."),
        ("Quoted **lines**\n> of a box\n> flow.", "Quoted lines of a box flow."),
        ("The value m[1][0] is *the* number of ferries.", "The value m[1][0] is the number of ferries."),
        ("The effect [3][4] in *mice*, ![5][6].", "The effect [3][4] in mice, ![5][6]."),
        ("Read [the *notes*][n].[^1]", "Read [the notes][n].[^1]"),
        ("The pattern q[^u] matches *a* q.", "The pattern q[^u] matches a q."),
        ("Type *this*:\n\n    b = *p", "Type *this*:\n\n    b = *p"),
        ("Type *this*\n    or [that](x).", "Type this or that."),
        ("Warm up.\n1. Turn *it* on.\n   - The [lamp](l) blinks.", "Warm up.\n1. Turn it on.\n   - The lamp blinks."),
        (r"Five \* six &amp; seven", "Five * six & seven"),
        ("*Run*\nthis:\n\n```sh\nls **\nls\n```\nDone\nnow.", "Run this:\n\n```sh\nls **\nls\n```\nDone now."),
        ("Vega | [Flora](f) | 18 knots", "Vega | Flora | 18 knots"),
        ("<https://example.org/a_b> works", "https://example.org/a_b works"),
        ("**", "**"),
    ],
)  # fmt: skip
def test_marks_are_left_out_of_markdown(quote: str, plain: str) -> None:
    assert readable(quote, "guide/a.md") == plain
    assert readable(quote, "a.MDX") == plain
    for path in ("a.txt", "a.html", "md", None):
        assert readable(quote, path) == quote


@pytest.mark.parametrize(
    ("quote", "plain"),
    [
        ("Read [the *notes*][n] on [kettles][] and [lamps].[^1]", "Read the notes on kettles and lamps.¹"),
        ("The effect [3][4] on [mice][M 5], and m[1][0].", "The effect [3][4] on mice, and m[1][0]."),
        ("A ![lamp][n] burns.[^why]", "A lamp burns.²"),
        ("`[lamps]` and `[^1]` but \\[lamps] of [^abc].", "[lamps] and [^1] but [lamps] of [^abc]."),
    ],
)
def test_links_and_footnotes_are_read_where_the_article_defines_them(quote: str, plain: str) -> None:
    labels = [("n", ""), ("kettles", ""), ("Lamps", ""), ("m 5", ""), ("^1", "¹"), ("^why", "²")]
    assert readable(quote, "a.md", labels) == plain
    assert readable(quote, "a.html", labels) == quote


@pytest.mark.parametrize(
    ("quote", "plain"),
    [
        ("Type {'{'}*name*{\"}\"} first.", "Type {name} first."),
        ('The [mill](x){" "}\nis red.', "The mill is red."),
        ("It is {'*very*'} red, `{'a'}` and \\{'b'}.", "It is *very* red, {'a'} and {'b'}."),
        ("It is {red}.", "It is {red}."),
    ],
)
def test_texts_in_quotation_marks_are_read_where_they_are_computed(quote: str, plain: str) -> None:
    assert readable(quote, "a.mdx") == plain
    assert "{" in readable(quote, "a.md")


@given(st.text("ab *_`[]()!<>\\&~\n-1.", max_size=40))
def test_words_that_show_are_never_lost(quote: str) -> None:
    shown = readable(quote, "a.md")
    without_addresses = re.sub(r"\]\([^)]*\)|<[^>]*>", "", quote)
    assert re.findall("[ab]", without_addresses) == re.findall("[ab]", shown) or "](" in quote or "<" in quote


@given(st.text(max_size=60))
def test_text_without_marks_is_shown_as_it_is(quote: str) -> None:
    plain = re.sub(r"[*_`~\[<\\&\n]", "", quote)
    assert readable(plain, "a.md") == plain
