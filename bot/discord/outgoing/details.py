"""All that is known of quotes: where they stand, their permalinks, and their exact characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.discord.outgoing.components import date, title
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.messages import LONGEST_NAME, LONGEST_REF, SMALL, Links, breadcrumb
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Claim, Outgoing, TextFile, length
from bot.formats import answer_text
from bot.formats.visible import short, visible
from bot.languages.catalogue import ENGLISH, Language, Message
from retrieval.citations.permalink import CitedSpan
from retrieval.records import Citation

FILES_A_PAGE = 5
MOST_HEADINGS = 4  # of the section, the innermost ones
HEAD = Message("The files hold the exact characters, as UTF-8.")
FINGERPRINT = Message("Fingerprint of the answer: {fingerprint}")
STATES = {
    "changed": Message("The article has changed since; this is what was cited."),
    "withdrawn": Message("The article has been withdrawn; this is what was cited."),
}


@dataclass(frozen=True, slots=True)
class Details:
    """A quote with the other places that print its words."""

    span: CitedSpan
    also: tuple[Citation, ...] = ()


def details_messages(
    quotes: Sequence[Details], links: Links, language: Language = ENGLISH, *, fingerprint: str = ""
) -> list[Outgoing]:
    """Return the details of quotes on as few messages as hold them, each with the exact characters in a file.

    The last one ends with the answer's fingerprint.
    """
    pages: list[Outgoing] = []
    for number, quote in enumerate(quotes, start=1):
        name = f"quote-{number}.txt"
        claim = Claim(quote.span.citation, name, also=quote.also)
        text = _text(number, quote, links, language)
        last = pages.pop() if pages and _holds(pages[-1], text) else Outgoing(language.text(HEAD))
        file = TextFile(name, quote.span.text)
        pages.append(Outgoing(f"{last.content}\n\n{text}", (*last.claims, claim), (*last.files, file)))
    if pages and fingerprint:
        content = f"{pages[-1].content}\n\n{SMALL}{language.text(FINGERPRINT, fingerprint=escape(fingerprint))}"
        if length(content) <= LONGEST_MESSAGE:
            pages[-1] = replace(pages[-1], content=content)
    return pages


def permalink(cited: Citation) -> str:
    """Return a permalink as code, to be copied; nothing where it is long, or could not be copied from what is seen."""
    if len(cited.ref) > LONGEST_REF or visible(cited.ref) != cited.ref:
        return ""
    # Discord looks for the end of a link within code, too.
    return escape(cited.ref) if set("`[]") & set(cited.ref) else f"`{cited.ref}`"


def _holds(page: Outgoing, text: str) -> bool:
    return len(page.files) < FILES_A_PAGE and length(f"{page.content}\n\n{text}") <= LONGEST_MESSAGE


def _text(number: int, quote: Details, links: Links, language: Language) -> str:
    cited = quote.span.citation
    path = breadcrumb(cited.section[-MOST_HEADINGS:])
    paragraph = language.text("paragraph {number}", number=cited.paragraph)
    facts = (escape(short(cited.source or "", LONGEST_NAME)), date(cited.published) if cited.published else "")
    lines = (
        f"**{number}** {title(cited, links, language)}{f' › {path}' if path else ''}",
        SMALL + " · ".join(fact for fact in (*facts, paragraph) if fact),
        SMALL + language.text(STATES[quote.span.state]) if quote.span.state in STATES else "",
        _also(quote.also, links, language),
        permalink(cited),
    )
    return "\n".join(line for line in lines if line)


def _also(places: Sequence[Citation], links: Links, language: Language) -> str:
    if not places:
        return ""
    named = " · ".join(title(place, links, language) for place in places[: answer_text.MOST_ALSO])
    left = len(places) - answer_text.MOST_ALSO
    if left > 0:
        return SMALL + language.text("also in: {articles} and {count} more", articles=named, count=left)
    return SMALL + language.text("also in: {articles}", articles=named)
