"""`quoth chat`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator

from bot.answering.opening import build_if_missing, open_engine
from bot.answering.service import AnswerService
from bot.chat.commands import COMMANDS, Leave, run_command
from bot.chat.reply import Notice, Speaker
from bot.chat.session import Session, in_terminal
from bot.errors import sentence
from bot.formats.numbers import count
from bot.interrupts import leave_interrupts_to_asyncio
from bot.settings import Settings
from bot.streams import OutputLost
from bot.terminal.screen import screen
from retrieval.engine import Engine
from retrieval.errors import InputInvalid

MOST_TITLES = 5000  # titles that TAB completes; in a larger corpus the first of them


def run(settings: Settings) -> int:
    """Hold a conversation until the end of the input."""
    build_if_missing(settings)
    service = AnswerService(settings.index.path, lambda: open_engine(settings))
    speaker = Speaker(screen())
    # One loop, run for each line: Ctrl-C cancels what it runs, and no more.
    leave_interrupts_to_asyncio()
    with asyncio.Runner() as runner:
        runner.run(service.__aenter__())
        session = Session(service, settings.index.path)
        try:
            for line in _typed(runner, session, speaker) if in_terminal() else _piped(speaker):
                try:
                    _handle(runner, session, speaker, line)
                except Leave:
                    break
        finally:
            runner.run(service.close())
    return 0


def _handle(runner: asyncio.Runner, session: Session, speaker: Speaker, line: str) -> None:
    """Answer one line, or report its fault; the conversation goes on."""
    text = line.strip()
    if not text:
        return
    try:
        reply = runner.run(run_command(session, speaker, text) if text.startswith("/") else session.ask(text))
        speaker.say(reply)
    except (Leave, BrokenPipeError, OutputLost):
        raise
    except KeyboardInterrupt:
        if not speaker.screen.is_terminal:
            raise
        speaker.say(Notice("Cancelled."))
    except Exception as error:  # noqa: BLE001 - one line's fault must not end the conversation
        speaker.fault(sentence(error))


def _typed(runner: asyncio.Runner, session: Session, speaker: Speaker) -> Iterator[str]:
    from platformdirs import user_state_path

    from bot.chat.prompt import prompt_of, prompt_session

    articles, sentences, titles = runner.run(session.service.run(_about))
    holds = f"{count(articles, 'article')}, {count(sentences, 'sentence')}"
    speaker.say(Notice(f"{holds}. /help lists the commands, Ctrl-D exits."))
    prompt = prompt_session(
        list(COMMANDS), titles, user_state_path("quoth") / "history", lambda: prompt_of(session.within)
    )
    while True:
        try:
            line = runner.run(prompt.prompt_async())
        except KeyboardInterrupt:  # once more, before the prompt was back
            continue
        except EOFError:
            return
        yield line


def _about(engine: Engine) -> tuple[int, int, list[str]]:
    generation = engine.generation
    titles = [generation.ref(row).title for row in range(min(len(generation), MOST_TITLES))]
    return len(generation), len(generation.sentences), titles


def _piped(speaker: Speaker) -> Iterator[str]:
    for number, raw in enumerate(sys.stdin.buffer, start=1):
        try:
            yield raw.removeprefix(b"\xef\xbb\xbf" if number == 1 else b"").decode("utf-8")
        except UnicodeDecodeError as error:
            fault = InputInvalid(f"Line {number}", f"is not UTF-8 (byte {error.start + 1})", "write it as UTF-8")
            speaker.fault(sentence(fault))
