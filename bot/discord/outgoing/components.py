"""Answers laid out in components: each quote numbered beside its button, its citation short, a title said once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import partial

from bot.discord.outgoing.markdown import block_quote, escape, uncarried
from bot.discord.outgoing.messages import (
    FILES_A_PAGE,
    LONGEST_HINT,
    LONGEST_NAME,
    LONGEST_NOTE,
    MOST_LINES,
    SMALL,
    UNTITLED,
    Links,
    abstention,
    answer_notes,
    attached,
    breadcrumb,
    masked_link,
    more_hint,
)
from bot.discord.outgoing.proof import LONGEST_LAYOUT, Claim, Outgoing, Part, TextFile, length
from bot.formats import answer_text
from bot.formats.visible import short
from bot.languages.catalogue import ENGLISH, Language, Message
from retrieval.answering.confidence import level
from retrieval.filters import publisher
from retrieval.readable import readable
from retrieval.records import Answer, Citation, Quote

MOST_COMPONENTS = 40  # of a message, those within others counted
OTHER_COMPONENTS = 11  # the container, what stands above and below the quotes, and two rows with the buttons
LONGEST_TITLE, LONGEST_SOURCE = 36, 20  # characters of these below a quote; its details have them whole
DOUBTS = {"fair": Message("Fair confidence"), "low": Message("Low confidence")}
"""What is said of a confidence that is not high."""
TRAILING = Message("white space at its end")
ROOM = LONGEST_LAYOUT - 600  # characters of a page; the rest is for notes on sources that change later


def answer_layout(
    answer: Answer,
    links: Links,
    *,
    repeat_question: bool = False,
    has_more: bool = True,
    language: Language = ENGLISH,
) -> list[Outgoing]:
    """Return an answer as `answer_pages` does, laid out in components.

    The quotes of one article stand together, so their order may differ from the answer's.
    """
    answer = grouped(answer)
    head = "\n".join(SMALL + note for note in answer_notes(answer, language, repeat_question=repeat_question))
    if not answer.answered:
        line = abstention(answer_text.sections_near(answer), links, language=language)
        return [Outgoing("", parts=tuple(Part(text) for text in (head, line) if text))]
    lines = [*answer_text.differences(answer, language), *answer_text.unanswered(answer, language)]
    below = [escape(short(line, LONGEST_NOTE)) for line in lines[:MOST_LINES]]
    doubt = DOUBTS.get(level(answer.confidence))
    small = [note for note in (answer_text.as_of(answer, language), language.text(doubt) if doubt else None) if note]
    lay_out = partial(quote_layout, answer.quotes, links, head=head, language=language)
    left = sum(len(page.claims) for page in lay_out(tail=_tail(below, small))[1:])
    if left:
        small.append(more_hint(left, language, has_more=has_more))
    return lay_out(tail=_tail(below, small))


def quote_layout(
    quotes: Sequence[Quote],
    links: Links,
    first: int = 1,
    *,
    head: str = "",
    tail: str = "",
    language: Language = ENGLISH,
) -> list[Outgoing]:
    """Return quotes, numbered from `first`, on as few messages as hold them; head and tail on the first.

    One that stands alone has no number to be seen.
    """
    pages: list[Outgoing] = []
    layout = _Layout(links, language, is_numbered=len(quotes) > 1 or first > 1)
    on_page: list[Quote] = []
    for quote in quotes:
        page = layout.page([*on_page, quote], first, head, tail)
        if on_page and not _fits(page):
            pages.append(layout.page(on_page, first, head, tail))
            first, head, tail = first + len(on_page), "", ""
            on_page = []
        on_page.append(quote)
    return [*pages, layout.page(on_page, first, head, tail)] if on_page else pages


def grouped(answer: Answer) -> Answer:
    """Return an answer with the quotes of each article together, the articles in the order of their best quotes."""
    articles = list(dict.fromkeys(quote.citation.article for quote in answer.quotes))
    order = sorted(range(len(answer.quotes)), key=lambda place: articles.index(answer.quotes[place].citation.article))
    place_of = {former: place for place, former in enumerate(order)}
    differences = tuple(
        replace(difference, quotes=(place_of[difference.quotes[0]], place_of[difference.quotes[1]]))
        for difference in answer.differences
    )
    return replace(answer, quotes=tuple(answer.quotes[place] for place in order), differences=differences)


def title(cited: Citation, links: Links, language: Language) -> str:
    """Return the title of a cited article, linked to the very words."""
    return masked_link(escape(short(cited.title, LONGEST_NAME) or language.text(UNTITLED)), links.get(cited.ref))


def date(published: str) -> str:
    """Return a day as Discord shows it in each reader's language; what is no day as it is written.

    Noon in Greenwich is the same day nearly everywhere.
    """
    try:
        day = datetime.fromisoformat(published.strip()).date()
    except ValueError:
        return escape(short(published, LONGEST_NAME))
    return f"<t:{int(datetime.combine(day, time(12), UTC).timestamp())}:D>"


def citation_line(cited: Citation, links: Links, language: Language) -> str:
    """Return the line below quotes: the title, linked to the very words, the source and the date."""
    named = masked_link(escape(short(cited.title, LONGEST_TITLE) or language.text(UNTITLED)), links.get(cited.ref))
    source = escape(short(publisher(cited.source or ""), LONGEST_SOURCE))
    day = date(cited.published) if cited.published else ""
    return SMALL + " · ".join(part for part in (named, source, day) if part)


def _tail(lines: Sequence[str], small: Sequence[str]) -> str:
    return "\n".join([*lines, *([SMALL + " · ".join(small)] if small else [])])


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the quotes of an answer are laid out."""

    links: Links
    language: Language
    is_numbered: bool

    def page(self, quotes: Sequence[Quote], first: int, head: str, tail: str) -> Outgoing:
        """Return quotes on one message: those of one article between two lines, above its citation."""
        room = ROOM - LONGEST_HINT - length(head) - length(tail)
        articles = [None, *(quote.citation.article for quote in quotes), None]
        parts, claims, files = list[Part](), list[Claim](), list[TextFile]()
        group = quotes[0].citation
        for place, quote in enumerate(quotes):
            begins, ends = (articles[place + 1] != articles[place + step] for step in (0, 2))
            group = quote.citation if begins else group
            below = [self._also(quote), citation_line(group, self.links, self.language) if ends else ""]
            path = quote.citation.section[-answer_text.MOST_HEADINGS :]
            if not begins and path == quotes[place - 1].citation.section[-answer_text.MOST_HEADINGS :]:
                path = ()
            above = self._above(quote, first + place, path, None if begins else self.links.get(quote.citation.ref))
            part, claim, file = self._quoted(quote, first + place, above, [line for line in below if line], room)
            parts.append(replace(part, apart=begins and place > 0))
            claims.append(claim)
            files += [file] if file else []
        before, behind = ((Part(text),) if text else () for text in (head, tail))
        return Outgoing("", tuple(claims), tuple(files), (*before, *parts, *behind))

    def _above(self, quote: Quote, number: int, path: Sequence[str], link: str | None) -> list[str]:
        """Return the number of a quote, and what it stands under."""
        contexts = (
            SMALL + escape(short(line, LONGEST_NAME)) for line in answer_text.context_lines(quote, self.language)
        )
        # A number that is a link is not bold: signs in its address could end that.
        shown = (masked_link(str(number), link) if link else f"**{number}**") if self.is_numbered else ""
        return [line for line in (" ".join(part for part in (shown, breadcrumb(path)) if part), *contexts) if line]

    def _quoted(
        self, quote: Quote, number: int, above: Sequence[str], below: Sequence[str], room: int
    ) -> tuple[Part, Claim, TextFile | None]:
        """Return a quote as a block quote, or in a file where the message cannot carry it whole and exactly."""
        claim = Claim(quote.citation, also=quote.also_in, as_read=True)
        reads = readable(quote.text, quote.citation.path, quote.citation.labels)
        unprintable = uncarried(reads) or (TRAILING if reads != reads.rstrip() else None)
        text = "" if unprintable else "\n".join([*above, block_quote(reads), *below])
        if not unprintable and length(text) <= room:
            return Part(text, number), claim, None
        name = f"quote-{number}.txt"
        text = "\n".join([*above, attached(name, unprintable, self.language), *below])
        return Part(text, number, name), replace(claim, file=name, as_read=False), TextFile(name, quote.text)

    def _also(self, quote: Quote) -> str:
        others = len(quote.also_in)
        named = self.language.plural("also in {count} other article", "also in {count} other articles", others)
        return SMALL + named if others else ""


def _fits(page: Outgoing) -> bool:
    components = OTHER_COMPONENTS + 3 * len(page.claims) + sum(part.apart for part in page.parts) + len(page.files)
    size = sum(length(text) for text in page.texts)
    return components <= MOST_COMPONENTS and size <= ROOM - LONGEST_HINT and len(page.files) <= FILES_A_PAGE
