"""A finding of a check: what is so, how bad that is, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import sentence
from retrieval.redaction import hide_tokens


class State(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    """Something does not work, or soon will not, that not everybody needs."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of a check, in one sentence with its remedy."""

    check: str
    """What was checked, in a word or two."""
    state: State
    text: str


Check = Callable[[], Iterable[tuple[State, str]]]
"""Yields what it finds; may raise any error, which is a problem."""


def findings(name: str, check: Check) -> Sequence[Finding]:
    """Return what a check finds; an error that ends it is a problem."""
    outcomes: list[tuple[State, str]] = []
    try:
        outcomes.extend(check())
    except Exception as error:  # noqa: BLE001 - what one check stumbles over must not keep the others back
        outcomes.append((State.PROBLEM, sentence(error)))
    return [Finding(name, state, hide_tokens(text)) for state, text in outcomes]


def error_state(error: Exception, state: State = State.PROBLEM) -> tuple[State, str]:
    """Return an error as what a check finds."""
    return state, sentence(error)
