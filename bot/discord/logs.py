"""Logs of the bot: lines, or JSON an object a line; the token in none of them."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

HIDDEN = "[token]"


def set_up(token: str, *, as_json: bool) -> None:
    """Log to standard error, with the token hidden wherever it should turn up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(token, as_json=as_json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("faiss").setLevel(logging.WARNING)
    logging.captureWarnings(True)


class _Lines(logging.Formatter):
    """Formats a record whole, traceback included, and only then hides the token."""

    def __init__(self, token: str, *, as_json: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._token, self._as_json = token, as_json

    def format(self, record: logging.LogRecord) -> str:
        """One line, or several where there is a traceback."""
        said = self._object(record) if self._as_json else super().format(record)
        return said.replace(self._token, HIDDEN) if self._token else said

    def _object(self, record: logging.LogRecord) -> str:
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)
