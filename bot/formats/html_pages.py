"""HTML pages from templates: one file each that loads nothing, with its style and script inside."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape


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
    """Return the text escaped so that an element or a quoted attribute holds it character by character."""
    # A parser turns a bare carriage return into a line feed; written as a reference it stays one.
    return Markup(str(escape(text)).replace("\r", "&#13;"))


def resource(package: str, name: str) -> Markup:
    """Return a style or a script that lies in a package, to be set into a page."""
    return Markup((files(package) / name).read_text("utf-8"))


def _sha256(content: str) -> str:
    """Return the hash by which a content security policy allows this style or script."""
    return b64encode(hashlib.sha256(content.encode()).digest()).decode()
