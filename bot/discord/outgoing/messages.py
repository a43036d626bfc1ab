"""Answers, paragraphs and checks as Discord messages. Nothing is cut that is quoted: what is too long is attached."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.discord.outgoing.markdown import as_shown, block_quote, escape, uncarried, unescape
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Claim, Outgoing, TextFile, length
from bot.formats import answer_text
from bot.formats.match_text import VERDICTS, verdict
from bot.formats.text_fragment import web_address
from bot.formats.visible import one_line, short, visible
from bot.formats.word_diff import word_diff
from bot.languages.catalogue import ENGLISH, Language, Message, leads
from retrieval.citations.permalink import CitedSpan
from retrieval.readable import readable
from retrieval.records import Answer, Citation, Match, Quote

LONGEST_NAME = 80  # characters of a title or a source; longer ones end in an ellipsis
LONGEST_REF = 120  # characters of a permalink; a longer one is left out
LONGEST_LINK = 300  # characters of an address; of a longer one the fragment is left out, or all of it
LONGEST_NOTE = 150  # characters of a question in a note
LONGEST_HINT = 60  # characters that say how many quotes did not fit, with the blank lines between all parts
LONGEST_BELOW = 1100  # characters of all that stands below a quote; escaping may double each of the above
FRAMED = LONGEST_MESSAGE - 300  # room for a quote in a message that says a sentence more
SMALL = "-# "
ASKED = Message("Asked: {question}")
FILES_A_PAGE = 5
MOST_LINES = 3  # of sources that differ and questions without an answer, below the quotes
UNTITLED = Message("(untitled)")
CONFIDENCE = Message("Confidence: {confidence}")
ALSO_IN = Message("also in: {article}")
AND_IN_MORE = Message("and in {count} more")
STATES = {
    "changed": Message("The article has changed since. This is what was cited:"),
    "withdrawn": Message("The article has been withdrawn. This is what was cited:"),
}
ELSEWHERE = "[…]"

Links = Mapping[str, str]
_CLOSING = re.compile(r"[()<>|`]")  # what could end a link's address, or hold more weight than a link


def answer_pages(
    answer: Answer,
    links: Links,
    *,
    repeat_question: bool = False,
    has_more: bool = True,
    language: Language = ENGLISH,
) -> list[Outgoing]:
    """Return an answer as one or more messages, broken between quotes, with the notes on the first.

    `repeat_question` has the question repeated, where no message shows it; `has_more` says that a button goes on.
    """
    head = "\n".join(SMALL + note for note in answer_notes(answer, language, repeat_question=repeat_question))
    if not answer.answered:
        room = LONGEST_MESSAGE - length(head) - LONGEST_HINT
        return [Outgoing(_join([head, abstention(answer_text.sections_near(answer), links, room, language)]))]
    lines = [*answer_text.differences(answer, language), *answer_text.unanswered(answer, language)]
    sureness = language.text(CONFIDENCE, confidence=answer_text.confidence(answer.confidence, language))
    small = [note for note in (answer_text.as_of(answer, language), sureness) if note]
    tail = "\n".join([*(escape(short(line, LONGEST_NOTE)) for line in lines[:MOST_LINES]), SMALL + " · ".join(small)])
    pages = _pages(answer.quotes, links, head, tail, language=language)
    left = sum(len(page.claims) for page in pages[1:])
    if left:
        hint = more_hint(left, language, has_more=has_more)
        pages[0] = replace(pages[0], content=f"{pages[0].content} · {hint}")
    return pages


def answer_notes(answer: Answer, language: Language, *, repeat_question: bool) -> list[str]:
    """Return what stands above an answer, each on a line: the question, what was searched for instead, the filter."""
    repeated = language.text(ASKED, question=as_shown(answer.question)) if repeat_question else None
    searched = answer_text.searched_for(answer.question, as_shown(answer.searched), language)
    notes = (repeated, searched, answer_text.filter_line(answer.filtered, language))
    return [escape(short(note, LONGEST_NOTE)) for note in notes if note]


def more_hint(left: int, language: Language, *, has_more: bool) -> str:
    """Return what is said of the quotes that a message has no room for."""
    if has_more:
        return language.plural("{count} more quote: press More", "{count} more quotes: press More", left)
    return language.plural("{count} more quote found", "{count} more quotes found", left)


def abstention(
    sections: Sequence[Citation], links: Links, room: int = LONGEST_MESSAGE, language: Language = ENGLISH
) -> str:
    """Return the refusal, on one line with the sections that come nearest, linked as far as there is room."""
    untitled = language.text(UNTITLED)
    paths = [[short(section.title, LONGEST_NAME) or untitled, *section.section[-1:]] for section in sections]
    names = [breadcrumb(path) for path in paths]

    def line() -> str:
        nearest = language.text("Nearest: {sections}", sections=" · ".join(names)) if names else ""
        return f"**{language.text(answer_text.ABSTAINED)}** {nearest}".strip()

    for at, section in enumerate(sections):
        name = names[at]
        names[at] = masked_link(name, links.get(section.ref))
        if length(line()) > room:
            names[at] = name
    return line()


def breadcrumb(path: Iterable[str]) -> str:
    """Return headings, the outermost first, on one line."""
    return escape(" › ".join(filter(None, (short(heading, LONGEST_NAME) for heading in path))))


def without_context(content: str) -> str:
    """Return an answer's text without the note that repeats earlier questions."""
    head, gap, rest = content.partition("\n\n")
    if not (_is_note(head, ASKED) or _is_note(head, answer_text.SEARCHED)):
        return content
    head = "\n".join(line for line in head.split("\n") if not _is_note(line, answer_text.SEARCHED))
    return f"{head}{gap}{rest}" if head else rest


def _is_note(line: str, message: Message) -> bool:
    """Return whether a line is this note, in whatever language, as it is written now or was before."""
    return unescape(line).startswith(tuple(SMALL + lead for lead in leads(message)))


def without_notes(page: Outgoing) -> Outgoing:
    """Return an answer that was not posted yet without the note that repeats earlier questions."""
    parts = (part if part.number else replace(part, text=without_context(part.text)) for part in page.parts)
    return replace(page, content=without_context(page.content), parts=tuple(part for part in parts if part.text))


def quote_pages(
    quotes: Sequence[Quote], links: Links, first: int = 1, *, head: str = "", language: Language = ENGLISH
) -> list[Outgoing]:
    """Return messages of quotes without an answer's notes, numbered from `first`; `head` is on the first of them."""
    return _pages(quotes, links, head, "", first, language=language)


def citation_line(citation: Citation, links: Links) -> str:
    """Return title (linked to the very words), source, date, paragraph and permalink, in small print."""
    return SMALL + _cited(citation, links)


def _cited(citation: Citation, links: Links) -> str:
    title, *rest = [escape(short(part, LONGEST_NAME)) for part in answer_text.details(citation)]
    # One with hidden characters could not be copied from what is seen, and may turn the line around.
    is_shown = len(citation.ref) <= LONGEST_REF and visible(citation.ref) == citation.ref
    ref = escape(citation.ref) if is_shown else ""
    parts = [masked_link(title, links.get(citation.ref)), *rest, ref]
    return " · ".join(part for part in parts if part)


def context_message(span: CitedSpan, language: Language = ENGLISH) -> Outgoing:
    """Return the paragraph around a quote, in which it is bold, with an ellipsis where the article goes on."""
    cited, text = span.citation, span.article.text
    start, end = cited.start - len(span.before), cited.end + len(span.after)
    note = language.text(STATES[span.state]) if span.state in STATES else ""
    around = replace(cited, start=start, end=end)
    before = ELSEWHERE if text[span.article.body : start].strip() else ""
    behind = ELSEWHERE if text[end:].strip() else ""
    below = _join([behind, citation_line(cited, {})], "\n")
    marked = cited if (start, end) != (cited.start, cited.end) else None
    claim = Claim(around, marked=marked)
    whole = quoted_whole(text[start:end], claim, below, "paragraph.txt", FRAMED, language)
    return replace(whole, content=_join([note, before, whole.content], "\n"))


def match_message(match: Match, links: Links, language: Language = ENGLISH) -> Outgoing:
    """Return the message for the outcome of a check."""
    if match.verdict == "absent" or not match.citations:
        return Outgoing(language.text("**Not in the articles**, and nothing there comes close."))
    cited = match.citations[0]
    if match.verdict in VERDICTS:
        is_verbatim = match.verdict == "verbatim"
        quote = Quote(match.text if is_verbatim else match.nearest or "", cited, 1.0, match.citations[1:])
        below = _below(quote, links, language)
        outgoing = quoted_whole(quote.text, _claim(quote), below, "quote.txt", FRAMED, language)
        head, *places = verdict(match, language)
        head = ", ".join([f"**{head}**", *map(escape, places)])
        form = Message("{head}:") if is_verbatim else Message("{head}. The article has:")
        head = language.text(form, head=head)
        return replace(outgoing, content=f"{head}\n{outgoing.content}")
    outgoing = quoted_whole(
        match.nearest or "", Claim(cited), citation_line(cited, links), "quote.txt", FRAMED, language
    )
    head = language.text("**Not verbatim.** The closest passage in the articles:")
    differs = _difference(match, language)
    for content in (f"{head}\n{outgoing.content}\n{differs}", f"{head}\n{outgoing.content}"):
        if length(content) <= LONGEST_MESSAGE:
            break
    return replace(outgoing, content=content)


def _difference(match: Match, language: Language) -> str:
    """Return the differences: words of the checked text struck out, words of the source bold."""
    forms = {"same": "{}", "old": "~~{}~~", "new": "**{}**"}
    pieces = word_diff(match.text, match.nearest or "")
    if all(kind == "same" for kind, _ in pieces):
        return language.text("What differs: white space.")
    words = " ".join(forms[kind].format(escape(one_line(words))) for kind, words in pieces)
    return language.text("What differs: {words}", words=words)


def _pages(
    quotes: Sequence[Quote], links: Links, head: str, tail: str, first: int = 1, *, language: Language
) -> list[Outgoing]:
    """Return the quotes in order on as few messages as hold them, head and tail on the first."""
    pages: list[Outgoing] = []
    room = LONGEST_MESSAGE - length(_join([head, tail])) - LONGEST_HINT
    pieces: list[Outgoing] = []
    for rank, quote in enumerate(quotes, start=first):
        claim = replace(_claim(quote), as_read=True)
        piece = quoted_whole(quote.text, claim, _below(quote, links, language), f"quote-{rank}.txt", room, language)
        tried = [*pieces, piece]
        full = length("\n\n".join(part.content for part in tried)) > room
        if pieces and (full or sum(len(part.files) for part in tried) > FILES_A_PAGE):
            pages.append(_page(pieces, "" if pages else head, "" if pages else tail))
            tried = [piece]
        pieces = tried
    return [*pages, _page(pieces, "" if pages else head, "" if pages else tail)] if pieces else pages


def _below(quote: Quote, links: Links, language: Language) -> str:
    """Return what a quote stands under, its citation, and the other articles that print it, while there is room."""
    below = citation_line(quote.citation, links)
    for line in reversed(answer_text.context_lines(quote, language)):
        under = SMALL + escape(short(line, LONGEST_NAME))
        below = f"{under}\n{below}" if length(under) + length(below) < LONGEST_BELOW else below
    named, left = answer_text.also_in(quote)
    for other in named:
        line = SMALL + language.text(ALSO_IN, article=_cited(other, links))
        if length(below) + length(line) > LONGEST_BELOW:
            left += 1
        else:
            below += f"\n{line}"
    return f"{below}\n{SMALL}{language.text(AND_IN_MORE, count=left)}" if left else below


def _claim(quote: Quote) -> Claim:
    return Claim(quote.citation, also=quote.also_in)


def _page(pieces: Sequence[Outgoing], head: str, tail: str) -> Outgoing:
    return Outgoing(
        _join([head, *(piece.content for piece in pieces), tail]),
        tuple(claim for piece in pieces for claim in piece.claims),
        tuple(file for piece in pieces for file in piece.files),
    )


def quoted_whole(text: str, claim: Claim, below: str, name: str, room: int, language: Language) -> Outgoing:
    """Return a text as a block quote, or in a file where the message cannot carry it whole and exactly."""
    reads = readable(text, claim.citation.path, claim.citation.labels) if claim.as_read else text
    unprintable = uncarried(reads)
    marked = (
        (claim.marked.start - claim.citation.start, claim.marked.end - claim.citation.start) if claim.marked else (0, 0)
    )
    content = "" if unprintable else f"{block_quote(reads, marked)}\n{below}"
    if not unprintable and length(content) <= room:
        return Outgoing(content, (claim,))
    content = f"{attached(name, unprintable, language)}\n{below}"
    return Outgoing(content, (replace(claim, file=name, as_read=False, marked=None),), (TextFile(name, text),))


def attached(name: str, unprintable: str | None, language: Language) -> str:
    """Return the line in place of a quote that is attached, and why it is."""
    if unprintable is None:
        return language.text("Attached whole as {file}, since it is too long for a message.", file=name)
    held = language.text(unprintable)
    return language.text("Attached whole as {file}, since it holds {characters}.", file=name, characters=held)


def masked_link(label: str, address: str | None) -> str:
    """Return a masked link without a preview; the label alone if there is no address."""
    target = _CLOSING.sub(lambda match: f"%{ord(match.group()):02X}", web_address(address) or "")
    if len(target) > LONGEST_LINK:
        target = target.partition("#")[0]
    if not target or len(target) > LONGEST_LINK or not label.strip():
        return label
    # Discord counts brackets in a label even where they are escaped.
    label = label.replace("[", "(").replace("]", ")")
    return f"[{label}](<{target}>)"


def _join(blocks: Sequence[str], between: str = "\n\n") -> str:
    return between.join(block for block in blocks if block)
