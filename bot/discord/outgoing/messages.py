"""Answers, paragraphs and checks as Discord messages. Nothing is cut that is quoted: what is too long is attached."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.discord.outgoing.markdown import block_quote, escape, uncarried
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Claim, Outgoing, TextFile, length
from bot.formats import answer_text
from bot.formats.match_text import verdict
from bot.formats.text_fragment import web_address
from bot.formats.visible import one_line, visible
from bot.formats.word_diff import word_diff
from retrieval.citations.permalink import CitedSpan
from retrieval.readable import readable
from retrieval.records import Answer, ArticleRef, Citation, Match, Quote

LONGEST_NAME = 80  # characters of a title or a source; longer ones end in an ellipsis
LONGEST_REF = 120  # characters of a permalink; a longer one is left out
LONGEST_LINK = 300  # characters of an address; of a longer one the fragment is left out, or all of it
LONGEST_NOTE = 150  # characters of a question in a note
LONGEST_HINT = 60  # characters that say how many quotes did not fit, with the blank lines between all parts
LONGEST_BELOW = 1100  # characters of all that stands below a quote; escaping may double each of the above
FRAMED = LONGEST_MESSAGE - 300  # room for a quote in a message that says a sentence more
SMALL = "-# "
ASKED = "Asked: "
FILES_A_PAGE = 5
MOST_LINES = 3  # of sources that differ and questions without an answer, below the quotes
CUT = "…"
UNTITLED = "(untitled)"
ELSEWHERE = "[…]"

Links = Mapping[str, str]
_NOTES = tuple(SMALL + escape(note) for note in (ASKED, answer_text.SEARCHED))
_CLOSING = re.compile(r"[()<>|`]")  # what could end a link's address, or hold more weight than a link


def answer_pages(
    answer: Answer, links: Links, *, repeat_question: bool = False, has_more: bool = True
) -> list[Outgoing]:
    """Return an answer as one or more messages, broken between quotes, with the notes on the first.

    `repeat_question` has the question repeated, where no message shows it; `has_more` says that a button goes on.
    """
    notes = [f"{ASKED}{answer.question}"] if repeat_question else []
    searched = answer_text.searched_for(answer)
    head = "\n".join(SMALL + escape(_short(note, LONGEST_NOTE)) for note in [*notes, *([searched] if searched else [])])
    if not answer.answered:
        return [Outgoing(_abstention(head, answer.nearest))]
    lines = [*answer_text.differences(answer), *answer_text.unanswered(answer)]
    tail = "\n".join(
        [
            *(escape(_short(line, LONGEST_NOTE)) for line in lines[:MOST_LINES]),
            SMALL + f"Confidence: {answer_text.confidence(answer.confidence)}",
        ]
    )
    pages = _pages(answer.quotes, links, head, tail)
    left = sum(len(page.claims) for page in pages[1:])
    if left:
        more = f"{left} more {'quote' if left == 1 else 'quotes'}{': press More' if has_more else ' found'}"
        pages[0] = replace(pages[0], content=f"{pages[0].content} · {more}")
    return pages


def without_context(content: str) -> str:
    """Return an answer's text without the note that repeats earlier questions."""
    head, gap, rest = content.partition("\n\n")
    if not head.startswith(_NOTES):
        return content
    head = "\n".join(line for line in head.split("\n") if not line.startswith(_NOTES[1]))
    return f"{head}{gap}{rest}" if head else rest


def quote_pages(quotes: Sequence[Quote], links: Links, first: int = 1) -> list[Outgoing]:
    """Return messages of quotes without an answer's notes, numbered from `first`."""
    return _pages(quotes, links, "", "", first)


def citation_line(citation: Citation, links: Links, lead: str = "") -> str:
    """Return title (linked to the very words), source, date, paragraph and permalink."""
    title, *rest = [escape(_short(part, LONGEST_NAME)) for part in answer_text.details(citation)]
    # One with hidden characters could not be copied from what is seen, and may turn the line around.
    is_shown = len(citation.ref) <= LONGEST_REF and visible(citation.ref) == citation.ref
    ref = escape(citation.ref) if is_shown else ""
    parts = [masked_link(title, links.get(citation.ref)), *rest, ref]
    return SMALL + lead + " · ".join(part for part in parts if part)


def context_message(span: CitedSpan) -> Outgoing:
    """Return the paragraph around a quote, with an ellipsis where the article goes on before or behind it."""
    cited, text = span.citation, span.article.text
    start, end = cited.start - len(span.before), cited.end + len(span.after)
    note = {
        "current": "",
        "changed": "The article has changed since. This is what was cited:",
        "withdrawn": "The article has been withdrawn. This is what was cited:",
    }[span.state]
    around = replace(cited, start=start, end=end)
    before = ELSEWHERE if text[span.article.body : start].strip() else ""
    behind = ELSEWHERE if text[end:].strip() else ""
    below = _join([behind, citation_line(cited, {})], "\n")
    whole = _quoted(text[start:end], Claim(around), below, "paragraph.txt", FRAMED)
    return replace(whole, content=_join([note, before, whole.content], "\n"))


def raw_messages(spans: Sequence[CitedSpan]) -> Outgoing:
    """Return a message with the exact characters of quotes, each in a file of its own."""
    files = tuple(TextFile(f"quote-{rank}.txt", span.text) for rank, span in enumerate(spans, start=1))
    claims = tuple(Claim(span.citation, file.name) for span, file in zip(spans, files, strict=True))
    lines = [citation_line(span.citation, {}, f"{file.name}: ") for span, file in zip(spans, files, strict=True)]
    content = "The exact characters, as UTF-8:\n" + "\n".join(lines)
    return Outgoing(content if length(content) <= LONGEST_MESSAGE else "The exact characters, as UTF-8.", claims, files)


def match_message(match: Match, links: Links) -> Outgoing:
    """Return the message for the outcome of a check."""
    if match.verdict == "absent" or not match.citations:
        return Outgoing("**Not in the articles**, and nothing there comes close.")
    cited = match.citations[0]
    if match.verdict in ("verbatim", "typography"):
        is_verbatim = match.verdict == "verbatim"
        quote = Quote(match.text if is_verbatim else match.nearest or "", cited, 1.0, match.citations[1:])
        outgoing = _quoted(quote.text, _claim(quote), _below(quote, links), "quote.txt", FRAMED)
        head, comma, rest = verdict(match).partition(",")
        head = f"**{head}**{comma}{escape(rest)}" + ("" if is_verbatim else ". The article has")
        return replace(outgoing, content=f"{head}:\n{outgoing.content}")
    outgoing = _quoted(match.nearest or "", Claim(cited), citation_line(cited, links), "quote.txt", FRAMED)
    head, differs = "**Not verbatim.** The closest passage in the articles:", _difference(match)
    for content in (f"{head}\n{outgoing.content}\n{differs}", f"{head}\n{outgoing.content}"):
        if length(content) <= LONGEST_MESSAGE:
            break
    return replace(outgoing, content=content)


def _difference(match: Match) -> str:
    """Return the differences: words of the checked text struck out, words of the source bold."""
    forms = {"same": "{}", "old": "~~{}~~", "new": "**{}**"}
    pieces = word_diff(match.text, match.nearest or "")
    if all(kind == "same" for kind, _ in pieces):
        return "What differs: white space."
    return "What differs: " + " ".join(forms[kind].format(escape(one_line(words))) for kind, words in pieces)


def _abstention(head: str, nearest: Sequence[ArticleRef]) -> str:
    """Return the refusal with the nearest articles, linked as far as the message has room."""
    names = [escape(_short(near.title, LONGEST_NAME) or UNTITLED) for near in nearest]
    lines = [f"**{answer_text.ABSTAINED}**", *(["Nearest articles:"] if nearest else [])]

    def whole() -> str:
        return _join([head, "\n".join([*lines, *(f"- {name}" for name in names)])])

    for at, near in enumerate(nearest):
        name = names[at]
        names[at] = masked_link(name, near.url)
        if length(whole()) > LONGEST_MESSAGE:
            names[at] = name
    return whole()


def _pages(quotes: Sequence[Quote], links: Links, head: str, tail: str, first: int = 1) -> list[Outgoing]:
    """Return the quotes in order on as few messages as hold them, head and tail on the first."""
    pages: list[Outgoing] = []
    room = LONGEST_MESSAGE - length(_join([head, tail])) - LONGEST_HINT
    pieces: list[Outgoing] = []
    for rank, quote in enumerate(quotes, start=first):
        claim = replace(_claim(quote), as_read=True)
        piece = _quoted(quote.text, claim, _below(quote, links), f"quote-{rank}.txt", room)
        tried = [*pieces, piece]
        full = length("\n\n".join(part.content for part in tried)) > room
        if pieces and (full or sum(len(part.files) for part in tried) > FILES_A_PAGE):
            pages.append(_page(pieces, "" if pages else head, "" if pages else tail))
            tried = [piece]
        pieces = tried
    return [*pages, _page(pieces, "" if pages else head, "" if pages else tail)] if pieces else pages


def _below(quote: Quote, links: Links) -> str:
    """Return what a quote stands under, its citation, and the other articles that print it, while there is room."""
    below = citation_line(quote.citation, links)
    for line in reversed(answer_text.context_lines(quote)):
        under = SMALL + escape(_short(line, LONGEST_NAME))
        below = f"{under}\n{below}" if length(under) + length(below) < LONGEST_BELOW else below
    named, left = answer_text.also_in(quote)
    for other in named:
        line = citation_line(other, links, lead="also in: ")
        if length(below) + length(line) > LONGEST_BELOW:
            left += 1
        else:
            below += f"\n{line}"
    return f"{below}\n{SMALL}and in {left} more" if left else below


def _claim(quote: Quote) -> Claim:
    return Claim(quote.citation, also=quote.also_in)


def _page(pieces: Sequence[Outgoing], head: str, tail: str) -> Outgoing:
    return Outgoing(
        _join([head, *(piece.content for piece in pieces), tail]),
        tuple(claim for piece in pieces for claim in piece.claims),
        tuple(file for piece in pieces for file in piece.files),
    )


def _quoted(text: str, claim: Claim, below: str, name: str, room: int) -> Outgoing:
    """Return a text as a block quote, or in a file where the message cannot carry it whole and exactly."""
    reads = readable(text, claim.citation.path, claim.citation.labels) if claim.as_read else text
    unprintable = uncarried(reads)
    content = "" if unprintable else f"{block_quote(reads)}\n{below}"
    if not unprintable and length(content) <= room:
        return Outgoing(content, (claim,))
    why = f"it holds {unprintable}" if unprintable else "it is too long for a message"
    content = f"Attached whole as {name}, since {why}.\n{below}"
    return Outgoing(content, (replace(claim, file=name, as_read=False),), (TextFile(name, text),))


def masked_link(label: str, address: str | None) -> str:
    """Return a masked link without a preview; the label alone if there is no address."""
    target = _CLOSING.sub(lambda match: f"%{ord(match.group()):02X}", web_address(address) or "")
    if len(target) > LONGEST_LINK:
        target = target.partition("#")[0]
    if not target or len(target) > LONGEST_LINK or not label.strip():
        return label
    # Discord counts brackets in a label even where they are escaped.
    label = label.replace(r"\[", r"\(").replace(r"\]", r"\)")
    return f"[{label}](<{target}>)"


def _join(blocks: Sequence[str], between: str = "\n\n") -> str:
    return between.join(block for block in blocks if block)


def _short(text: str, most: int) -> str:
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1] + CUT
