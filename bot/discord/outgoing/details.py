"""All that is known of quotes: where they stand, their permalinks, and their exact characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.discord.outgoing.components import date, title
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.messages import LONGEST_NAME, LONGEST_REF, SMALL, Links, breadcrumb, short
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Claim, Outgoing, TextFile, length
from bot.formats import answer_text
from bot.formats.visible import visible
from retrieval.citations.permalink import CitedSpan
from retrieval.records import Citation

FILES_A_PAGE = 5
MOST_HEADINGS = 4  # of the section, the innermost ones
HEAD = "The files hold the exact characters, as UTF-8."
STATES = {
    "current": "",
    "changed": "The article has changed since; this is what was cited.",
    "withdrawn": "The article has been withdrawn; this is what was cited.",
}


@dataclass(frozen=True, slots=True)
class Details:
    """A quote with the other places that print its words."""

    span: CitedSpan
    also: tuple[Citation, ...] = ()


def details_messages(quotes: Sequence[Details], links: Links) -> list[Outgoing]:
    """Return the details of quotes on as few messages as hold them, each with the exact characters in a file."""
    pages: list[Outgoing] = []
    for number, quote in enumerate(quotes, start=1):
        name = f"quote-{number}.txt"
        claim = Claim(quote.span.citation, name, also=quote.also)
        text = _text(number, quote, links)
        last = pages.pop() if pages and _holds(pages[-1], text) else Outgoing(HEAD)
        file = TextFile(name, quote.span.text)
        pages.append(Outgoing(f"{last.content}\n\n{text}", (*last.claims, claim), (*last.files, file)))
    return pages


def permalink(cited: Citation) -> str:
    """Return a permalink as code, to be copied; nothing where it is long, or could not be copied from what is seen."""
    if len(cited.ref) > LONGEST_REF or visible(cited.ref) != cited.ref:
        return ""
    # Discord looks for the end of a link within code, too.
    return escape(cited.ref) if set("`[]") & set(cited.ref) else f"`{cited.ref}`"


def _holds(page: Outgoing, text: str) -> bool:
    return len(page.files) < FILES_A_PAGE and length(f"{page.content}\n\n{text}") <= LONGEST_MESSAGE


def _text(number: int, quote: Details, links: Links) -> str:
    cited = quote.span.citation
    path = breadcrumb(cited.section[-MOST_HEADINGS:])
    also = [title(other, links) for other in quote.also[: answer_text.MOST_ALSO]]
    left = len(quote.also) - len(also)
    facts = (escape(short(cited.source or "", LONGEST_NAME)), date(cited.published) if cited.published else "")
    lines = (
        f"**{number}** {title(cited, links)}{f' › {path}' if path else ''}",
        SMALL + " · ".join(fact for fact in (*facts, f"paragraph {cited.paragraph}") if fact),
        SMALL + STATES[quote.span.state] if STATES[quote.span.state] else "",
        f"{SMALL}also in: {' · '.join(also)}{f' and {left} more' if left else ''}" if also else "",
        permalink(cited),
    )
    return "\n".join(line for line in lines if line)
