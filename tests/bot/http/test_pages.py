"""The pages for browsers, without one: what they say, and that nothing of an article becomes a part of the page."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from bot.answering.opening import open_engine
from bot.settings import load
from tests.bot.conftest import Cli
from tests.bot.http.conftest import QUESTION, UNSURE, Serving

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class _Text(HTMLParser):
    """What a page shows, one line for each piece of text; what it loads, leads to and runs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.lines.append(" ".join(data.split()))


def read(page: str) -> _Text:
    """A page as it is shown."""
    text = _Text()
    text.feed(page)
    return text


def test_the_first_page_is_a_form(client: TestClient) -> None:
    page = read(client.get("/", headers=PAGE).text)
    assert page.lines[:5] == ["quoth", "quoth", "Answers from 6 articles, in their own words.", "Your question", "Ask"]
    assert "script" not in page.tags
    assert set(page.links) == {"data:,", "/style.css", "/"}


def test_an_answer_shows_its_quotes_and_leads_to_each_in_its_article(client: TestClient) -> None:
    page = read(client.get("/", params={"q": QUESTION}, headers=PAGE).text)
    at = page.lines.index("Engineer Ilse Brandt had closed it in 2016, when divers found a crack in the eastern pier.")
    assert page.lines[0] == f"{QUESTION} – quoth"
    assert page.lines[at + 1 : at + 4] == [
        "Velmora gets its bridge back",
        "Velmora Courier, “A crossing reopens” · 2019-05-17 · ¶ 1",
        "In its source",
    ]
    assert any(line.startswith("Confidence: ") for line in page.lines)
    (address, *_) = [link for link in page.links if link.startswith("/quote/bridge")]
    assert address.endswith("#quote")
    article = client.get(address, headers=PAGE)
    assert (article.status_code, article.headers["vary"]) == (200, "Accept")
    assert re.search(
        r'<mark id="quote" tabindex="-1">(?:<span class="\w+">)?Engineer Ilse Brandt had closed it', article.text
    )
    assert read(article.text).tags.count("script") == 0


def test_a_refusal_says_so_and_leads_to_the_nearest_articles_that_have_a_page(serving: Serving) -> None:
    page = read(serving(settings=UNSURE).get("/", params={"q": QUESTION}, headers=PAGE).text)
    at = page.lines.index("The corpus does not answer that.")
    assert page.lines[at + 1 : at + 3] == ["Nearest articles", "Velmora gets its bridge back"]
    assert [link for link in page.links if link.startswith("http")] == ["https://courier.example/bridge"]
    assert not [link for link in page.links if link.startswith("/quote/")]


def test_passages_are_shown_page_by_page(client: TestClient) -> None:
    asked = client.get("/", params={"q": "Velmora", "show": "passages", "path": "*"}, headers=PAGE)
    page = read(asked.text)
    assert any(re.fullmatch(r"Passages 1 to \d+ of \d+", line) for line in page.lines)
    later = read(client.get("/", params={"q": "Velmora", "show": "passages", "page": "9"}, headers=PAGE).text)
    assert any(line.startswith("There are no more passages than") for line in later.lines)
    assert "/?q=Velmora&show=passages&page=8" in later.links


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"q": "?!"}, 400, 'The question has no word in it: ask with words, for example "Who signed the letter?".'),
        (
            {"q": "Who?", "since": "soon"},
            400,
            "The date 'soon' cannot be read: write it as 2023, 2023-06, 2023-06-30 or 30 June 2023.",
        ),
        ({"q": "Who?", "tag": "x"}, 404, "There is no article with the tag 'x': none has tags."),
    ],
)
def test_a_mistake_is_told_above_the_form_that_keeps_what_was_typed(
    client: TestClient, fields: dict[str, str], status: int, sentence: str
) -> None:
    refused = client.get("/", params=fields, headers=PAGE)
    assert refused.status_code == status
    lines = read(refused.text).lines
    assert sentence in lines
    assert lines.index(sentence) < lines.index("Your question")
    for value in fields.values():
        assert f'value="{value}"' in unescape(refused.text)


def test_a_filter_holds_and_stays_open(client: TestClient) -> None:
    page = client.get("/", params={"q": "Velmora", "since": "2019", "language": ""}, headers=PAGE).text
    assert "<details open>" in page
    assert "Filter: since 2019-01-01 (1 article, 5 without dates left out)" in read(page).lines


def test_a_permalink_that_leads_nowhere_is_a_page_for_browsers(client: TestClient) -> None:
    refused = client.get("/quote/bridge@0123456789ab%231-2", headers=PAGE)
    assert (refused.status_code, refused.headers["content-type"]) == (410, "text/html; charset=utf-8")
    lines = read(refused.text).lines
    assert "The source of bridge@0123456789ab#1-2 changed since it was cited" in " ".join(lines)
    assert re.fullmatch(r"[0-9a-f]{8}", lines[-1])


def test_nothing_typed_and_nothing_quoted_becomes_a_part_of_the_page(cli: Cli, index: Path, serving: Serving) -> None:
    client = serving(index, opener=lambda: open_engine(load()))
    typed = '"><script>alert(1)</script>'
    page = client.get("/", params={"q": f"What did a clerk type? {typed}", "tag": typed}, headers=PAGE)
    assert "<script" not in page.text
    hostile = client.get("/", params={"q": "What did a clerk type?"}, headers=PAGE).text
    assert r"\x1b[31mred ink\x1b[0m and \u202ekcab\u202c letters" in hostile
    assert "\x1b" not in hostile
    assert "\u202e" not in hostile


def test_what_is_marked_is_the_articles_own_words(cli: Cli, index: Path, serving: Serving) -> None:
    client = serving(index, opener=lambda: open_engine(load()))
    quoted = client.post("/ask", json={"question": "How many boats did the fishing fleet lose?"}).json()["quotes"][0]
    page = client.get(f"/quote/{quote(quoted['citation']['ref'])}", headers=PAGE).text
    (marked,) = re.findall(r'<mark id="quote" tabindex="-1">(.*?)</mark>', page, re.DOTALL)
    assert unescape(marked) == quoted["text"]
    assert '<h1 dir="auto">The [bold]harbour[/bold] of Porto Vell</h1>' in page
