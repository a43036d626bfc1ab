"""What `/articles` says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.answering.contribution_record import FOLDER, Change, Contribution
from bot.answering.examination import LINES, Collision, Examined
from bot.discord.errors import Refused
from bot.discord.interactions.paging import A_PAGE, page_count
from bot.discord.outgoing.fitting import fitting, with_upgrades
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.proof import Outgoing
from bot.formats.visible import one_line, short
from bot.languages.catalogue import ENGLISH, Language, Message

LONGEST_FILE = 60  # characters of a name in the list; ten of them fit a message, each character escaped
LONGEST_REASON = 300  # characters; it may repeat a key or an id
NONE_YET = Message("No articles were added from Discord yet. `/articles add` adds one, and `/sources` lists all.")
UNREADABLE = Message("I did not add {file}: it {reason}.")
NOT_INDEXED = "has nothing that the index took up"
SAME = Message("{article} is an article already, the very same: I did not add it again.")
COLLIDES = Message("I did not add {file}: {article} has the id “{id}” already, and is cited by it. Choose another.")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that is to be an article, and what was found in it."""

    contribution: Contribution
    examined: Examined


def unreadable(contribution: Contribution, reason: str) -> Refused:
    """Return the refusal of a file of which nothing can be quoted."""
    return Refused(UNREADABLE, file=escape(contribution.file), reason=escape(short(reason, LONGEST_REASON)))


def is_same(path: str) -> Refused:
    """Return the refusal of what an article is already, of the file with this path."""
    return Refused(SAME, article=escape(one_line(path.removeprefix(f"{FOLDER}/"))))


def collides(contribution: Contribution, collision: Collision) -> Refused:
    """Return the refusal of a file with an id that an article has already."""
    id_ = escape(short(collision.id, LONGEST_REASON))
    return Refused(COLLIDES, file=escape(contribution.file), article=escape(one_line(collision.path)), id=id_)


def added_message(accepted: Sequence[Accepted], refusals: Iterable[Refused], language: Language = ENGLISH) -> Outgoing:
    """Return the message about files that were added, with what their readers warn of, and those that were not."""
    if len(accepted) == 1:
        lines = [_added_alone(accepted[0], language)]
    elif accepted:
        head = language.text("Added from that message; `/articles undo` takes all of it back:")
        lines = [head, *(f"- {_with_count(each, language)}" for each in accepted)]
    else:
        lines = []
    lines += [language.text(refusal.message, **refusal.values) for refusal in refusals]
    lines += [warning for each in accepted for warning in _warnings(each, language)]
    return Outgoing(fitting(lines, lambda count: language.text("-# and {count} more", count=count)))


def removed_text(change: Change, language: Language) -> str:
    """Return what is said of an article that was taken away."""
    return language.text("Removed {file}. `/articles undo` brings it back.", file=_files(change))


def undone_text(change: Change, language: Language) -> str:
    """Return what is said of a change that undid another."""
    files, count = _files(change), len(change.contributions)
    if change.added:
        return language.plural("{files} is back.", "{files} are back.", count, files=files)
    return language.plural("{files} is removed again.", "{files} are removed again.", count, files=files)


def interrupted_text(change: Change, language: Language) -> str:
    """Return what is said of a change that was never finished, and was taken back."""
    return language.text("The last change was interrupted, so I have taken it back: {files}.", files=_files(change))


def list_message(contributions: Sequence[Contribution], page: int, language: Language = ENGLISH) -> Outgoing:
    """Return a page of the articles, the latest first; links as far as the message has room."""
    if not contributions:
        return Outgoing(language.text(NONE_YET))
    number, pages = len(contributions), page_count(len(contributions))
    articles = language.plural("{count} article added from Discord", "{count} articles added from Discord", number)
    head = language.text("**{articles}**, the latest first", articles=articles)
    if pages > 1:
        head = language.text("{articles}, page {page} of {pages}", articles=head, page=page + 1, pages=pages)
    head = language.text("{head}:", head=head)
    on_page = contributions[page * A_PAGE : (page + 1) * A_PAGE]
    plain = [_listed(each, language) for each in on_page]
    word = language.text("message")
    linked = [
        f"{line}, [{word}](<{each.url}>)" if each.url else line for line, each in zip(plain, on_page, strict=True)
    ]
    return Outgoing(with_upgrades([head, *plain], [head, *linked]))


def _listed(contribution: Contribution, language: Language) -> str:
    by, at = contribution.by, datetime.fromisoformat(contribution.at)
    user = f"<@{by}>" if by is not None else language.text("somebody whom I was asked to forget")
    file = escape(short(contribution.file, LONGEST_FILE))
    return language.text("- {file}, added by {user}, {date}", file=file, user=user, date=f"<t:{at.timestamp():.0f}:f>")


def _added_alone(accepted: Accepted, language: Language) -> str:
    file = escape(accepted.contribution.file)
    if accepted.examined.quotable == 1:
        return language.text("Added {file}. `/articles undo` takes it back.", file=file)
    articles = _articles(accepted, language)
    return language.text("Added {file} with {articles}. `/articles undo` takes it back.", file=file, articles=articles)


def _with_count(accepted: Accepted, language: Language) -> str:
    file = escape(accepted.contribution.file)
    return f"{file} ({_articles(accepted, language)})" if accepted.examined.quotable > 1 else file


def _articles(accepted: Accepted, language: Language) -> str:
    return language.plural("{count} article", "{count} articles", accepted.examined.quotable)


def _warnings(accepted: Accepted, language: Language) -> Iterable[str]:
    """Yield lines of what is left out of a file, and what else its readers warn of."""
    file, examined = escape(accepted.contribution.file), accepted.examined
    if examined.left_out and examined.path.endswith(LINES):
        yield language.plural(
            "-# {count} line of {file} is left out:",
            "-# {count} lines of {file} are left out:",
            examined.left_out,
            file=file,
        )
    for warn in examined.warnings:
        reason, line = escape(short(warn.reason, LONGEST_REASON)), examined.line(warn)
        if line:
            yield language.text("-# Line {line} of {file} {reason}.", line=line, file=file, reason=reason)
        else:
            yield language.text("-# {file} {reason}.", file=file, reason=reason)


def _files(change: Change) -> str:
    return ", ".join(escape(each.file) for each in change.contributions)
