"""The one place that turns errors into replies over HTTP: a status, one sentence, and a reference that the log has."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.exceptions import HTTPException

from bot.answering.service import Busy, Closing
from bot.errors import worded
from retrieval.errors import (
    FilterEmpty,
    IndexFault,
    InputInvalid,
    ModelError,
    PermalinkInvalid,
    QuestionInvalid,
    QuothError,
    SourceChanged,
)

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
AGAIN = {"Retry-After": "1"}
MISTAKES: tuple[tuple[type[Exception], int], ...] = (
    (SourceChanged, 410),
    (PermalinkInvalid, 404),
    (QuestionInvalid, 400),
    (InputInvalid, 400),
    (FilterEmpty, 404),
)
"""The status of each kind of mistake, whose sentence is for whoever asks; the first that fits is taken."""
OTHERS = {
    404: "There is nothing at this address: see /openapi.json for those that there are.",
    405: "This address does not take that method: see /openapi.json for what it takes.",
}
NO_INDEX = "The articles cannot be searched right now: whoever runs this server finds the reason in its log."
WENT_WRONG = "Something went wrong on the server: whoever runs it finds the reason in its log."


@dataclass(frozen=True, slots=True)
class Problem:
    """What is said in place of what was asked for."""

    status: int
    sentence: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name of its status."""
        return HTTPStatus(self.status).phrase

    def as_json(self, reference: str) -> bytes:
        """Return it as RFC 9457 has problems."""
        content = {"title": self.title, "status": self.status, "detail": self.sentence, "reference": reference}
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


class Refused(Exception):
    """A request that is refused."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        self.problem = Problem(status, sentence, headers or {})
        super().__init__(sentence)


def problem_of(error: Exception, reference: str) -> Problem:
    """Return the problem that an error is; what is not the client's mistake is logged, and told in neutral words."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, HTTPException):
        return Problem(error.status_code, OTHERS.get(error.status_code, error.detail), error.headers or {})
    if isinstance(error, Busy | Closing):
        return Problem(503, worded(error), AGAIN)
    for kind, status in MISTAKES:
        if isinstance(error, kind):
            return Problem(status, worded(error))
    unforeseen = None if isinstance(error, QuothError) else error
    log.error("reference %s: %s", reference, worded(error), exc_info=unforeseen)
    if isinstance(error, IndexFault | ModelError):
        return Problem(503, NO_INDEX)
    return Problem(500, WENT_WRONG)
