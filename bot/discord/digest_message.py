"""The weekly digest of a server, as a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.chat_log.activity import Figures
from bot.chat_log.store import PostedAnswer, Votes, key_of
from bot.discord.outgoing.markdown import escape
from bot.discord.outgoing.messages import masked_link
from bot.discord.outgoing.proof import LONGEST_MESSAGE, Outgoing, length
from bot.formats.visible import short
from bot.languages.catalogue import ENGLISH, Language, Message
from retrieval.analysis import stem, words
from retrieval.answering.cues import FUNCTION

ALIKE = 0.5
"""The share of their different words, stemmed and without function words, that two questions have in common to be
listed together: a question in other words keeps its subject."""
MOST_LINES = 10  # of a section
MOST_WORDINGS = 2  # beside the first of a group
LONGEST_QUESTION = 120  # characters of a question or a title
LONGEST_MORE = 100  # characters of a section's head, and of how many of its lines are left out
HINT = Message("-# `/gap dismiss` takes a question off this list, `/gap answer` points at the passage that answers it.")


@dataclass(frozen=True, slots=True)
class StaleArticle:
    """An article of which quotes that were shown no longer stand."""

    title: str
    url: str | None
    answers: int
    """How many answers quote what is gone."""
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class Week:
    """What a digest tells of."""

    end: datetime
    figures: Figures
    unanswered: Sequence[PostedAnswer]
    not_useful: Sequence[tuple[PostedAnswer, Votes]]
    stale: Sequence[StaleArticle]


def headline(week: Week, language: Language = ENGLISH) -> Outgoing:
    """Return what is told of a week that is over, in nobody's words."""
    head = language.text("**The week up to {date}**:", date=f"<t:{week.end.timestamp():.0f}:D>")
    return Outgoing(f"{head} {share_answered(week.figures, language)}.")


def useful(votes: int, language: Language) -> str:
    """Return how many votes say that an answer is useful, as a phrase."""
    return language.plural("{count} useful", "{count} useful", votes)


def not_useful(votes: int, language: Language) -> str:
    """Return how many votes say that an answer is not useful, as a phrase."""
    return language.plural("{count} not useful", "{count} not useful", votes)


def share_answered(figures: Figures, language: Language) -> str:
    """Return how many questions there were, and how many of them were answered."""
    questions = language.plural("{count} question", "{count} questions", figures.questions)
    if not figures.questions:
        return questions
    share = round(100 * figures.answered / figures.questions)
    return language.text("{questions}, {share} % answered", questions=questions, share=share)


def digest_message(week: Week, language: Language = ENGLISH) -> Outgoing | None:
    """Return the digest, with as much as a message holds; None where there is nothing to tell."""
    groups = grouped(answer.question for answer in week.unanswered)
    sections = {
        language.text("**Not answered**, alike together:"): [_group_line(group, language) for group in groups],
        language.text("**Found not useful**:"): [_voted_line(*rated, language) for rated in week.not_useful],
        language.text("**Quotes gone stale**, in answers so far:"): [
            _stale_line(each, language) for each in week.stale
        ],
    }
    if not any(sections.values()):
        return None
    text = headline(week, language).content
    hint = language.text(HINT) if groups else ""
    for head, lines in sections.items():
        text = _with_section(text, head, lines, LONGEST_MESSAGE - length(hint) - 1, language)
    return Outgoing(f"{text}\n{hint}".strip())


def _with_section(text: str, head: str, lines: Sequence[str], room: int, language: Language) -> str:
    """Return the text with a section, and how many of its lines are left out since they are too many."""
    for at, line in enumerate(lines):
        longer = f"{text}\n{line}" if at else f"{text}\n{head}\n{line}"
        if at == MOST_LINES or length(longer) + LONGEST_MORE > room:
            left = language.text("-# and {count} more", count=len(lines) - at)
            return f"{text}\n{left}" if at else f"{text}\n{head}\n{left}"
        text = longer
    return text


def grouped(questions: Iterable[str]) -> list[list[str]]:
    """Return questions in groups of such that are alike, the largest first, each with its most frequent wording first.

    A question joins the first group of whose first question it shares at least `ALIKE` of the different words.
    """
    counts: dict[str, int] = {}
    wordings: dict[str, str] = {}
    for question in questions:
        key = key_of(question)
        counts[key] = counts.get(key, 0) + 1
        wordings[key] = question
    groups: list[list[str]] = []
    for key in sorted(counts, key=lambda key: (-counts[key], key)):
        group = next((group for group in groups if are_alike(group[0], key)), None)
        if group is None:
            groups.append(group := [])
        group.append(key)
    groups.sort(key=lambda group: -sum(counts[key] for key in group))
    return [[wordings[key] for key in group for _ in range(counts[key])] for group in groups]


def are_alike(question: str, other: str) -> bool:
    """Return whether two questions share at least `ALIKE` of their different words."""
    stems, others = _stems(question), _stems(other)
    return len(stems & others) >= ALIKE * len(stems | others)


def _stems(question: str) -> frozenset[str]:
    """Return the stems of the words that say what a question is about; of all, where none does."""
    own = words(question)
    return frozenset(map(stem, [word for word in own if word not in FUNCTION] or own))


def _group_line(group: Sequence[str], language: Language) -> str:
    first, *others = dict.fromkeys(group)
    line = f"- {len(group):,} × {_short(first)}"
    if not others:
        return line
    named = ", ".join(language.quoted(_short(other)) for other in others[:MOST_WORDINGS])
    left = len(others) - MOST_WORDINGS
    if left > 0:
        return line + language.text(" (also {wordings} and {count} more)", wordings=named, count=left)
    return line + language.text(" (also {wordings})", wordings=named)


def _voted_line(answer: PostedAnswer, votes: Votes, language: Language) -> str:
    link = f"https://discord.com/channels/{answer.guild}/{answer.channel}/{answer.message}"
    rated = f"{not_useful(votes.not_useful, language)}, {useful(votes.useful, language)}"
    return f"- {masked_link(_short(answer.question), link)}: {rated}"


def _stale_line(article: StaleArticle, language: Language) -> str:
    title = masked_link(_short(article.title), article.url)
    became = language.text("withdrawn") if article.is_withdrawn else language.text("changed")
    quoted = language.plural("quoted in {count} answer", "quoted in {count} answers", article.answers)
    return f"- {title}: {became}, {quoted}"


def _short(text: str) -> str:
    return escape(short(text, LONGEST_QUESTION))


def stale_articles(
    answers: Iterable[PostedAnswer], since: str, until: str, titles: Mapping[tuple[str, str], tuple[str, str | None]]
) -> list[StaleArticle]:
    """Return the articles that changed or went between two dates (YYYY-MM-DD), both included, those quoted most first.

    `titles` maps collection and id of an article to its title and address.
    """
    quoting: dict[tuple[str, str], set[int | None]] = {}
    withdrawn: set[tuple[str, str]] = set()
    for answer in answers:
        for mark in answer.marks:
            if mark.state == "moved" or not since <= mark.on <= until:
                continue
            article = (answer.collection, article_of(mark.ref))
            quoting.setdefault(article, set()).add(answer.id)
            if mark.state == "withdrawn":
                withdrawn.add(article)
    found = [
        StaleArticle(*titles.get(article, (article[1], None)), len(ids), article in withdrawn)
        for article, ids in quoting.items()
    ]
    return sorted(found, key=lambda article: (-article.answers, article.title))


def article_of(ref: str) -> str:
    """Return the id of the article that a permalink cites."""
    return ref.rpartition("@")[0]
