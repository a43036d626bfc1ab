"""Links land on the words as the page of a Markdown article shows them: another renderer makes the page."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from bot.answering.links import link_of_place
from retrieval.articles.sentences import segment
from retrieval.citations.permalink import CitedSpan
from retrieval.records import Article, Citation
from tests.bot.formats.test_text_fragment import land

BODY = """# Snow in *Velmora* {#snow}

The **mayor** of [Velmora](https://velmora.example/city) said that nobody expected *so much* snow in `May`.
The **mayor** of [Velmora](https://velmora.example/city) said that nobody expected *so much* snow in **June**.

Nobody, said the *old* [baker][b], was ready.[^1] The plough \\*No. 5\\* stood &amp; waited. Nobody was ready.

- The **first** road was closed on Monday, said [the police](x.html "Police").
- [ ] The second road was closed on Tuesday, and `ice --now` covered it.

1. Call the *town hall* of [Velmora](x.html) before you leave.
2. Take the <b>upper</b> road.

| Day | Snow of the **night** |
|-----|------|
| **Monday** the first | [ten](x.html) centimetres of snow |
| Tuesday the second | none at all |

> It **was** a winter of <https://e.org/a_b>, and the winter was __long__ for all of us in the valley, where the
> sun [does not](y.html) rise above the *hills* before March, and where nobody has more than one stove to keep.

```py
def plough(**roads): return [road for road in roads]
```

[b]: baker.md

[^1]: So the *paper* wrote.
"""
FRONT = "---\ntitle: The mayor of Velmora said that nobody expected so much snow\n---\n"
ARTICLE = Article("a", FRONT + BODY, "Snow", "0" * 64, "a.md", url="https://e.org/a", body=len(FRONT))


class Page(HTMLParser):
    """The text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(markdown: str) -> str:
    """The text of a page, by markdown-it, with its white space collapsed."""
    renderer = MarkdownIt("commonmark", {"html": True}).enable("table")
    return " ".join(Page(renderer.render(f"{markdown}\n\n[b]: baker.md")).text.split())


def sentences() -> list[tuple[int, int]]:
    """Where each sentence of the article stands."""
    return [(sentence.start, sentence.end) for sentence in segment(ARTICLE)]


@pytest.mark.parametrize("place", sentences(), ids=lambda place: ARTICLE.text[slice(*place)][:30])
def test_a_link_lands_on_the_quote_as_the_page_shows_it(place: tuple[int, int]) -> None:
    cited = Citation("a", "Snow", *place, 1, ARTICLE.sha256, url=ARTICLE.url, path="a.md")
    quote = ARTICLE.text[slice(*place)]
    address = link_of_place(CitedSpan(cited, quote, "", "", ARTICLE, "current"))
    assert address is not None
    base, _, fragment = address.partition("#:~:")
    assert base == "https://e.org/a"
    page = page_of(BODY.replace(" {#snow}", ""))
    landed = land(fragment, page)
    assert landed is not None, fragment
    assert letters(page[slice(*landed)]) == letters(page_of(quote))


def letters(text: str) -> str:
    """Its letters and digits."""
    return "".join(filter(str.isalnum, text))


def test_a_link_to_words_that_the_page_lacks_leads_to_the_page() -> None:
    comment = Article("a", "It rained. <!-- Not. -->", "Rain", "0" * 64, "a.md", url="https://e.org/a")
    cited = Citation("a", "Rain", 11, 24, 1, comment.sha256, url=comment.url, path="a.md")
    assert link_of_place(CitedSpan(cited, comment.text[11:24], "", "", comment, "current")) == "https://e.org/a"


def test_a_link_to_words_of_a_pdf_leads_to_their_page() -> None:
    ferry = Article("a", "It leaves. It comes.", "Ferry", "0" * 64, "a.pdf", url="https://e.org/a.pdf", converted=True)
    address = f"{ferry.url}#page=2"
    cited = Citation("a", "Ferry", 11, 20, 1, ferry.sha256, url=address, path="a.pdf", encoding=None)
    assert link_of_place(CitedSpan(cited, "It comes.", "", "", ferry, "current")) == address


def test_a_link_to_a_row_of_a_web_page_lands_on_its_cells() -> None:
    text = "Pier 17.\n\nTank | Fish | Price\n\n17 | smoked eel | 4.50\n\n18 | smoked eel | 5.00"
    fish = Article("a", text, "Fish", "0" * 64, "a.html", url="https://e.org/a", converted=True)
    row = "17 | smoked eel | 4.50"
    cited = Citation("a", "Fish", at := text.index(row), at + len(row), 1, fish.sha256, url=fish.url, path="a.html")
    address = link_of_place(CitedSpan(cited, row, "", "", fish, "current"))
    assert address is not None
    page = "Pier 17. Tank Fish Price 17 smoked eel 4.50 18 smoked eel 5.00"
    landed = land(address.partition("#:~:")[2], page)
    assert landed is not None
    assert page[slice(*landed)] == "17 smoked eel 4.50"


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_a_link_to_a_row_of_a_table_of_values_leads_to_the_file(ending: str) -> None:
    path = f"a.{ending}"
    fish = Article("a", "17 | smoked eel", "Fish", "0" * 64, path, url=f"https://e.org/{path}", converted=True)
    cited = Citation("a", "Fish", 0, 15, 1, fish.sha256, url=fish.url, path=path)
    assert link_of_place(CitedSpan(cited, fish.text, "", "", fish, "current")) == fish.url
