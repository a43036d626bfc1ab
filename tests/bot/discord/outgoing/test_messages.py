"""Answers as messages: whole quotes, within Discord's limits, proved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord.outgoing.details import Details, details_messages
from bot.discord.outgoing.messages import (
    answer_pages,
    citation_line,
    context_message,
    masked_link,
    match_message,
)
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Claim, Outgoing, TextFile, Unproved, length, prove
from bot.languages.catalogue import ENGLISH, Language, catalogues
from retrieval.citations.permalink import CitedSpan
from retrieval.records import Answer, Article, Citation, Difference, Match, Quote

TEXT = st.text(st.characters(codec=None, categories=None), min_size=1) | st.text(
    "*_\\😀a \n", min_size=1, max_size=3000
)
PATH = st.sampled_from(["a.md", "a.txt", None])
LANGUAGES = st.sampled_from([ENGLISH, *catalogues().values()])
NAME = st.text(st.characters(codec=None, categories=None), max_size=300)


def cited(text: str, title: str = "A title", url: str | None = None, start: int = 0) -> Citation:
    """A citation of a text that stands somewhere."""
    return Citation("an/article", title, start, start + len(text), 1, "ab" * 32, "A source", "2020-01-02", url)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any answer there could be."""
    quotes = []
    for place, text in enumerate(draw(st.lists(TEXT, min_size=1, max_size=6))):
        citation = replace(
            cited(text, draw(NAME), start=place), source=draw(NAME), published=draw(NAME), article=draw(NAME)
        )
        others = tuple(replace(citation, title=draw(NAME)) for _ in range(draw(st.integers(0, 5))))
        context = tuple(draw(st.lists(NAME, max_size=3)))
        quotes.append(Quote(text, replace(citation, path=draw(PATH)), 1.0, others, context=context))
    phrases = tuple(draw(st.lists(NAME, max_size=6)))
    differences = tuple(Difference((0, len(quotes) - 1), (phrases, ())) for _ in range(draw(st.integers(0, 4))))
    open_parts = tuple(draw(st.lists(NAME, max_size=3)))
    answer = Answer(draw(NAME), True, 0.5, tuple(quotes), (), "f" * 12, 1.0, draw(NAME))
    return replace(answer, differences=differences, unanswered=open_parts)


async def check(pages: Sequence[Outgoing], answer: Answer) -> None:
    """Prove every page; the words of a citation are its quote's."""
    words = {place: quote.text for quote in answer.quotes for place in (quote.citation, *quote.also_in)}

    async def source(citations: Sequence[Citation]) -> list[str]:
        return [words[one] for one in citations]

    for page in pages:
        await prove(page, source)


def test_a_permalink_that_would_turn_the_line_around_is_left_out() -> None:
    turned = replace(cited("Yes."), article="\u202egnp.exe")
    assert "\u202e" not in citation_line(turned, {})
    assert citation_line(cited("Yes."), {}).endswith("#0-4")


@given(answers(), st.text(max_size=4000), st.booleans(), LANGUAGES)
@settings(max_examples=60, deadline=None)
def test_any_answer_is_shown_whole_and_within_the_limits(
    answer: Answer, path: str, asked: bool, language: Language
) -> None:
    links = {quote.citation.ref: f"https://a.example/{path}" for quote in answer.quotes}
    pages = answer_pages(answer, links, repeat_question=asked, language=language)
    asyncio.run(check(pages, answer))
    assert [claim.citation for page in pages for claim in page.claims] == [one.citation for one in answer.quotes]
    assert all(0 < length(page.content) <= LONGEST_MESSAGE for page in pages)


def near(titles: Sequence[str], article: str = "a") -> tuple[Quote, ...]:
    """Quotes of articles that come near to a question, none of which answers it."""
    places = (replace(cited("Yes.", title, start=at), article=f"{article}{at}") for at, title in enumerate(titles))
    return tuple(Quote("Yes.", place, 0.5, weak=True) for place in places)


@given(st.lists(NAME, max_size=5), NAME, st.booleans())
@settings(deadline=None)
def test_an_abstention_quotes_nothing(titles: list[str], url: str, asked: bool) -> None:
    quotes = near(titles)
    answer = Answer("Why?" * 100, False, 0.1, quotes, (), "f" * 12, 1.0, "why" * 100)
    links = {quote.citation.ref: f"https://a.example/{url}" for quote in quotes}
    (page,) = answer_pages(answer, links, repeat_question=asked)
    asyncio.run(check([page], answer))
    assert page.content.rpartition("\n")[2].startswith("**The corpus does not answer that.**")


@pytest.mark.parametrize("char", ["(", "<", "|", "é", "a"])
def test_an_abstention_s_links_never_exceed_the_limit(char: str) -> None:
    quotes = near([f"{number}{'*' * 90}" for number in range(3)])
    links = {quote.citation.ref: f"https://a.example/{char * 270}" for quote in quotes}
    answer = Answer("*" * 400, False, 0.1, quotes, (), "f" * 12, 1.0, "*" * 400)
    (page,) = answer_pages(answer, links, repeat_question=True)
    assert length(page.content) <= LONGEST_MESSAGE
    assert page.content.count(" · ") == 2
    (page,) = answer_pages(replace(answer, question="Why?", searched=""), links, repeat_question=True)
    assert page.content.count("](<https://") == (3 if char == "a" else 0)


def test_an_address_whose_escapes_are_too_long_is_left_out() -> None:
    assert masked_link("label", f"https://a.example/{'(' * 90}").startswith("[label](<https://a.example/%28%28")
    assert masked_link("label", f"https://a.example/{'(' * 100}") == "label"
    assert masked_link("label", f"https://a.example/#{'(' * 100}") == "[label](<https://a.example/>)"


def test_page_breaks_fall_between_quotes() -> None:
    quotes = tuple(Quote(char * 700, cited(char * 700, start=ord(char)), 1.0) for char in "abcd")
    pages = answer_pages(Answer("Q?", True, 0.9, quotes, (), "f" * 12, 1.0), {})
    assert [len(page.claims) for page in pages] == [2, 2]
    assert pages[0].content.endswith("\n\n-# Confidence: high (0.90) · 2 more quotes: press More")
    assert "Confidence" not in pages[1].content


def test_a_quote_that_is_too_long_is_attached_whole() -> None:
    text = "word " * 500 + "end."
    (page,) = answer_pages(Answer("Q?", True, 0.9, (Quote(text, cited(text), 1.0),), (), "f" * 12, 1.0), {})
    assert page == Outgoing(
        "Attached whole as quote-1.txt, since it is too long for a message.\n"
        "-# A title · A source · 2020-01-02 · ¶ 1 · an/article@abababababab#0-2504\n\n"
        "-# Confidence: high (0.90)",
        (Claim(cited(text), "quote-1.txt"),),
        (TextFile("quote-1.txt", text),),
    )


def test_a_link_lands_on_the_words_and_nothing_closes_it() -> None:
    quote = Quote("Yes.", cited("Yes.", "A [title](x)"), 1.0, (cited("Yes.", "Other"),))
    link = "https://a.example/w_(x)#:~:text=Yes."
    (page,) = answer_pages(Answer("Q?", True, 0.6, (quote,), (), "f" * 12, 1.0, "Q? more"), {quote.citation.ref: link})
    ref = "an/article@abababababab#0-4"
    assert page.content == (
        "-# Searched for: Q? more\n\n> Yes.\n"
        rf"-# [A (title)\(x)](<https://a.example/w_%28x%29#:~:text=Yes.>) · A source · 2020-01-02 · ¶ 1 · {ref}"
        "\n"
        rf"-# also in: [Other](<https://a.example/w_%28x%29#:~:text=Yes.>) · A source · 2020-01-02 · ¶ 1 · {ref}"
        "\n\n-# Confidence: fair (0.60)"
    )


@pytest.mark.parametrize(
    "tampered",
    [
        Outgoing("> Yes\n-# cited", (Claim(cited("Yes.")),)),
        Outgoing("> Yes. \n-# cited", (Claim(cited("Yes.")),)),
        Outgoing("> Yes.\n-# cited\n\n> No.\n-# cited", (Claim(cited("Yes.")),)),
        Outgoing("nothing", (Claim(cited("Yes.")),)),
        Outgoing("> Yes.\n-# cited"),
        Outgoing("file", (Claim(cited("Yes."), "a.txt"),), (TextFile("a.txt", "Yes"),)),
        Outgoing("file", (), (TextFile("a.txt", "Yes."),)),
        Outgoing("> Yes.\n-# cited", (Claim(cited("Yes."), also=(cited("Yes."), cited("No.", "Another"))),)),
        Outgoing("x" * 2001),
        Outgoing("😀" * 1001),
        Outgoing(" "),
        Outgoing("trimmed\n"),
    ],
)
def test_a_message_that_does_not_show_what_it_claims_is_not_proved(tampered: Outgoing) -> None:
    async def source(citations: Sequence[Citation]) -> list[str]:
        return ["No." if one.title == "Another" else "Yes." for one in citations]

    with pytest.raises(Unproved):
        asyncio.run(prove(tampered, source))


@given(TEXT, TEXT, TEXT)
@settings(deadline=None)
def test_any_paragraph_and_any_raw_quote_is_proved(before: str, text: str, after: str) -> None:
    whole = f"x{before}{text}{after}"
    citation = replace(cited(text), start=1 + len(before), end=1 + len(before) + len(text))
    article = Article("an/article", whole, "A title", "ab" * 32)
    shown = CitedSpan(citation, text, before, after, article, "current")

    async def source(citations: Sequence[Citation]) -> list[str]:
        return [whole[one.start : one.end] for one in citations]

    asyncio.run(prove(context_message(shown), source))
    for page in details_messages([Details(shown, (citation,))] * 3, {citation.ref: "https://a.example/b"}):
        asyncio.run(prove(page, source))


@given(TEXT, TEXT, st.integers(1, 20))
@settings(deadline=None)
def test_any_check_is_proved(given_text: str, nearest: str, places: int) -> None:
    for wanted, match in (
        (given_text, Match("verbatim", given_text, (cited(given_text, "T" * 200),) * places)),
        (nearest, Match("near", given_text, (cited(nearest),), nearest)),
        ("", Match("absent", given_text)),
    ):
        quote = Quote(wanted, match.citations[0] if match.citations else cited(wanted), 1.0)
        answer = Answer("", True, 1.0, (quote,), (), "f" * 12, 1.0)
        asyncio.run(check([match_message(match, {})], answer))
