"""The style sheets of web pages: what they hide is not quoted, and where that is in doubt no sentence around it is."""

from __future__ import annotations

import pytest

from retrieval.articles.converters import read_html
from retrieval.articles.sentences import cut
from retrieval.articles.style_rules import on_screen
from retrieval.records import LeftOut, Reason
from tests.patience import patience

DIGEST = "0" * 64
FIRST = "The council met on Monday to hear the case, and many people of the town came to listen."
LAST = "The mayor thanked everyone who had come, and closed the meeting before nine o'clock."
CAPTAIN = (
    "<p class=c1 id=i>The captain is <span class='hide x kid' data-no='a b' title='}'>not</span> "
    "<b class='kid z'>at all</b> guilty of it.</p>"
)
MANY = "".join(f".r{number}{{display:none}}" for number in range(600))


def page_of(css: str, body: str = CAPTAIN) -> tuple[list[str], tuple[LeftOut, ...]]:
    page = f"<!doctype html><style>{css}</style><article><p>{FIRST}</p>{body}<p>{LAST}</p></article>"
    (article,), warns = read_html(page.encode(), "a.html", DIGEST)
    assert warns == []
    sentences, left = cut(article)
    texts = [" ".join(article.text[each.start : each.end].split()) for each in sentences]
    return [text for text in texts if text not in {FIRST, LAST}], left


HIDDEN = (
    "}.y{}.x{display:none}", "};.y{}.x{display:none}", "@import 'a';.x{display:none}",
    MANY + ".hide{display:none}", "@media (min-width:1px){.x{display:none}}",
    "@media screen and (width>=40em){.x{DISPLAY:NONE}}",
    "@media not print{.x{display:none}}", "@media print, screen{.x{display:none}}",
    "@media not (max-width:10px){.x{display:none}}",
    "@supports (display:grid){.x{display:none}}", "@layer a{.x{display:none}}",
    "@layer a.b{@media all{.x{display:none}}}",
    "@layer b,a;@layer a{.x{display:none}}@layer b{#i .x{display:inline}}", ".c1{.x{display:none}}",
    ".c1{color:red;& > .x{display:none}}", ".x{.c1 &{display:none}}", ".c1{@media all{.x{display:none}}}",
    ".x{@media all{display:none}}", "[data-no]{display:none}", "[data-no='a b']{display:none}",
    "[data-no~=b]{display:none}",
    "[data-no^=\"a\"]{display:none}", "[DATA-NO*=' ']{display:none}", "[data-no='A B' i]{display:none}",
    "[title='}'],.x{display:none}", ".x:not(.y){display:none}", ".x:not(.y,.z){display:none}", ":is(.x){display:none}",
    ":where(b.y,.x){display:none}", "p.c1 span:first-child{display:none}", "p>:nth-child(odd){display:none}",
    ":nth-child(-n + 1 ).x{display:none}", "span:only-of-type{display:none}", "p:has(.z) .x{display:none}",
    "p:has(> b) .x{display:none}", ".x:has(+ .z){display:none}", "p + p > span{display:none}",
    "p ~ p span{display:none}",
    ":root .x{display:none}", ".x:not(:hover){display:none}", "*{}span{display:none}", ".\\78{display:none}",
    "/* } */.x/**/{display/**/:none}", "<!-- .x{display:none} -->", ".x{display:none", "{{a}} .x{display:none}",
    "@font-face{src:url(data:x;y}z)} .x{display:none}", "@import url(a;b.css);.x{display:none}",
    "@charset 'utf-8';.x{display:none}", ".x{font:0/0 a}", ".x{font:bold 0px/1 serif}", ".x{content:'}';display:none}",
    ".x{display:none}@media print{.x{display:inline}}", ".x{display:none}.x:hover{display:inline}",
    "#i .x{display:none}.x{display:inline}", ":where(#i .x){display:inline}.x{display:none}",
)  # fmt: skip


@pytest.mark.parametrize("css", HIDDEN, ids=lambda css: css[-50:])
def test_a_word_that_a_sheet_hides_is_not_quoted(css: str) -> None:
    texts, left = page_of(css)
    assert texts == ["The captain is at all guilty of it."]
    assert LeftOut(Reason.OUTSIDE, 3, "not") in left


SEEN = (
    "}.x{display:none}", ".y{}}.x{display:none}", ".y{};.x{display:none}", "a;.x{display:none}",
    "};.c1{.x{display:none}}",
    "@media print{.x{display:none}}", "@media (max-width:600px){.x{display:none}}", "@media tv{.x{display:none}}",
    "@media not all{.x{display:none}}", "@media screen and (400px<width<800px){.x{display:none}}",
    ".x:hover{display:none}", ".x:not(.kid){display:none}", ".x .z{display:none}", ".x + .x{display:none}",
    ".x:nth-child(2n){display:none}", ".x:last-child{display:none}", "[data-no=a]{display:none}",
    "div > .x{display:none}",
    "@layer a{#i .x{display:none}}.x{display:inline}", ".x{display:none}.c1 .x{display:inline}",
    ".x{display:none}@media (min-width:768px){.x{display:inline!important}}", ".x::selection{color:transparent}",
    ".x::before{content:'\\201c'}", ".x::before{content:''}", ".x::before{content:'\\f101'}",
    ".x::before{content:'a'}.c1 .x::before{content:none}", ".x::before{content:'a';display:none}",
    ".x::before{content:attr(data-other)}", "@media print{.x::before{content:'a'}}",
    ".c1::before{content:counter(n) '. '}",
    ".c1::before{content:'- '}", "@keyframes x{from{display:none}}", "a(b{}.x{display:none}", ".x{font:12px/0 a}",
)  # fmt: skip


@pytest.mark.parametrize("css", SEEN)
def test_a_word_that_no_sheet_hides_is_quoted(css: str) -> None:
    assert page_of(css)[0] == ["The captain is not at all guilty of it."]


DOUBTFUL = (
    ".x{--d:none;display:var(--d)}", ":root{--v:hidden}.x{visibility: var(--v, visible)}",
    ".x:strange(.y){display:none}", "svg|p > .x{display:none}", "@container (min-width:1px){.x{display:none}}",
    "@supports not (display:x){.x{display:none}}", "@media (strange){.x{display:none}}",
    "[data-no='A b']{display:none}", ".x{display:none}.x:lang(en){display:inline}", ".x::before{content:'not '}",
    ".x:after{content:\"not \"}", ".c1::before{content:'False: '}", ".x::before{content:attr(data-no)}",
    ".x::before{content:var(--a)}", ".x::before{content:'\\2212'}", ".x{&::after{content:'n\\6ft'}}",
    ".x:strange::before{content:'a'}", ".x::after{content:'not' !important}.c1 .x::after{content:none}",
)  # fmt: skip


@pytest.mark.parametrize("css", DOUBTFUL)
def test_a_sentence_that_a_sheet_may_change_is_not_quoted(css: str) -> None:
    texts, left = page_of(css)
    assert texts == []
    assert Reason.DOUBT in {each.reason for each in left}


def test_a_doubt_spares_the_sentences_beside_it() -> None:
    body = CAPTAIN.replace("</p>", " He went home at nine.</p>")
    assert page_of(".x:strange{display:none}", body)[0] == ["He went home at nine."]


@pytest.mark.parametrize(("doctype", "hides"), [("<!doctype html>", False), ("", True)])
def test_the_case_of_a_class_counts_with_a_doctype(doctype: str, hides: bool) -> None:
    page = f"{doctype}<style>.X{{display:none}}</style><article><p>{FIRST}</p>{CAPTAIN}<p>{LAST}</p></article>"
    (article,), _ = read_html(page.encode(), "a.html", DIGEST)
    assert ("is at all guilty" in article.text) == hides


@pytest.mark.parametrize(
    ("selector", "hides"),
    [
        ("tbody span", True), ("table > tbody > tr > td > p span", True), ("tbody > tr span", True),
        ("tbody>tr>p", False),
        ("thead span", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("row", ["<tr><td>{}</td></tr>", "<tbody><tr><td>{}</td></tr></tbody>"])
def test_a_table_has_a_body(row: str, selector: str, hides: bool) -> None:
    body = f"<table>{row.format(CAPTAIN)}</table>"
    words = "is at all" if hides else "is not at all"
    assert page_of(f"{selector}{{display:none}}", body)[0] == [f"The captain {words} guilty of it."]


def test_what_a_sheet_strikes_has_a_mark() -> None:
    assert page_of(".x{text-decoration:underline line-through}")[0] == ["The captain is […] at all guilty of it."]


def test_a_sheet_for_readers_without_scripts_hides_nothing() -> None:
    body = f"<noscript><style>.x{{display:none}}</style></noscript>{CAPTAIN}"
    assert page_of("", body)[0] == ["The captain is not at all guilty of it."]


@pytest.mark.parametrize(
    "rule",
    [".r{0} a,.k{0} .y:hover>b{{display:none}}", "*:not(.k{0}){{color:red}}", "p.c{0} span:first-child{{left:0}}"],
)
def test_a_large_sheet_is_read_in_time(rule: str) -> None:
    body = CAPTAIN * 500
    with patience():
        assert len(page_of("".join(map(rule.format, range(5000))), body)[0]) == 500


def test_a_page_whose_sheets_are_too_large_is_named() -> None:
    css = "".join(f"*:not(.k{number}){{display:none}}" for number in range(5000))
    articles, (warn,) = read_html(f"<style>{css}</style>{CAPTAIN * 200}".encode(), "a.html", DIGEST)
    assert (articles, warn.reason) == ([], "has style sheets too large to tell what they hide")


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("", True), ("all", True), ("only screen", True), ("print", False), ("not print", True),
        ("(min-width:90em)", False), ("(width>=80em)", True), ("(1px < width <= 900px)", False),
        ("(min-width:1px) and (max-width:2000px)", True), ("(min-width:9999px) or (min-height:1px)", True),
        ("(prefers-color-scheme: dark)", False), ("(hover)", None), ("print and (hover)", False),
        ("screen and (hover), (width > 1px)", True), ("not screen and (min-width:9999px)", True),
    ],
)  # fmt: skip
def test_what_a_media_query_says_of_a_screen(query: str, holds: bool | None) -> None:
    assert on_screen(query) is holds
