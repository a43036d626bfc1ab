"""Text in Discord's Markdown: nothing live, every character there, every character back."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.discord.outgoing.markdown import block_quote, block_quotes, escape, uncarried, unescape

ANY = st.text(st.characters(codec=None, categories=None)) | st.text(
    st.sampled_from(list("\\*_~`|<>#-+[]():@/.!&0123456789aZ \t\n\r​‮\ud800é😀"))
)
LIVE = re.compile(r"[*_~`|<>#\-+\[\]():@/]|^\s*\d+\.", re.MULTILINE)


def shown(markdown: str) -> str:
    """What Discord takes for markup once escaped characters count as letters."""
    return re.sub(r"\\[^0-9A-Za-z\s]", "x", markdown)


@given(ANY)
@example("\\")
@example("\\\\*")
@example("1. one\n 2. two")
def test_any_text_is_read_back_from_its_escaped_form(text: str) -> None:
    assert unescape(escape(text)) == text


@given(ANY)
def test_nothing_in_an_escaped_text_is_live(text: str) -> None:
    assert not LIVE.search(shown(escape(text)))


@given(ANY)
def test_any_text_that_can_be_carried_is_read_back_from_its_block_quote(text: str) -> None:
    assume(uncarried(text) is None)
    quoted = block_quote(text)
    assert list(block_quotes(quoted)) == [text]
    assert list(block_quotes(f"before\n{quoted}\nbelow\n\n{quoted}\nend")) == [text, text]
    assert not any(LIVE.search(shown(line.removeprefix("> "))) for line in quoted.split("\n"))


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("**bold** __under__ ~~gone~~", r"\*\*bold\*\* \_\_under\_\_ \~\~gone\~\~"),
        ("@everyone <@1> <@&2> <#3>", r"\@everyone \<\@1\> \<\@&2\> \<\#3\>"),
        ("<t:1> <:a:1> :smile: ||spoiler||", r"\<t\:1\> \<\:a\:1\> \:smile\: \|\|spoiler\|\|"),
        ("see https://a.example/b", r"see https\:\/\/a.example\/b"),
        ("```py\nx\n```", "\\`\\`\\`py\nx\n\\`\\`\\`"),
        ("# head\n-# sub\n> quote\n- item\n1. one", "\\# head\n\\-\\# sub\n\\> quote\n\\- item\n1\\. one"),
        ("[a](b)", r"\[a\]\(b\)"),
        ("¯\\_(ツ)_/¯", r"¯\\\_\(ツ\)\_\/¯"),
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
