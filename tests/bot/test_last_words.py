"""What is said if a process is ended from outside."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import os
from bot.last_words import last_words
try:
    with last_words("It was ended."):
        {body}
except (KeyboardInterrupt, ValueError):
    pass
"""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("pass", ""),
        ("raise ValueError", ""),
        ("raise KeyboardInterrupt", ""),
        ("os._exit(1)", "It was ended.\n"),
        ("os.kill(os.getpid(), 9)", "It was ended.\n"),
    ],
)
def test_they_are_said_only_if_nothing_else_could_be(body: str, words: str) -> None:
    process = subprocess.run(
        [sys.executable, "-c", CODE.format(body=body)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (process.stdout, process.stderr) == ("", words)
