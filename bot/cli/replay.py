"""`quoth replay`: an answer that was given, explained; or a citation, and where its words stand now."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.text import Text

from bot.answering.links import link_of, link_of_place
from bot.answering.opening import open_engine
from bot.chat_log.address import Place
from bot.chat_log.store import PostedAnswer, Store
from bot.exit_status import ABSTAINED
from bot.formats.visible import one_line
from bot.settings import Settings
from bot.terminal.answers import show_answer, show_place
from bot.terminal.changes import date_of, show_change
from bot.terminal.screen import Screen, screen
from retrieval.citations.changes import Change, change_since
from retrieval.citations.permalink import CitedSpan, replay
from retrieval.engine import Engine
from retrieval.errors import InputInvalid, PermalinkInvalid, SourceChanged
from retrieval.fingerprint import Fingerprint, Part
from retrieval.records import Answer

_LINK = re.compile(r"https?://(?:\w+\.)?discord(?:app)?\.com/channels/(?:\d+|@me)/\d+/(\d+)/?")
_ID = re.compile(r"\d{15,20}")
PARTS: tuple[Part, ...] = ("index", "models", "settings")


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Options of `quoth replay`."""

    what: str
    """A permalink, the link of a message in Discord, or its id."""
    store: Place | None
    has_index: bool
    """Whether the command line names an index, which then answers instead of the one that did."""


@dataclass(frozen=True, slots=True)
class _Cited:
    """A quote of the answer that was given."""

    ref: str
    span: CitedSpan | None
    """None where the version that it cites is no longer kept."""
    change: Change | None


def run(options: ReplayOptions, settings: Settings) -> int:
    """Explain an answer or a citation; 1 where what was said then is not said now."""
    what = options.what.strip().strip("<>")
    message = _LINK.fullmatch(what) or _ID.fullmatch(what)
    if message is None:
        return _replay_permalink(options.what, settings)
    id_ = int(message[message.lastindex or 0])
    store = options.store or settings.chat_database()
    posted = asyncio.run(_posted(store, id_))
    if posted is None:
        kept = f"answers are kept for {settings.discord.retention_days:g} days, unless they are deleted"
        raise InputInvalid(f"The message {id_}", "asks or carries no answer that is kept", kept)
    if not options.has_index:
        settings = replace(settings, index=replace(settings.index, path=Path(posted.collection)))
    return _replay_answer(posted, settings)


async def _posted(place: Place, message: int) -> PostedAnswer | None:
    store = Store.open(place, create=False)
    try:
        return await store.answer_for_message(message) or await store.answer_for_question(message)
    finally:
        await store.close()


def _replay_permalink(ref: str, settings: Settings) -> int:
    index, output = settings.index.path, screen()
    replayed = replay(index, ref)
    span, change = replayed.span, change_since(index, replayed.version, replayed.current)
    show_place(output, span, lambda citation: link_of_place(span))
    output.line()
    if change is None:
        state = "It stands there as it was cited." if span.state == "current" else "Its file has changed since."
        output.line(f"{state}{'' if span.state == 'current' else ' Index again to see how.'}")
    else:
        show_change(output, change)
    return 0 if span.state == "current" or (change is not None and change.stands) else ABSTAINED


def _replay_answer(posted: PostedAnswer, settings: Settings) -> int:
    output, index = screen(), settings.index.path
    engine = open_engine(settings)
    cited = [_cited(index, ref) for ref in posted.refs]
    _show_then(output, posted, cited)
    then, now = Fingerprint.parse(posted.fingerprint), engine.answer_fingerprint
    output.line()
    output.line(f"Fingerprint then: {then}, now: {now}. {_compared(then, now, engine)}")
    if not posted.question:
        output.line("The words of the question were deleted, and are not kept: it cannot be asked again.")
        return ABSTAINED
    answer = engine.ask(posted.question, posted.history, within=posted.within)
    output.line()
    output.line(Text("Asked again now:", style="bold"))
    output.line()
    show_answer(output, answer, lambda citation: link_of(engine, citation))
    output.line()
    differences = list(_differences(posted, cited, answer))
    for line in differences or ["The answer is the same."]:
        output.line(line)
    if differences:
        output.line(_why(then.differing(now), cited, is_known=bool(then.models)))
    return ABSTAINED if differences else 0


def _cited(index: Path, ref: str) -> _Cited:
    try:
        replayed = replay(index, ref)
        return _Cited(ref, replayed.span, change_since(index, replayed.version, replayed.current))
    except (PermalinkInvalid, SourceChanged):
        return _Cited(ref, None, None)


def _show_then(output: Screen, posted: PostedAnswer, cited: Sequence[_Cited]) -> None:
    private = ", in private" if posted.private else ""
    question = one_line(posted.question) or "(deleted)"
    output.line(Text(f"Asked on {posted.posted_at:%Y-%m-%d %H:%M} UTC{private}: {question}", style="bold"))
    for turn in posted.history:
        output.line(f"after: {one_line(turn.question)}", first="  ")
    output.line()
    output.line("It was answered with:" if cited else "It was not answered.")
    for quote in cited:
        output.line()
        if quote.span is None:
            output.line(f"{one_line(quote.ref)}: this version of the article is no longer kept.", first="   ")
            continue
        show_place(output, quote.span, lambda citation: None)
        if quote.change is not None:
            show_change(output, quote.change)


def _compared(then: Fingerprint, now: Fingerprint, engine: Engine) -> str:
    """Return which of index, models and settings are the same, as sentences."""
    differing = then.differing(now)
    same = [part for part in PARTS if part not in differing and getattr(then, part)]
    sentences = []
    if same:
        sentences.append(f"The same: {', '.join(same)}.")
    if differing:
        sentences.append(f"Changed since: {', '.join(differing)}.")
    if "index" in differing:
        sentences.append(f"The index was built on {date_of(engine.generation.manifest.created)}.")
    if not then.models:
        sentences.append("Which models and settings answered then was not kept.")
    return " ".join(sentences)


def _differences(posted: PostedAnswer, cited: Sequence[_Cited], answer: Answer) -> Iterator[str]:
    """Yield what differs between the answer that was given and that of now, as sentences."""
    if posted.answered != answer.answered:
        yield f"It was {'answered' if posted.answered else 'not answered'} then, and is{_not(answer.answered)} now."
        return
    places = {quote.citation.ref: rank for rank, quote in enumerate(answer.quotes, start=1)}
    texts = {quote.text: rank for rank, quote in reversed(list(enumerate(answer.quotes, start=1)))}
    remaining = set(places.values())
    for rank, quote in enumerate(cited, start=1):
        now = places.get(quote.ref) or (texts.get(quote.span.text) if quote.span else None)
        if now is None:
            yield f"Quote {rank} of then is not among those of now."
        elif now != rank:
            yield f"Quote {rank} of then is number {now} now."
        remaining.discard(now or 0)
    for rank in sorted(remaining):
        if rank <= len(cited):
            yield f"Quote {rank} of now is new."


def _not(answered: bool) -> str:
    return "" if answered else " not"


def _why(differing: Sequence[Part], cited: Sequence[_Cited], *, is_known: bool) -> str:
    """Return why the answer differs, as far as what is kept tells."""
    reasons = []
    if changed := sum(quote.change is not None and not quote.change.stands for quote in cited):
        which = "an article that it quotes has" if changed == 1 else "articles that it quotes have"
        reasons.append(f"{which} changed")
    elif "index" in differing:
        reasons.append("the articles, or how they are indexed, have changed")
    if "models" in differing:
        reasons.append("other models rank, read or trust now")
    if "settings" in differing:
        reasons.append("settings of answers have changed")
    if reasons:
        return f"Why: {'; '.join(reasons)}."
    known = "index, models and settings are the same" if is_known else "the index is the same"
    return f"Why: not known, as {known}; another version of quoth, or of a library, may have answered."
