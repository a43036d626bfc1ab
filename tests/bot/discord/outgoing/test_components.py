"""Answers in components: grouped by article, within Discord's limits, and proved as they are sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.discord.interactions.buttons import answer_buttons
from bot.discord.outgoing.components import MOST_COMPONENTS, answer_layout, date, grouped
from bot.discord.outgoing.layouts import AGAIN_AFTER, Layouts
from bot.discord.outgoing.proof import LONGEST_LAYOUT, Claim, Outgoing, Part, TextFile, Unproved, length, prove
from bot.discord.outgoing.views import laid_out, view_texts
from bot.languages.catalogue import Language
from retrieval.records import Answer, Citation, Difference, Quote
from tests.bot.discord.outgoing.test_messages import LANGUAGES, answers, check, cited
from tests.discord_server.errors import Form
from tests.discord_server.layouts import check_layout
from tests.discord_server.records import Json


def quote(text: str, article: str = "a", **facts: object) -> Quote:
    """A quote of an article with these facts."""
    citation = replace(cited(text, f"Title {article}", start=ord(text[0])), article=article, **facts)  # type: ignore[arg-type]
    return Quote(text, citation, 0.5)


def answer_of(*quotes: Quote, **fields: object) -> Answer:
    """An answer with these quotes."""
    return replace(Answer("Q?", True, 0.9, quotes, (), "f" * 12, 1.0), **fields)  # type: ignore[arg-type]


async def payload(page: Outgoing) -> list[Json]:
    """The components of a page with its buttons."""
    view = laid_out(page.parts, answer_buttons(1, answered=True, hidden=False, more=True))
    assert tuple(view_texts(view)) == page.texts
    return view.to_components()  # type: ignore[no-untyped-call, no-any-return]


@given(answers(), LANGUAGES)
@settings(max_examples=60, deadline=None)
def test_any_answer_is_laid_out_whole_and_within_the_limits(answer: Answer, language: Language) -> None:
    links = {one.citation.ref: "https://a.example/b" for one in answer.quotes}
    pages = answer_layout(answer, links, repeat_question=True, language=language)
    asyncio.run(check(pages, answer))
    claimed = [claim.citation for page in pages for claim in page.claims]
    assert claimed == [one.citation for one in grouped(answer).quotes]
    for page in pages:
        form = Form()
        files = frozenset(file.name for file in page.files)
        check_layout(form, {"components": asyncio.run(payload(page))}, files)
        form.close()


def test_the_quotes_of_an_article_stand_together_above_one_citation() -> None:
    quotes = (quote("One.", "a"), quote("Two.", "b"), quote("Three.", "a", section=("FAQ", "Hours")))
    differs = Difference((0, 1), (("one",), ("two",)))
    links = {one.citation.ref: f"https://x.example/{one.text}" for one in quotes}
    (page,) = answer_layout(answer_of(*quotes, differences=(differs,)), links)
    assert page.texts == (
        "**1**\n> One.",
        "[2](<https://x.example/Three.>) FAQ › Hours\n> Three.\n"
        "-# [Title a](<https://x.example/One.>) · A source · <t:1577966400:D>",
        "**3**\n> Two.\n-# [Title b](<https://x.example/Two.>) · A source · <t:1577966400:D>",
        "These sources differ: quote 1 has “one”, quote 3 has “two”",
    )
    assert [part.apart for part in page.parts] == [False, False, True, False]


def test_what_does_not_fit_follows_on_further_pages() -> None:
    long = answer_of(*(quote(char * 1500, char) for char in "abc"))
    first, second = answer_layout(long, {})
    assert (len(first.claims), len(second.claims)) == (2, 1)
    assert first.texts[-1] == "-# 1 more quote: press More"
    many = answer_of(*(quote(char, char) for char in "abcdefghijklmnop"))
    pages = answer_layout(many, {})
    assert sum(len(page.claims) for page in pages) == 16
    assert all(len(page.claims) * 4 < MOST_COMPONENTS for page in pages)


def test_where_nothing_answers_one_line_names_the_sections_that_come_near() -> None:
    weak = (quote("One.", "a", section=("FAQ",)), quote("Two.", "a", section=("FAQ",)), quote("Three.", "b"))
    answer = answer_of(*weak, answered=False, confidence=0.1)
    links = {weak[0].citation.ref: "https://x.example"}
    (page,) = answer_layout(answer, links)
    refusal = "**The corpus does not answer that.**"
    assert page.texts == (f"{refusal} Nearest: [Title a › FAQ](<https://x.example>) · Title b",)
    (page,) = answer_layout(replace(answer, confidence=0.004), links)
    assert page.texts == (refusal,)
    unlikely = replace(answer, quotes=(weak[0], replace(weak[2], score=0.02)))
    assert answer_layout(unlikely, links)[0].texts[0].count("Title") == 1


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ("2022-02-01", "<t:1643716800:D>"),
        ("2022-02-01T23:59:00+01:00", "<t:1643716800:D>"),
        ("February 2022", "February 2022"),
        ("1 <b>", r"1 \<b>"),
    ],
)
def test_a_day_is_shown_as_discord_shows_it(published: str, shown: str) -> None:
    assert date(published) == shown


@pytest.mark.parametrize(
    "tampered",
    [
        Outgoing("", (Claim(cited("Yes.")),), parts=(Part("> Yes", 1),)),
        Outgoing("", (Claim(cited("Yes.")),), parts=(Part("> Yes.", 1), Part("> No."))),
        Outgoing("", (Claim(cited("Yes.")),), parts=(Part("> **Yes.**", 1),)),
        Outgoing("text", (Claim(cited("Yes.")),), parts=(Part("> Yes.", 1),)),
        Outgoing("", parts=(Part("x" * (LONGEST_LAYOUT + 1)),)),
        Outgoing("", parts=(Part("x" * 2000), Part("y" * 2001))),
        Outgoing("", parts=(Part("x"), Part(" "))),
        Outgoing("", (Claim(cited("Yes."), "a.txt"),), (TextFile("a.txt", "Yes."),), (Part("file", 1),)),
        Outgoing("", parts=(Part("file", 1, "a.txt"),)),
    ],
)
def test_a_layout_that_does_not_show_what_it_claims_is_not_proved(tampered: Outgoing) -> None:
    async def source(citations: object) -> list[str]:
        return ["Yes."]

    with pytest.raises(Unproved):
        asyncio.run(prove(tampered, source))


def test_what_is_marked_in_a_paragraph_has_to_be_the_quote() -> None:
    whole, marked = cited("A yes. B"), replace(cited("yes."), start=2, end=6)

    async def source(citations: object) -> list[str]:
        return ["A yes. B"]

    asyncio.run(prove(Outgoing("> A **yes.** B", (Claim(whole, marked=marked),)), source))
    for content in ("> A yes. B", "> A **yes. B**", "> **A** yes. B", "> A **yes**. B"):
        with pytest.raises(Unproved):
            asyncio.run(prove(Outgoing(content, (Claim(whole, marked=marked),)), source))


def test_a_channel_that_refuses_components_is_tried_again_after_a_while() -> None:
    now = 0.0
    layouts = Layouts(clock=lambda: now)
    layouts.refuse(1)
    assert [layouts.has_components(channel) for channel in (1, 2)] == [False, True]
    now = AGAIN_AFTER
    assert layouts.has_components(1)
    assert not Layouts(components=False).has_components(2)


def test_a_page_leaves_room_for_notes_on_its_sources() -> None:
    pages = answer_layout(answer_of(*(quote(char * 400, char) for char in "abcdefghij")), {})
    assert all(sum(map(length, page.texts)) <= LONGEST_LAYOUT - 40 * len(page.claims) for page in pages)


def test_a_citation_without_facts_has_its_title() -> None:
    bare = Quote("Yes.", Citation("a", "", 0, 4, 1, "ab" * 32), 0.5)
    (page,) = answer_layout(answer_of(bare), {})
    assert page.texts == ("> Yes.\n-# (untitled)",)


@pytest.mark.parametrize(
    ("confidence", "shown"), [(0.9, ()), (0.6, ("-# Fair confidence",)), (0.3, ("-# Low confidence",))]
)
def test_a_doubt_is_said(confidence: float, shown: tuple[str, ...]) -> None:
    (page,) = answer_layout(answer_of(quote("Yes."), confidence=confidence), {})
    assert page.texts[1:] == shown


def test_a_long_title_and_source_are_cut_between_words() -> None:
    facts = {
        "title": "A bridge over the river that nobody wanted to pay for",
        "source": "The Courier, “A long headline”",
    }
    (page,) = answer_layout(answer_of(quote("Yes.", **facts, published=None)), {})
    assert page.texts == ("> Yes.\n-# A bridge over the river that nobody… · The Courier",)
