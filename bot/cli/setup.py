"""`quoth setup`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bot.chat.session import in_terminal
from bot.cli.setup_files import Plan, default_file, default_token_file, seeds, write
from bot.exit_status import INTERRUPTED
from bot.formats.shell import command
from bot.settings import TOKEN, load
from bot.streams import notice
from bot.terminal.screen import screen
from retrieval.errors import InputInvalid
from retrieval.paths import expanded
from retrieval.redaction import looks_like_a_token
from retrieval.regular_files import read_regular

NOTHING_WRITTEN = "Interrupted; nothing was written."


@dataclass(frozen=True, slots=True)
class SetupOptions:
    """Options of `quoth setup`; what is None is asked for in a terminal."""

    articles: Path | None
    discord: bool | None
    token_file: Path | None
    file: Path | None
    """The settings file to write."""
    replace: bool
    build: bool | None


def run(options: SetupOptions) -> int:
    """Ask what is not given, write the settings, and build the index if that is wanted."""
    try:
        plan = _from_user(options) if in_terminal() else _from_options(options)
        if plan is None:
            notice("Nothing was written.")
            return 0
        before = write(plan)
    except (KeyboardInterrupt, EOFError):
        notice(NOTHING_WRITTEN)
        return INTERRUPTED
    _show(plan, before, discord=bool(options.discord) or plan.token_file is not None)
    return _build(options, plan)


def _from_options(options: SetupOptions) -> Plan:
    """Return the plan of what the options say; raise InputInvalid where something would have to be asked."""
    if options.articles is None or options.discord is None:
        remedy = "run it in one, or give --articles and --terminal, or else --articles, --discord and --token-file"
        raise InputInvalid("quoth setup", "has questions to ask, and there is no terminal", remedy)
    file = _settings_file(options)
    if file.exists() and not options.replace:
        raise InputInvalid(f"The settings file {file}", "is there already", "pass --replace, or name another: --config")
    if options.discord and options.token_file is None and not os.environ.get(TOKEN):
        raise InputInvalid(
            "The bot's token", "is missing", f"name the file that holds it with --token-file, or set {TOKEN}"
        )
    if options.token_file is not None:
        _check_token(options.token_file)
    return Plan(file, articles_at(str(options.articles)), _absolute(options.token_file))


def _from_user(options: SetupOptions) -> Plan | None:
    """Return the plan that the user and the options make together; None where the user wants none."""
    from bot.cli import setup_questions as questions

    file = _settings_file(options)
    if file.exists() and not options.replace:
        question = f"There is a settings file {file}. Replace it, and keep a copy as {file.name}.before?"
        if not questions.confirm(question, default=False):
            return None
    named = options.articles
    articles = articles_at(str(named)) if named else questions.ask_articles(articles_at, seeds())
    discord = questions.ask_for_discord() if options.discord is None else options.discord
    if not discord:
        return Plan(file, articles)
    token_file = _absolute(options.token_file) or default_token_file()
    if token_file.exists():
        keeps = options.token_file is not None
        if keeps or questions.confirm(f"Use the token that {token_file} holds?", default=True):
            _check_token(token_file)
            return Plan(file, articles, token_file)
    token = questions.ask_token()
    return Plan(file, articles, token_file, token) if token else Plan(file, articles)


def articles_at(text: str) -> Path:
    """Return the whole path of a folder or file of articles; raise InputInvalid where there is none."""
    path = Path(os.path.abspath(expanded(Path(text))))
    if not path.exists():
        raise InputInvalid(f"The folder {path}", "does not exist", "name one that holds your articles")
    if path.is_dir() and not any(path.iterdir()):
        raise InputInvalid(f"The folder {path}", "is empty", "put articles into it, or name another")
    return path


def _settings_file(options: SetupOptions) -> Path:
    return _absolute(options.file) or default_file()


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else Path(os.path.abspath(expanded(path)))


def _check_token(file: Path) -> None:
    """Raise InputInvalid for a file that holds no bot's token; nothing of it is repeated."""
    try:
        text = read_regular(file).decode("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputInvalid(
            "The file of --token-file", f"cannot be read ({reason})", "name one that holds the token"
        ) from None
    if not looks_like_a_token(text):
        remedy = "put the token into it, and nothing else"
        raise InputInvalid("The file of the token", "does not hold what looks like a bot's token", remedy)


def _show(plan: Plan, before: Path | None, *, discord: bool) -> None:
    output = screen()
    output.line(f"Wrote {plan.file}." + (f" What was there is in {before}." if before else ""))
    if plan.token is not None:
        output.line(f"Wrote the token to {plan.token_file}, which only you can read.")
    elif discord and plan.token_file is None:
        output.line(f"The bot's token is not kept: set {TOKEN}, or run `{command('setup')}` again.")


def _build(options: SetupOptions, plan: Plan) -> int:
    """Build the index where that is wanted, and say how to go on."""
    build_now = options.build
    if build_now is None and in_terminal():
        from bot.cli.setup_questions import confirm

        try:
            build_now = confirm("Build the index now?", default=True)
        except (KeyboardInterrupt, EOFError):
            build_now = False
    output = screen()
    named = () if plan.file == default_file() else ("--config", str(plan.file))
    if not build_now:
        output.line(f"Next: `{command('index', *named)}`")
        return 0
    from bot.cli.index import IndexOptions
    from bot.cli.index import run as build

    output.flush()
    build(IndexOptions(rebuild=False, wait=False, quiet=False, verbose=False), load(plan.file))
    output.line()
    steps = [command("discord", "--invite", *named), command("discord", *named)]
    if plan.token_file is None and not options.discord:
        steps = [command("chat", *named)]
    output.line(f"Next: {', then '.join(f'`{step}`' for step in steps)}")
    return 0
