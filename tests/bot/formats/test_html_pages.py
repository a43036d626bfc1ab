"""What every page is promised by the way its templates are read."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup

from bot.formats.html_pages import environment, exact

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted((ROOT / "bot").rglob("*.html"))
PAGES = environment("bot.formats")


def printed(template: str, **values: object) -> str:
    """What a template of this text prints."""
    return PAGES.from_string(template).render(values)


@given(st.text())
def test_a_text_is_escaped_and_comes_back(text: str) -> None:
    assert unescape(exact(text)) == "".join(map(without_control, text))
    assert not set(exact(text)) & set("<>\"'\r")


def without_control(char: str) -> str:
    """What a page holds for a character."""
    return f"\\x{ord(char):02x}" if unicodedata.category(char) == "Cc" and char not in "\t\n\f\r" else char


@given(st.text(st.characters(categories=["Cc"])))
def test_a_page_that_is_printed_has_nothing_that_a_terminal_obeys(text: str) -> None:
    assert not {char for char in exact(text) if unicodedata.category(char) == "Cc"} - {"\t", "\n"}
    assert exact("\x1b]0;title\x07 \x9b1m\f") == r"\x1b]0;title\x07 \x9b1m&#12;"


def test_whatever_a_template_prints_is_escaped_but_markup() -> None:
    hostile = '<b title="x">it\'s</b>\r&amp;'
    escaped = "&lt;b title=&#34;x&#34;&gt;it&#39;s&lt;/b&gt;&#13;&amp;amp;"
    assert printed("{{ value }}", value=hostile) == escaped
    assert printed("{{ values|join(', ') }}", values=[hostile, "a"]) == f"{escaped}, a"
    assert printed("{% macro m(x) %}<p>{{ x }}</p>{% endmacro %}{{ m(value) }}", value=hostile) == f"<p>{escaped}</p>"
    assert printed("{% set both %}<i>{{ value }}</i>{% endset %}{{ both }}", value=hostile) == f"<i>{escaped}</i>"
    assert printed("{{ value }}", value=Markup("<b>")) == "<b>"


def test_a_page_may_transform_what_it_prints() -> None:
    pages = environment("bot.formats", str.upper)
    assert pages.from_string("a{{ value }}{{ mark }}").render(value="<b>", mark=Markup("<i>")) == "a&lt;B&gt;<i>"


@pytest.mark.parametrize("template", ["{{ absent }}", "{{ value.absent }}", "{{ 'x' if absent }}"])
def test_a_name_that_is_misspelt_is_never_printed_as_nothing(template: str) -> None:
    with pytest.raises(UndefinedError, match="absent"):
        printed(template, value="x")


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_template_turns_escaping_off_or_leaves_an_attribute_bare(file: Path) -> None:
    source = file.read_text("utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape", source)
    assert not re.search(r"=\s*{[{%]", re.sub(r"{%.*?%}", "", source)), "an attribute without quotes can be left"
    assert not re.search(r"\son\w+=|\sstyle=", source), "the policy of the page would refuse it"


def test_there_are_templates() -> None:
    assert {file.name for file in TEMPLATES} >= {"page.html", "quote_page.html", "report.html"}
