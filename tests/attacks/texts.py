"""Render hostile texts and read them back: the words stay the source's, and nothing in them becomes active."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from html.parser import HTMLParser

from rich.console import Console

from bot.discord.outgoing.messages import answer_pages, context_message, match_message, raw_messages
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Outgoing, prove
from bot.formats.json_output import answer_object, dump, match_object
from bot.formats.quote_page import page
from bot.formats.text_fragment import link
from bot.formats.visible import visible
from bot.formats.word_diff import word_diff
from bot.terminal.answers import show_answer, show_diff, show_place
from bot.terminal.screen import Screen
from retrieval.articles.text_files import facts_of
from retrieval.citations.permalink import CitedSpan
from retrieval.readable import readable
from retrieval.records import Answer, Article, ArticleRef, Citation, Match, Quote
from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.words import concealed, dense, hostile

IN_A_TERMINAL = 16  # every 16th text is also rendered with wrapping and colours, the slowest way
SHA256 = "ab" * 32
PAIR = re.compile("[\ud800-\udbff]+[\udc00-\udfff]+")
HALF = re.compile("[\ud800-\udfff]")
DIRECTIONS = "\u061c\u200e\u200f"  # marks that Arabic or Hebrew needs, and that do not affect the text around them


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Render `tries` texts."""
    return tally("texts", _tries(tries, random.Random(seed)), progress)


def _tries(count: int, rng: random.Random) -> Iterator[Try]:
    checks = (_terminal, _page, _messages, _json, _match)
    for number in range(count):
        placed = _Placed.of(rng)
        yield partial(_check, placed, (*checks, _wide) if number % IN_A_TERMINAL == 0 else checks)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A quoted text in its article, with its citation."""

    article: Article
    citation: Citation
    other: str
    """Another text beside it: a question, or another article's title."""
    address: str | None

    @classmethod
    def of(cls, rng: random.Random) -> _Placed:
        """Draw a text, in an article with random facts."""
        before, text, behind = hostile(rng, 6), hostile(rng), hostile(rng, 6)
        # A sentence has no white space at its ends, and two surrogate halves would join into one character.
        text = PAIR.sub("", text).strip() or "Yes."
        fields = {key: hostile(rng, 5) for key in ("id", "title", "source", "published", "url")}
        if rng.random() < 0.7:
            fields["url"] = f"https://a.example/{fields['url']}"
        facts, _ = facts_of(fields if rng.random() < 0.5 else {})
        before, behind = HALF.sub("", before), HALF.sub("", behind)
        article = Article(
            facts.id or "a/b", before + text + behind, facts.title or "A title", SHA256, "a.md", facts.source, facts.url
        )
        start, end = len(before), len(before) + len(text)
        cited = Citation(
            article.id, article.title, start, end, 1, SHA256, facts.source, facts.published, facts.url, "a.md"
        )
        other = hostile(rng, 8)
        return cls(article, cited, PAIR.sub("", other), link(facts.url, article.text, start, end))

    @property
    def text(self) -> str:
        """The quoted words."""
        return self.article.text[self.citation.start : self.citation.end]

    @property
    def answer(self) -> Answer:
        """An answer that quotes them twice."""
        also = (replace(self.citation, title=" ".join(self.other.split()), paragraph=2),)
        quotes = (Quote(self.text, self.citation, 0.5, also), Quote(self.text, self.citation, 0.4))
        nearest = (ArticleRef("a", self.other, self.article.url),)
        return Answer(self.other, True, 0.9, quotes, nearest, "f" * 12, 1.0, self.other + "?")

    @property
    def place(self) -> CitedSpan:
        """The quoted words in their article."""
        text, cited = self.article.text, self.citation
        return CitedSpan(cited, self.text, text[: cited.start], text[cited.end :], self.article, "current")


def _check(placed: _Placed, checks: Sequence[object]) -> None:
    for check in checks:
        check(placed)  # type: ignore[operator]


def _printed(show: object, **terminal: object) -> str:
    stream = io.StringIO()
    show(Screen(Console(file=stream, highlight=False, **terminal)))  # type: ignore[operator, arg-type]
    return stream.getvalue()


def _terminal(placed: _Placed) -> None:
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


def _wide(placed: _Placed) -> None:
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
        "code", "pre", "script",
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


def _page(placed: _Placed) -> None:
    """Check that a page has only its own elements, with the article and the quote character by character."""
    place, article = placed.place, placed.article
    if len(placed.other) % 2:
        place = replace(place, article=replace(article, converted=True), state="withdrawn")
    read = _Reader(page(place, placed.address))
    expect(not read.strange, f"the page has {read.strange} of {placed!r}")
    expect(read.tags.count("script") == 1 and read.tags.count("mark") == 1, f"{read.tags} in a page of {placed!r}")
    expect(read.texts["quote"] == placed.text, f"the page quotes {read.texts['quote']!r} of {placed.text!r}")
    expect(read.texts["text"] == article.text, f"the page says {read.texts['text']!r} of {article.text!r}")


def _messages(placed: _Placed) -> None:
    """Check that Discord messages pass the proof, read back the same, and contain no active text except their links."""
    links = {placed.citation.ref: placed.address} if placed.address else {}
    place = placed.place
    for message in answer_pages(placed.answer, links, repeat_question=True):
        _proved(message, placed.text)
    _proved(raw_messages([place]), placed.text)
    around = context_message(place)
    _proved(around, placed.article.text)
    abstained = Answer(placed.other, False, 0.1, (), placed.answer.nearest, "f" * 12, 1.0, placed.other + "?")
    for message in answer_pages(abstained, {}, repeat_question=True):
        _proved(message, "")


def _proved(message: Outgoing, text: str) -> None:
    async def source(cited: Sequence[Citation]) -> list[str]:
        return [text for _ in cited]

    with suppress(StopIteration):
        prove(message, source).send(None)
    expect(len(message.content.encode("utf-16-le", "surrogatepass")) // 2 <= LONGEST_MESSAGE, "a message is too long")
    hidden = concealed(message.content, "\n\t" + DIRECTIONS)
    lines = [line for line in message.content.split("\n") if concealed(line, "\t" + DIRECTIONS)]
    expect(not hidden, f"a message has {hidden!r} in {lines!r}")
    quoted = "\n".join(_unescaped(line[2:]) for line in message.content.split("\n") if line.startswith("> "))
    carried = [
        readable(text, claim.citation.path) if claim.as_read else text for claim in message.claims if claim.file is None
    ]
    expect(quoted == "\n".join(carried), f"a message quotes {quoted!r} of {text!r}")
    for file in message.files:
        expect(
            file.data.decode("utf-8", "surrogatepass") == text, f"the file {file.name} has other words than {text!r}"
        )
    _check_dead(message.content)


def _unescaped(line: str) -> str:
    """Return a line as Discord shows it: without backslashes before punctuation."""
    out, at = "", 0
    while at < len(line):
        if (
            line[at] == "\\"
            and at + 1 < len(line)
            and not (line[at + 1].isascii() and line[at + 1].isalnum())
            and not line[at + 1].isspace()
        ):
            at += 1
        out += line[at]
        at += 1
    return out


_ESCAPED = re.compile(r"\\[^0-9A-Za-z\s]")
_LINK = re.compile(r"\[[^\]\[]*\]\(<https?://[^<>\s]*>\)")
_LIVE = re.compile(r"<@|<#\d|<a?:\w|</\w|<t:|<id:|@everyone|@here|https?://|discord\.gg/|javascript:|`|\|\||<\w")
_LIVE_IN_QUOTES = re.compile(r"[*_~`|<\[\]@]|://|^\s*(?:[-+#>]|\d+\.)")


def _check_dead(content: str) -> None:
    """Raise Lost if anything in a message is active, except its own emphasis and masked links."""
    for line in content.split("\n"):
        left = _ESCAPED.sub("\ue000", line)
        live = _LIVE_IN_QUOTES.search(left[2:]) if line.startswith("> ") else _LIVE.search(_LINK.sub("", left))
        expect(live is None, f"{live[0] if live else ''!r} is live in {line!r}")


def _json(placed: _Placed) -> None:
    """Check that JSON is one line without hidden characters, and reads back the same."""
    for fields in (answer_object(placed.answer, placed.other), match_object(_match_of(placed, "near"))):
        line = dump(fields)
        expect(not concealed(line, ""), f"JSON has {concealed(line, '')!r} of {placed!r}")
        back = json.loads(line)
        expect(back == json.loads(json.dumps(fields)), f"JSON says {line!r} of {placed!r}")
        quotes = back.get("quotes", [])
        expect(all(quote["text"] == placed.text for quote in quotes), f"JSON quotes other words than {placed.text!r}")


def _match(placed: _Placed) -> None:
    """Check the messages of `verify`, with the words that differ."""
    links = {placed.citation.ref: placed.address} if placed.address else {}
    verbatim = _match_of(placed, "verbatim")
    _proved(match_message(verbatim, links), placed.text)
    near = match_message(_match_of(placed, "near"), links)
    head, _, differs = near.content.rpartition("\nWhat differs: ")
    if head:
        _check_dead(re.sub(r"~~|\*\*", "", differs))
    _proved(Outgoing(head or near.content, near.claims, near.files), placed.text)


def _match_of(placed: _Placed, verdict: str) -> Match:
    if verdict == "verbatim":
        return Match("verbatim", placed.text, (placed.citation, placed.citation))
    return Match("near", placed.other, (placed.citation,), placed.text)
