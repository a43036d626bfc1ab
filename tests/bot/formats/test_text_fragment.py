"""Text fragments land on the quote in a page that has the article's text."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.formats.text_fragment import Directive, directive, link, web_address

WORDS = st.sampled_from(["the", "ship", "left", "NATO-Russia", "a,b", "R&D", "“quoted”", "50%", "naïve", "end."])
GAPS = st.sampled_from([" ", " ", " ", " ", "\n", "\n\n", "  ", "\r\n"])


@st.composite
def spans(draw: st.DrawFn, *, distinct: bool) -> tuple[str, int, int]:
    """A text, and a span of whole words in it."""
    count = draw(st.integers(1, 60))
    words = [draw(WORDS) + (str(number) if distinct else "") for number in range(count)]
    text, starts = "", []
    for word in words:
        starts.append(len(text))
        text += word + draw(GAPS)
    first = draw(st.integers(0, count - 1))
    last = draw(st.integers(first, count - 1))
    return text, starts[first], starts[last] + len(words[last])


def parse(fragment: str) -> Directive:
    """A directive read back, as the specification's parser does."""
    parts = fragment.removeprefix("text=").split(",")
    prefix = suffix = ""
    if parts[0].endswith("-"):
        prefix = unquote(parts.pop(0)[:-1])
    if parts[-1].startswith("-"):
        suffix = unquote(parts.pop()[1:])
    start, *end = map(unquote, parts)
    return Directive(start, end[0] if end else "", prefix, suffix)


def land(fragment: str, text: str) -> tuple[int, int] | None:
    """Where a browser lands in the text with its white space collapsed, by a regular expression."""
    parts = parse(fragment)
    quoted = re.escape(parts.start) + (rf"(?!\w).*?(?<!\w){re.escape(parts.end)}" if parts.end else "")
    before = rf"(?<!\w){re.escape(parts.prefix)} ?" if parts.prefix else r"(?<!\w)" if parts.start[0].isalnum() else ""
    behind = f" ?{re.escape(parts.suffix)}" if parts.suffix else ""
    edge = r"(?!\w)" if (parts.end or parts.start)[-1].isalnum() else ""
    match = re.search(f"{before}({quoted}){edge}{behind}", " ".join(text.split()), re.IGNORECASE)
    return match.span(1) if match else None


@given(spans(distinct=True))
def test_it_lands_on_the_quote_where_no_word_repeats(span: tuple[str, int, int]) -> None:
    text, start, end = span
    at = len(" ".join((text[:start] + "|").split())) - 1
    assert land(str(directive(text, start, end)), text) == (at, at + len(" ".join(text[start:end].split())))


@given(spans(distinct=False))
def test_every_part_stands_in_the_text_in_order(span: tuple[str, int, int]) -> None:
    text, start, end = span
    parts = parse(str(directive(text, start, end)))
    quoted = " ".join(text[start:end].split())
    assert quoted.startswith(parts.start)
    assert quoted.endswith(parts.end or parts.start)
    assert " ".join(text[:start].split()).endswith(parts.prefix)
    assert " ".join(text[end:].split()).startswith(parts.suffix)


@given(spans(distinct=False))
def test_only_what_a_directive_may_hold_is_left_as_it_is(span: tuple[str, int, int]) -> None:
    assert re.fullmatch(r"text=(?:[\w.~%]+-,)?[\w.~%]+(?:,[\w.~%]+)?(?:,-[\w.~%]+)?", str(directive(*span)), re.ASCII)


def test_a_short_quote_is_written_whole() -> None:
    text = "One. Moscow, and the NATO-Russia Council (R&D), met. Two."
    quoted = "Moscow, and the NATO-Russia Council (R&D), met."
    start = text.index(quoted)
    assert str(directive(text, start, start + len(quoted))) == (
        "text=Moscow%2C%20and%20the%20NATO%2DRussia%20Council%20%28R%26D%29%2C%20met."
    )


def test_a_message_in_discord_is_reached_by_its_address_alone() -> None:
    message = "https://discord.com/channels/1/2/3"
    assert link(message, "The gate is open.", 0, 17) == message
    assert link("https://discord.com/blog", "The gate is open.", 0, 17) != "https://discord.com/blog"


def test_a_long_quote_is_written_by_its_edges() -> None:
    text = " ".join(f"word{number}" for number in range(50))
    assert str(directive(text, 0, len(text))) == (
        "text=word0%20word1%20word2%20word3%20word4,word45%20word46%20word47%20word48%20word49"
    )


def test_a_quote_over_several_lines_is_written_by_its_edges() -> None:
    text = "said the President\n\nof the Council today."
    assert str(directive(text, 5, len(text))) == "text=the%20President,of%20the%20Council%20today."


def test_what_stands_before_and_behind_tells_repetitions_apart() -> None:
    text = "It rained. Then the sun shone. It rained. Nobody minded."
    assert str(directive(text, 0, 10)) == "text=It%20rained."
    assert str(directive(text, 31, 41)) == "text=the%20sun%20shone.-,It%20rained."


def test_a_span_within_a_word_is_widened_to_it() -> None:
    assert str(directive("unforgettable days", 2, 8)) == "text=unforgettable"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://e.org/a", "https://e.org/a#:~:text=it"),
        ("https://e.org/a?q=1#part", "https://e.org/a?q=1#part:~:text=it"),
        ("https://e.org/#:~:text=old", "https://e.org/#:~:text=it"),
        ("https://e.org/a b\x1b\"'<é", "https://e.org/a%20b%1B%22'%3C%C3%A9#:~:text=it"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://[", None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links(url: str | None, address: str | None) -> None:
    assert link(url, "it", 0, 2) == address


def test_an_address_is_never_escaped_twice() -> None:
    assert web_address(web_address("https://e.org/a b")) == "https://e.org/a%20b"
