"""The exit statuses of every command, and what an interrupted one prints."""

from __future__ import annotations

ABSTAINED, FAULT, INTERRUPTED, BROKEN_PIPE, TERMINATED = 1, 2, 130, 141, 143
INTERRUPT = "Interrupted."
BUILD_INTERRUPT = "Interrupted; the index is as it was."
FIRST_BUILD_INTERRUPT = "Interrupted; no index was made."
AS_IT_WAS = "The index is as it was."
GOES_ON = "What was read and encoded is kept: the next `{command}` goes on from there."
