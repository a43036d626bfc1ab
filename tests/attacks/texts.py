"""Render hostile texts and read them back: the words stay the source's, and nothing in them becomes active."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser

from rich.console import Console

from bot.formats.json_output import answer_object, dump, match_object
from bot.formats.quote_page import page
from bot.formats.visible import visible
from bot.formats.word_diff import word_diff
from bot.terminal.answers import show_answer, show_diff, show_place
from bot.terminal.screen import Screen
from retrieval.readable import readable
from tests.attacks.messages import check_matches, check_messages
from tests.attacks.placed import Placed
from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.words import concealed, dense

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
IN_A_TERMINAL = 16  # every 16th text is also rendered with wrapping and colours, the slowest way


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Render `tries` texts."""
    return tally("texts", _tries(tries, random.Random(seed)), progress)


def _tries(count: int, rng: random.Random) -> Iterator[Try]:
    checks = (_terminal, _page, check_messages, check_matches, _json)
    for number in range(count):
        placed = Placed.of(rng)
        yield partial(_check, placed, (*checks, _wide) if number % IN_A_TERMINAL == 0 else checks)


def _check(placed: Placed, checks: Sequence[object]) -> None:
    for check in checks:
        check(placed)  # type: ignore[operator]


def _printed(show: object, **terminal: object) -> str:
    stream = io.StringIO()
    show(Screen(Console(file=stream, highlight=False, **terminal)))  # type: ignore[operator, arg-type]
    return stream.getvalue()


def _terminal(placed: Placed) -> None:
    """Check that through a pipe each line of a quote has a bar, and hidden characters are written out."""
    out = _printed(lambda screen: show_answer(screen, placed.answer, lambda cited: placed.address))
    expect(not concealed(out), f"the terminal is given {concealed(out)!r} of {placed!r}")
    lines = out.split("\n")
    bars = [line for line in lines if line[3:5] in ("│", "│ ")]
    quoted_twice = dense(visible(readable(placed.text, placed.citation.path))) * 2
    expect(dense("".join(line[4:] for line in bars)) == quoted_twice, f"the terminal shows {bars!r} of {placed.text!r}")
    out = _printed(lambda screen: show_place(screen, placed.place, lambda cited: placed.address))
    expect(not concealed(out), f"the terminal is given {concealed(out)!r} of {placed!r}")
    expect(
        dense(visible(placed.text)) in dense(out.replace("\n   │", "\n")), f"the place does not show {placed.text!r}"
    )


def _wide(placed: Placed) -> None:
    """Check that a terminal gets no escape sequences except those that style text."""
    options = {"force_terminal": True, "width": 80, "color_system": "standard", "legacy_windows": False}
    for show in (
        lambda screen: show_answer(screen, placed.answer, lambda cited: placed.address),
        lambda screen: show_place(screen, placed.place, lambda cited: placed.address),
        lambda screen: show_diff(screen, word_diff(placed.other, placed.text)),
    ):
        out = re.sub(r"\x1b\[[\d;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", _printed(show, **options))
        expect(not concealed(out), f"the terminal is given {concealed(out)!r} of {placed!r}")
        linked = re.findall(r"\x1b\]8;[^;]*;([^\x1b]*)\x1b\\", out)
        expect(all(address.startswith(("http://", "https://")) for address in linked), f"{linked} are links")


class _Reader(HTMLParser):
    """Collects the text of a page's marked parts, and its elements."""

    TAGS = frozenset((
        "html", "head", "meta", "title", "style", "body", "header", "h1", "p", "a", "main", "div", "mark", "footer",
        "code", "pre", "script", "span",
    ))  # fmt: skip
    ATTRIBUTES = frozenset((
        "charset", "http-equiv", "content", "name", "dir", "id", "tabindex", "class", "href", "rel",
    ))  # fmt: skip

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts = {"text": "", "quote": "", "h1": ""}
        self.tags = list[str]()
        self.strange = list[str]()
        self._open = list[str]()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append(tag)
        if tag not in self.TAGS or not attributes.keys() <= self.ATTRIBUTES:
            self.strange.append(f"<{tag} {attrs}>")
        if not (attributes.get("href") or "https://").lower().startswith(("http://", "https://")):
            self.strange.append(f"a link to {attributes['href']}")
        if tag != "meta":
            self._open.append(attributes.get("id") or tag)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for name in self.texts:
            if name in self._open:
                self.texts[name] += data


def _page(placed: Placed) -> None:
    """Check that a page has only its own elements, with the article and the quote, and no control characters."""
    place, article = placed.place, placed.article
    if len(placed.other) % 2:
        place = replace(place, article=replace(article, converted=True), state="withdrawn")
    html = page(place, placed.address)
    expect(not _CONTROL.search(html), f"the page has {_CONTROL.findall(html)} of {placed!r}")
    read = _Reader(html)
    expect(not read.strange, f"the page has {read.strange} of {placed!r}")
    expect(read.tags.count("script") == 1 and read.tags.count("mark") == 1, f"{read.tags} in a page of {placed!r}")
    expect(read.texts["quote"] == _legible(placed.text), f"the page quotes {read.texts['quote']!r} of {placed.text!r}")
    expect(read.texts["text"] == _legible(article.text), f"the page says {read.texts['text']!r} of {article.text!r}")


def _legible(text: str) -> str:
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text)


def _json(placed: Placed) -> None:
    """Check that JSON is one line without hidden characters, and reads back the same."""
    for fields in (answer_object(placed.answer, placed.other), match_object(placed.match("near"))):
        line = dump(fields)
        expect(not concealed(line, ""), f"JSON has {concealed(line, '')!r} of {placed!r}")
        back = json.loads(line)
        expect(back == json.loads(json.dumps(fields)), f"JSON says {line!r} of {placed!r}")
        quotes = back.get("quotes", [])
        expect(all(quote["text"] == placed.text for quote in quotes), f"JSON quotes other words than {placed.text!r}")
