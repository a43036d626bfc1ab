"""Tokens, each read from a variable, a file of its own or systemd's credentials; no error repeats any part of one."""

from __future__ import annotations

import os
from pathlib import Path

from retrieval.errors import InputInvalid
from retrieval.regular_files import read_regular


def read_token(variable: str, file: Path | None, section: str) -> str:
    """Return the token that the variable holds, or else the file, or systemd's credential; "" for none.

    `section` is that of the settings where `token_file` names the file; the credential is SECTION-token. Raises
    InputInvalid.
    """
    if token := os.environ.get(variable, "").strip():
        return token
    if file is not None:
        # Its path is not told: it may be the token itself, or a part of it.
        what = f"The file that token_file below [{section}] names"
        return _read(file, what, f"name one that holds the token, or set {variable}")
    name = f"{section}-token"
    if (credential := _credential(name)) is not None:
        what = f"The credential {name} of the systemd unit"
        return _read(credential, what, "have LoadCredential= name a file that holds the token")
    return ""


def _credential(name: str) -> Path | None:
    """Return the file in which systemd hands over a credential; None where it hands over none of that name."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    file = Path(folder, name)
    return file if folder and file.exists() else None


def _read(file: Path, what: str, remedy: str) -> str:
    try:
        return read_regular(file).decode("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputInvalid(what, f"cannot be read ({why})", remedy) from error


def is_plain(token: str) -> bool:
    """Return whether every character is one that a token may have."""
    return all(0x21 <= ord(char) <= 0x7E for char in token)
