"""Logs of what runs until it is stopped: lines, or JSON, with the id of the request at hand; none holds a token."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from bot import request_id
from bot.log_level import Lines, level_or
from retrieval.redaction import HIDDEN


def set_up(token: str, *, as_json: bool) -> None:
    """Log to standard error, with the token hidden wherever it should turn up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Records(token, as_json=as_json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level_or(logging.INFO))
    logging.getLogger("faiss").setLevel(logging.WARNING)
    logging.captureWarnings(True)


class Records(Lines):
    """Lines that say when something was and for which request, or JSON; without the token, too."""

    def __init__(self, token: str, *, as_json: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(request)s: %(message)s", defaults={"request": ""})
        self._token, self._as_json = token, as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, or several with a traceback."""
        request = request_id.current()
        if not self._as_json:
            record.request = f" [{request[: request_id.SHORT]}]" if request else ""
            return super().format(record)
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
        return json.dumps({name: self.hidden(text) for name, text in fields.items()}, ensure_ascii=False)

    def hidden(self, text: str) -> str:
        """Return a text without its tokens."""
        return super().hidden(text.replace(self._token, HIDDEN) if self._token else text)
