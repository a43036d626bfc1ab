"""What of a Markdown text its page does not show, or takes back: comments, hidden HTML, struck sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from retrieval.articles.comments import Finder, comments_and_code
from retrieval.articles.expressions import computed
from retrieval.articles.formatting import FORMATTING_TAGS
from retrieval.articles.html_elements import BLOCK_TAGS, VOID_TAGS, is_rendered, is_struck, is_text_element, unseen
from retrieval.articles.markdown_styles import styled
from retrieval.articles.markdown_tags import Element, element_of
from retrieval.articles.marks import BESIDE, STRING, blanked
from retrieval.articles.structure import Span

_TOKEN = re.compile(
    r"\\[^\w\s]"
    rf"|(?P<tag><(?P<end>/?)(?P<name>[A-Za-z][\w.-]*)(?=[\s/>])(?P<attributes>(?:{STRING}|[^<>\"'{{]++){{0,60}})>)"
    r"|(?P<tildes>(?<!~)~~?(?!~))"
    r"|(?P<blank>(?:\r\n?|\n)[ \t>]*(?=[\r\n]))"
)
_LAST_SIGN = re.compile(r"(?<=[\"'}])(?:\r\n?|\n)[ \t]*>\Z")
_ENDED_BY = {
    "li": frozenset({"li"}), "dt": frozenset({"dt", "dd"}), "dd": frozenset({"dt", "dd"}), "tr": frozenset({"tr"}),
    "td": frozenset({"td", "th", "tr"}), "th": frozenset({"td", "th", "tr"}), "p": BLOCK_TAGS,
}  # fmt: skip
"""Elements whose end may be left out, and what ends them where it begins."""
INDENT = 4  # spaces before a line of code
_NO_WORD = re.compile(r"<[^<>]*>?|^[ \t>]*(?:(?:\d{1,9}[.)]|[-*+]|#{1,6})[ \t]+(?:\[[ xX]\])?|\|)", re.MULTILINE)
"""Tags, and what stands before the words of an item or a heading."""
_BLANK_LINE = re.compile(r"(?:\r\n?|\n)[ \t>]*[\r\n]")
_SPACE = " \t\r\n\xa0"
_LAST = re.compile(r"[.!?…。！？؟।:][*_~”’\"')\]\s]*\Z")
_OPENS = re.compile(r"[ \t>]*(?:(?:\d{1,9}[.)]|[-*+]|#{1,6})[ \t]|\|)")
"""The beginning of a line that goes on with nothing above it."""
_STOPS = frozenset(".!?…")
"""Signs with which a sentence ends behind its struck words."""
_SENTENCE_END = re.compile(r"[.!?…][*_”’\"')\]]*(?:[\s<]|\Z)|[。！？؟।]|(?:\r\n?|\n)[ \t>]*[\r\n]")


def visible_markdown(text: str, body: int, *, mdx: bool = False) -> str:
    """Return a Markdown text of the same length in which white space stands for what its page does not show.

    So it does for struck sentences; a word that is struck within a sentence stays. Where a sentence is struck in part
    only, dots stand for that part, so that the rest is no sentence of its own. A tag whose last sign begins a line ends
    on the line before: it begins no block quote. Of MDX, what it computes is not shown either, and letters stand for
    what it computes within a sentence.
    """
    asides = list(comments_and_code(text))
    visible = blanked(text, (span for span, is_comment in asides if is_comment))
    prose = blanked(text, (span for span, _ in asides))
    if mdx:
        modules = list(computed(prose, body))
        visible = blanked(visible, (span for span, is_apart in modules if is_apart))
        visible = blanked(visible, (span for span, is_apart in modules if not is_apart), by="x")
        prose = blanked(prose, (span for span, _ in modules))
    if "<" not in prose and "~" not in prose:
        return visible
    walk = _Walk(text, prose, body)
    struck = list(walk.struck())
    visible = _on_one_line(visible, walk.breaks)
    visible = blanked(visible, _joined([*walk.hidden(), *(span for span, apart in struck if apart)]))
    return blanked(visible, _joined([span for span, apart in struck if not apart]), by="…")


def _on_one_line(text: str, breaks: Iterable[Span]) -> str:
    parts, at = list[str](), 0
    for start, end in breaks:
        parts += [text[at:start], " " * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def _is_apart(before: str, struck: str, behind: str) -> bool | None:
    """Return whether no sentence goes on around struck text; None if it is a part of one."""
    line = before.rpartition("\n")[2]
    opens = _is_closed(line) and (bool(_OPENS.match(line)) or _is_closed(before))
    following = _NO_WORD.sub(" ", behind).lstrip(f"~*_>{_SPACE}")[:1]
    alone = _is_closed(line) and (not _has_word(behind.partition("\n")[0]) or following in _STOPS)
    if not alone and not _SENTENCE_END.search(struck):
        return None
    closed = bool(_LAST.search(struck[-BESIDE:])) or not _has_word(behind)
    return opens and closed and not following.islower() and following not in {",", ";", ":", ")"}


def _is_closed(before: str) -> bool:
    """Return whether no sentence, and no word of its line, is open at the end of a text."""
    before = _NO_WORD.sub(" ", before).rstrip(f"~*_>{_SPACE}")
    return not before or bool(_LAST.search(before))


def _has_word(text: str) -> bool:
    return any(map(str.isalnum, _NO_WORD.sub(" ", text)))


def _joined(spans: list[Span]) -> Iterator[Span]:
    """Yield the stretches that spans cover, in order."""
    start = end = 0
    for first, last in sorted(spans):
        if first > end:
            yield start, end
            start = first
        end = max(end, last)
    yield start, end


@dataclass(frozen=True, slots=True)
class _Open:
    """An element that has begun."""

    name: str
    start: int
    """Where its content begins."""
    is_rendered: bool
    unseen: frozenset[str]
    is_struck: bool
    ends_at_blank: bool
    """Whether it ends with its paragraph at the latest."""


class _Walk:
    """One walk over the tags, the tildes and the blank lines of a text, outside its code and its comments."""

    def __init__(self, text: str, prose: str, body: int) -> None:
        """Take a text, and the same with white space for what is no prose."""
        self._text = prose
        self._whole = text
        self._hidden: list[Span] = []
        self._struck: list[Span] = []
        self.breaks: list[Span] = []
        """The line ends before the last sign of tags."""
        self._open: list[_Open] = []
        self._strikes = 0
        """How many of the open elements are struck: of those within each other, the outermost counts."""
        self._names = Counter[str]()
        self._tildes: dict[str, int] = {}
        self._closings: dict[str, Finder] = {}
        self._styled: Mapping[int, Mapping[str, str]] = {}
        """What style sheets make of the attributes of tags, by their places."""
        tokens = list(_TOKEN.finditer(self._text, body))
        tags = [token for token in tokens if token["tag"] and (not _is_sheet(token) or self._hides_by_name(token))]
        if any(map(_is_sheet, tags)):
            self._styled = styled(self._text, tags, lambda tag: element_of(tag).attrib)
        at = body
        for token in tokens:
            self._pass(at, token.start())
            at = token.start() if token["tag"] is None else token.end()
            self._take(token)
        self._pass(at, len(text))
        while self._open:
            self._pop(len(text))

    def hidden(self) -> Iterator[Span]:
        """Yield the text that cannot be seen."""
        return (span for span in self._hidden if any(map(str.isalnum, self._whole[slice(*span)])))

    def struck(self) -> Iterator[tuple[Span, bool]]:
        """Yield the struck text that is more than a part of a sentence, and whether no sentence goes on beside it."""
        beside, last = blanked(self._text, _joined(self._struck)), 0
        for start, end in sorted(self._struck):
            if end > last and _has_word(self._text[start:end]):
                last = end
                before = _BLANK_LINE.split(beside[max(0, start - BESIDE) : start])[-1]
                behind = _BLANK_LINE.split(beside[end : end + BESIDE])[0]
                if (apart := _is_apart(before, self._whole[start:end], behind)) is not None:
                    yield (start, end), apart

    def _pass(self, start: int, end: int) -> None:
        """Note a stretch of text between two tokens where it cannot be seen."""
        if start < end and self._open and (not self._open[-1].is_rendered or self._open[-1].unseen):
            self._hidden.append((start, end))

    def _take(self, token: re.Match[str]) -> None:
        if (end := _LAST_SIGN.search(token.group())) and not self._is_boxed(token):
            self.breaks.append((token.start() + end.start(), token.end() - 1))
        if token["blank"] is not None:
            self._tildes.clear()
            while self._open and self._open[-1].ends_at_blank:
                self._pop(token.start())
        elif token["tildes"]:
            self._strike(token)
        elif token["end"]:
            self._end(token["name"].lower(), token.start())
        elif token["tag"] and not token["attributes"].endswith("/"):
            self._begin(token)

    def _end(self, name: str, at: int) -> None:
        """End an element, and those within it; formatting that goes on behind a paragraph stays open."""
        if not self._names[name]:
            return
        place = next(place for place in reversed(range(len(self._open))) if self._open[place].name == name)
        within = self._open[place + 1 :]
        goes_on = within and all(inner.name in FORMATTING_TAGS and not inner.ends_at_blank for inner in within)
        if name == "p" and goes_on and not self._open[place].is_struck and self._open[place].is_rendered:
            del self._open[place]
            self._names[name] -= 1
            return
        while self._pop(at) != name:
            pass

    def _strike(self, token: re.Match[str]) -> None:
        """Begin or end a strike by what stands beside its tildes, as GitHub's Markdown does."""
        mark, (start, end) = token["tildes"], token.span()
        before, behind = self._text[start - 1 : start] or " ", self._text[end : end + 1] or " "
        closes = not before.isspace() and (before.isalnum() or not behind.isalnum())
        if closes and mark in self._tildes:
            self._struck.append((self._tildes.pop(mark), start))
        elif not behind.isspace() and (behind.isalnum() or not before.isalnum()):
            self._tildes[mark] = end

    def _begin(self, token: re.Match[str]) -> None:
        element = element_of(token)
        if (attributes := self._styled.get(token.start())) is not None:
            element = Element(element.tag, attributes)
        name = token["name"].lower()
        while self._open and name in _ENDED_BY.get(self._open[-1].name, ()):
            self._pop(token.start())
        if name in VOID_TAGS or (not is_text_element(element) and not self._hides_by_name(token)):
            return
        around = self._open[-1] if self._open else None
        shows = (around is None or around.is_rendered) and is_rendered(element)
        reasons = unseen(element, around.unseen if around else frozenset())
        is_block = name in BLOCK_TAGS - {"p"} or self._stands_alone(token)
        ends = name == "p" or not (
            is_block
            or (name in FORMATTING_TAGS and self._is_ended(token))
            or (around is not None and not around.ends_at_blank and name not in BLOCK_TAGS)
        )
        self._open.append(_Open(name, token.end(), shows, reasons, is_struck(element), ends))
        self._names[name] += 1
        self._strikes += self._open[-1].is_struck

    def _is_boxed(self, token: re.Match[str]) -> bool:
        """Return whether a tag begins on a line of a block quote."""
        return self._before(token).lstrip().startswith(">")

    def _stands_alone(self, token: re.Match[str]) -> bool:
        """Return whether a tag is all of its line, so that it goes around the paragraphs below it."""
        behind = self._text[token.end() : token.end() + BESIDE].partition("\n")[0]
        return not self._before(token).strip(f">{_SPACE}") and not behind.strip()

    def _hides_by_name(self, token: re.Match[str]) -> bool:
        """Return whether an element that shows no text is one: it is ended, and stands in no indented code."""
        before = self._before(token)
        if before.isspace() and len(before.expandtabs(4)) >= INDENT:
            return False
        return self._is_ended(token)

    def _before(self, token: re.Match[str]) -> str:
        """Return what stands on its line before a tag."""
        return self._text[max(0, token.start() - BESIDE) : token.start()].rpartition("\n")[2]

    def _is_ended(self, token: re.Match[str]) -> bool:
        """Return whether the end of an element's tag stands behind its beginning."""
        name = token["name"]
        finder = self._closings.setdefault(name, Finder(self._text, rf"(?i)</{re.escape(name)}\s*>"))
        return finder.find(token.end()) is not None

    def _pop(self, end: int) -> str:
        element = self._open.pop()
        self._names[element.name] -= 1
        self._strikes -= element.is_struck
        if element.is_struck and not self._strikes:
            self._struck.append((element.start, end))
        return element.name


def _is_sheet(tag: re.Match[str]) -> bool:
    return not tag["end"] and tag["name"].lower() == "style"
