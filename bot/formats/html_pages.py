"""HTML pages from templates: one file each that loads nothing, with its style and script inside."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.formats import visible

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_REFERENCES = {"\r": "&#13;", "\f": "&#12;"}
"""A parser turns a bare carriage return into a line feed; written as a reference it stays one."""


def environment(package: str, transform: Callable[[str], str] = str) -> Environment:
    """Return the environment of the templates that lie in a package and extend `page.html`.

    Every value that a template prints is transformed, then escaped; only `Markup` is printed as it is.
    """

    def printed(value: object) -> Markup:
        return value if isinstance(value, Markup) else exact(transform(str(value)))

    templates = Environment(
        loader=ChoiceLoader([PackageLoader(package, ""), PackageLoader(__package__, "")]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printed,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["sha256"] = _sha256
    return templates


def exact(text: str) -> Markup:
    r"""Return the text escaped so that an element or a quoted attribute holds it character by character.

    Control characters, which no page may hold and a terminal obeys, are written out (`\x1b`).
    """
    return Markup(_CONTROL.sub(lambda match: _REFERENCES.get(match[0]) or visible.escape(match[0]), str(escape(text))))


def resource(package: str, name: str) -> Markup:
    """Return a style or a script that lies in a package, to be set into a page."""
    return Markup((files(package) / name).read_text("utf-8"))


def _sha256(content: str) -> str:
    """Return the hash by which a content security policy allows this style or script."""
    return b64encode(hashlib.sha256(content.encode()).digest()).decode()
