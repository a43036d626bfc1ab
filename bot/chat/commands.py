"""The commands of a conversation: their names, what they take, and what they do."""

from __future__ import annotations

import asyncio
import difflib
import re
import webbrowser
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from bot.answering.links import link_of_place
from bot.answering.quote_pages import quote_page
from bot.answering.verification import check
from bot.chat.filtering import filter_in
from bot.chat.reply import Notice, Reply, Speaker
from bot.chat.session import Session
from bot.formats.answer_text import filter_line
from bot.formats.json_output import citation_object, filter_object, match_object, search_object
from bot.formats.numbers import count
from bot.formats.shell import quoted
from bot.formats.visible import one_line, visible
from bot.output_files import write_page
from bot.terminal.answers import show_match, show_place, show_search
from bot.terminal.explanation import show_why
from bot.terminal.screen import Screen
from retrieval.citations.permalink import CitedSpan, resolve
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from retrieval.explain import explain
from retrieval.records import ArticleRef
from retrieval.redaction import hide_tokens

A_PAGE = 5  # passages that /search shows at once
_PAGE = re.compile(r"(?s)(?P<words>.*?)\s+--page (?P<page>\d{1,4})")
MOST_LISTED = 50  # articles that /sources names at once


class Leave(Exception):
    """The conversation is to end."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    takes: str
    """What stands behind its name, for the help."""
    does: str
    run: Callable[[Session, Speaker, str], Awaitable[Reply | Notice]]


async def run_command(session: Session, speaker: Speaker, line: str) -> Reply | Notice:
    """Do what a line beginning with / asks for; raises InputInvalid for an unknown name, and Leave."""
    name, rest = re.findall(r"(?s)(\S+)\s*(.*)", line)[0]
    command = COMMANDS.get(name.lower())
    if command is None:
        near = difflib.get_close_matches(name.lower(), COMMANDS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputInvalid(f"The command {one_line(name)}", "is unknown", f"{hint}/help lists them all")
    return await command.run(session, speaker, rest.strip())


async def _place(session: Session, text: str) -> CitedSpan:
    ref = session.given().quote(_number(text)).citation.ref
    return await session.service.run(lambda engine: resolve(session.index, ref))


def _number(text: str) -> int:
    """Return the number of a quote; the first where none is named."""
    if text and not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise InputInvalid(
            f"The quote {one_line(text)!r}", "is not a number", "name a quote by its number, as in /raw 1"
        )
    return int(text or 1)


async def _context(session: Session, speaker: Speaker, text: str) -> Reply:
    span = await _place(session, text)
    fields = {"before": span.before, "quote": span.text, "after": span.after, "state": span.state}
    reply = Reply(
        lambda screen: show_place(screen, span, lambda citation: link_of_place(span)),
        ({**fields, "citation": citation_object(span.citation)},),
    )
    return (await session.outdated((span.article.id,))).added_to(reply)


async def _raw(session: Session, speaker: Speaker, text: str) -> Reply:
    quote = session.given().quote(_number(text))
    citation = quote.citation

    def show(screen: Screen) -> None:
        # Never wrapped, so that what is copied has no line end that the source has not.
        for line in visible(quote.text).split("\n"):
            screen.line(line, wrap=False)
        screen.line()
        screen.line(f"characters {citation.start} to {citation.end} of {one_line(citation.path or citation.article)}")
        screen.line(f"SHA-256 {citation.sha256}", wrap=False)
        if visible(quote.text) != quote.text:
            screen.line(r"Characters that a terminal obeys or hides are written as escapes (\r, \x1b).")

    return Reply(show, ({"text": quote.text, "citation": citation_object(citation)},))


async def _open(session: Session, speaker: Speaker, text: str) -> Reply:
    span = await _place(session, text)
    file = write_page(await asyncio.to_thread(quote_page, span, session.index))
    # A browser of the terminal's own runs until it is left, and must not stop the loop meanwhile.
    opened = await asyncio.to_thread(webbrowser.open, f"{file.as_uri()}#quote")
    sentence = f"Wrote {hide_tokens(quoted(str(file)))}" + ("" if opened else ", but no browser could be opened")
    return Reply(lambda screen: screen.line(visible(sentence), wrap=False), ({"page": str(file), "opened": opened},))


async def _why(session: Session, speaker: Speaker, text: str) -> Reply:
    last = session.given()
    quote = last.quote(_number(text))
    within = last.answer.filtered.filter if last.answer.filtered else None
    settings, why = await session.service.run(
        lambda engine: (engine.settings, explain(engine, last.answer.question, last.history, quote, within=within))
    )
    fields = {"quote": quote.text, **asdict(why)}
    return Reply(lambda screen: show_why(screen, quote, why, settings), (fields,))


async def _sources(session: Session, speaker: Speaker, text: str) -> Reply:
    def listed(engine: Engine) -> list[ArticleRef]:
        generation, sought = engine.generation, text.casefold()
        refs = (generation.ref(row) for row in range(len(generation)))
        return [ref for ref in refs if sought in f"{ref.title}\n{ref.article}".casefold()]

    articles = await session.service.run(listed)
    total = count(len(articles), "article")

    def show(screen: Screen) -> None:
        screen.line(f"{total} with {one_line(text)!r} in the title or id:" if text else f"{total}:")
        for ref in articles[:MOST_LISTED]:
            screen.line(f"{one_line(ref.title)} ({one_line(ref.article)})", first="   · ", rest="     ")
        if len(articles) > MOST_LISTED:
            screen.line(
                f"and {len(articles) - MOST_LISTED:,} more: /sources WORD lists those with the word", first="   · "
            )

    return Reply(show, tuple(asdict(ref) for ref in articles))


async def _verify(session: Session, speaker: Speaker, text: str) -> Reply:
    if not text:
        raise InputInvalid("The text to verify", "is missing", "give it, as in /verify Albania joined NATO in 2009")
    match = await session.service.run(lambda engine: check(engine, text))
    link = await session.links(match.citations)
    outdated = await session.outdated(cited.article for cited in match.citations)
    return outdated.added_to(Reply(lambda screen: show_match(screen, match, link), (match_object(match),)))


async def _search(session: Session, speaker: Speaker, text: str) -> Reply:
    words, page = _paged(text)
    if not words:
        raise InputInvalid("The words to search for", "are missing", "give them, as in /search harbour fees")
    skip = (page - 1) * A_PAGE
    result = await session.service.run(
        lambda engine: engine.search(words, skip=skip, count=A_PAGE, within=session.within)
    )
    link = await session.links(passage.citation for passage in result.passages)

    def show(screen: Screen) -> None:
        show_search(screen, result, link)
        if result.skipped + len(result.passages) < result.total:
            screen.line(f"/search {one_line(words)} --page {page + 1} goes on")

    return Reply(show, (search_object(result),))


def _paged(text: str) -> tuple[str, int]:
    """Return the words to search for, and the page that may be named behind them."""
    paged = _PAGE.fullmatch(text)
    return (paged["words"], max(1, int(paged["page"]))) if paged else (text, 1)


async def _filter(session: Session, speaker: Speaker, text: str) -> Reply:
    """Set the filter of the questions to come, take it off, or say which is on."""
    within = session.within
    if text:
        within = None if text.lower() == "off" else filter_in(text)
    scope = await session.service.run(lambda engine: engine.scope(within))  # raises where it leaves no article
    session.within = within
    line = filter_line(scope.filtered if scope else None) or "No filter is on. Set one, as in /filter since 2023."
    fields = {"filter": filter_object(scope.filtered) if scope else None}
    return Reply(lambda screen: screen.line(line), (fields,))


async def _new(session: Session, speaker: Speaker, text: str) -> Notice:
    return session.forget()


async def _json(session: Session, speaker: Speaker, text: str) -> Notice:
    if text.lower() not in ("on", "off"):
        raise InputInvalid("/json", "takes on or off", f"it is {'on' if speaker.as_json else 'off'} now")
    speaker.as_json = text.lower() == "on"
    return Notice("Answers are now printed as JSON." if speaker.as_json else "Answers are now printed as text.")


async def _help(session: Session, speaker: Speaker, text: str) -> Reply:
    def show(screen: Screen) -> None:
        screen.line("Ask the corpus anything; follow-up questions work too. The commands:")
        for name, command in COMMANDS.items():
            screen.line(command.does, first=f"  {f'{name} {command.takes}':<16}", rest=" " * 18)

    listed = ({"command": name, "takes": command.takes, "does": command.does} for name, command in COMMANDS.items())
    return Reply(show, tuple(listed))


async def _quit(session: Session, speaker: Speaker, text: str) -> Reply:
    raise Leave


COMMANDS = {
    "/context": Command("1", "the paragraph around quote 1, with the quote marked", _context),
    "/raw": Command("1", "the exact characters of quote 1, their place, and the file's digest", _raw),
    "/open": Command("1", "the article with quote 1 highlighted, in the browser", _open),
    "/why": Command("1", "what spoke for quote 1, in words and in numbers", _why),
    "/sources": Command("[WORD]", "the articles, or those with a word in the title", _sources),
    "/search": Command("WORDS", "the passages nearest to some words, for you to judge", _search),
    "/filter": Command("[WORDS]", "ask only some articles, as in /filter since 2023; off takes it off", _filter),
    "/verify": Command("TEXT", "check whether this text is in the corpus, character by character", _verify),
    "/new": Command("", "forget the conversation so far", _new),
    "/json": Command("on|off", "print answers as JSON lines, or as text", _json),
    "/help": Command("", "this list", _help),
    "/quit": Command("", "end the conversation; so does Ctrl-D", _quit),
}
