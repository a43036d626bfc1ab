"""Logs of what runs until it is stopped: lines, or JSON, with the id of the request at hand; none holds a token."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from bot import request_id
from bot.log_level import level_or
from retrieval.redaction import HIDDEN, hide_tokens


def set_up(token: str, *, as_json: bool) -> None:
    """Log to standard error, with the token hidden wherever it should turn up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(token, as_json=as_json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level_or(logging.INFO))
    logging.getLogger("faiss").setLevel(logging.WARNING)
    logging.captureWarnings(True)


class _Lines(logging.Formatter):
    """Formats a record whole, traceback included, and only then hides the token."""

    def __init__(self, token: str, *, as_json: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(request)s: %(message)s", defaults={"request": ""})
        self._token, self._as_json = token, as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, or several with a traceback."""
        request = request_id.current()
        if not self._as_json:
            record.request = f" [{request[: request_id.SHORT]}]" if request else ""
            return self._hidden(super().format(record))
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request:
            fields["request"] = request
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        # Hidden before JSON escapes it: what stands before a token must not become a part of it.
        return json.dumps({name: self._hidden(text) for name, text in fields.items()}, ensure_ascii=False)

    def _hidden(self, text: str) -> str:
        return hide_tokens(text.replace(self._token, HIDDEN) if self._token else text)
