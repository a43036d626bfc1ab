"""Text in Discord's Markdown: nothing live, every character there, every character back."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.discord.outgoing.markdown import (
    block_quote,
    block_quotes,
    escape,
    read_block_quotes,
    uncarried,
    unescape,
)
from tests.discord_server.markdown import Read, blocks, read_block

ANY = st.text(st.characters(codec=None, categories=None)) | st.text(
    st.sampled_from(list("\\*_~`|<>#-+[]():@/.!&0123456789aZ \t\n\r​‮\ud800é😀"))
)


@given(ANY)
@example("\\")
@example("\\\\*")
@example("1. one\n 2. two")
def test_any_text_is_read_back_from_its_escaped_form(text: str) -> None:
    assert unescape(escape(text)) == text


@given(ANY)
@example(":smile::smile:")
def test_nothing_in_an_escaped_text_is_live(text: str) -> None:
    assert read_block(escape(text)) == Read(text)


@given(ANY)
def test_any_text_that_can_be_carried_is_read_back_from_its_block_quote(text: str) -> None:
    assume(uncarried(text) is None)
    quoted = block_quote(text)
    assert list(block_quotes(quoted)) == [text]
    assert list(block_quotes(f"before\n{quoted}\nbelow\n\n{quoted}\nend")) == [text, text]
    assert [(is_quote, read_block(block)) for is_quote, block in blocks(quoted)] == [(True, Read(text))]


@given(ANY, st.integers(0, 20), st.integers(0, 20))
@example("a *b* c", 2, 5)
@example("one\n two \n\nthree", 1, 14)
def test_what_is_marked_in_a_block_quote_is_bold_and_read_back(text: str, start: int, length: int) -> None:
    assume(uncarried(text) is None)
    end = min(start + length, len(text))
    quoted = block_quote(text, (start, end))
    (quote,) = read_block_quotes(quoted)
    assert quote.text == text
    marked = "".join(text[first:last] for first, last in quote.marked)
    assert "".join(marked.split()) == "".join(text[start:end].split())
    ((_, block),) = blocks(quoted)
    assert read_block(block).text == text
    assert {kind for kind, _ in read_block(block).live} <= {"bold"}


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("**bold** __under__ ~~gone~~", r"\*\*bold\*\* \_\_under\_\_ \~\~gone\~\~"),
        ("@everyone <@1> <@&2> <#3> a@b.example", r"\@everyone \<@1> \<@&2> \<#3> a@b.example"),
        ("<t:1> <:a:1> :smile: ||spoiler||", r"\<t:1> \<\:a:1> \:smile: \|\|spoiler\|\|"),
        ("https://a.example/b discord.gg/c", r"https\://a.example\/b discord.gg\/c"),
        ("```py\nx\n```", "\\`\\`\\`py\nx\n\\`\\`\\`"),
        ("# head\n-# sub\n> quote\n- item\n1. one", "\\# head\n\\-# sub\n\\> quote\n\\- item\n1\\. one"),
        ("[a](b) [3]", r"[a]\(b) [3]"),
        ("¯\\_(ツ)_/¯", r"¯\\\_(ツ)\_/¯"),
        ("2022-01-02 (#1): 3 < 4 | 5 + 1.5 - -6 at 10:30", "2022-01-02 (#1): 3 < 4 | 5 + 1.5 - -6 at 10:30"),
    ],
)
def test_what_could_be_live_is_escaped(text: str, sent: str) -> None:
    assert escape(text) == sent


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("one\r\ntwo", "carriage returns"),
        ("a\x00b", "control characters"),
        ("\ufeffa", "control characters"),
        ("a\ud800", "code points that are no characters"),
        ("\u202eabc", "marks that turn text around"),
        (" \n ", "nothing but white space"),
        ("  led by space,\n\n\twith a blank line, a zero width​space and العربية‏ ", None),
    ],
)
def test_what_cannot_be_carried_is_named(text: str, what: str | None) -> None:
    assert uncarried(text) == what
