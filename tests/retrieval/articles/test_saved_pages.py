"""Pages that were saved: where they are from."""

from __future__ import annotations

import pytest

from retrieval.articles.converters import read_html
from retrieval.articles.saved_pages import Origin, origin_of, with_origin

PAGE = b"""<html><head><title>Ferry</title><link rel="canonical" href="https://example.org/">%s</head>
<body><article><p>The ferry leaves the old harbour at nine.</p></article></body></html>"""


@pytest.mark.parametrize(
    "origin",
    [
        Origin("https://example.org/ferry"),
        Origin("https://example.org/ferry?a=1&b=%20", "2024-05-03"),
        Origin("http://127.0.0.1:8000/a--b-->", "2024-05-03T10:00:00Z"),
        Origin("https://example.org/" + "x" * 1900),
    ],
)
def test_what_is_written_above_a_page_is_read_again(origin: Origin) -> None:
    data = with_origin(PAGE % b"", origin)
    expected = Origin((origin.url or "").replace(">", "%3E"), origin.published)
    assert origin_of(data) == expected
    (article,), _ = read_html(data, "a.html", "0")
    assert (article.url, article.published) == (expected.url, expected.published)
    assert article.text == "The ferry leaves the old harbour at nine."


def test_the_date_that_a_page_states_itself_counts_before_that_of_its_list() -> None:
    page = PAGE % b'<meta property="article:published_time" content="2023-01-02">'
    (article,), _ = read_html(with_origin(page, Origin("https://example.org/a", "2024-05-03")), "a.html", "0")
    assert article.published == "2023-01-02"


@pytest.mark.parametrize(
    ("head", "source"),
    [
        (b"", "courier.example"),  # the canonical address is example.org's
        (b'<meta property="og:url" content="https://victim.example/true">', "courier.example"),
        (b'<meta property="og:site_name" content="victim.example">', "courier.example"),
        (b'<meta property="og:site_name" content="https://www.victim.example/news">', "courier.example"),
        (b'<meta property="og:site_name" content="Victim.Example.">', "courier.example"),
        (b'<meta property="og:site_name" content="The Courier">', "The Courier"),
    ],
)
def test_no_page_passes_for_another_sites(head: bytes, source: str) -> None:
    origin = Origin("https://www.courier.example/ferry")
    (article,), _ = read_html(with_origin(PAGE % head, origin), "a.html", "0")
    assert (article.url, article.source) == (origin.url, source)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PAGE % b"<!-- saved from url=(0021)https://example.org/a -->",
        b"<!-- saved from url=(0014)about:internet -->" + PAGE % b"",
        b"<!-- saved from url=(0021)javascript:alert(1) -->" + PAGE % b"",
        b"<p><!-- saved from url=(0021)https://example.org/a -->" + PAGE % b"",
    ],
)
def test_a_page_that_was_not_saved_has_no_origin(data: bytes) -> None:
    assert origin_of(data) == Origin()


def test_the_line_that_browsers_write_is_read() -> None:
    data = b"<!DOCTYPE html>\r\n<!-- saved from url=(0025)https://example.org/ferry -->\r\n" + PAGE % b""
    (article,), _ = read_html(data, "a.html", "0")
    assert article.url == "https://example.org/ferry"
