"""The settings file, read as TOML."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from retrieval.errors import InputInvalid
from retrieval.regular_files import NotRegularError, read_regular

FAULT_PLACE = re.compile(r"\(at (line \d+, column \d+|end of document)\)$")
"""Where a fault is, at the end of tomllib's message."""


def read_settings_file(file: Path) -> dict[str, object]:
    """Return the file's sections; raise InputInvalid if it cannot be read."""
    what = f"The settings file {file}"
    try:
        return tomllib.loads(read_regular(file).decode("utf-8-sig"))
    except FileNotFoundError:
        raise InputInvalid(what, "does not exist", "name one that does") from None
    except OSError as error:
        other = isinstance(error, NotRegularError | IsADirectoryError)
        remedy = "name a regular file, which may be empty" if other else "check its permissions"
        raise InputInvalid(what, f"cannot be read ({error.strerror})", remedy) from error
    except UnicodeDecodeError as error:
        raise InputInvalid(what, f"is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    except (ValueError, RecursionError) as error:
        # The parser's message may repeat a name in the file, which may be a secret in the wrong place.
        place = FAULT_PLACE.search(str(error))
        reason = place[1] if place else "a number or nesting is too large"
        raise InputInvalid(what, f"is not valid TOML ({reason})", "correct that line") from None


def folder_of_relative_paths(file: Path) -> Path:
    """Return the folder that the file's relative paths count from: the one above config/, or else the file's own."""
    return file.parent.parent if file.parent.name == "config" else file.parent
