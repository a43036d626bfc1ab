"""Catalogues of the bot's own texts, read from the files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from gettext import c2py
from importlib.resources import files

Forms = Mapping[str, Sequence[str]]
SUFFIX = ".toml"
GERMANIC = "n != 1"
"""The rule of English and many others: one form for 1, another for all else."""


class Message(str):
    """An English text that catalogues translate; "{name}" stands for what is put into it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language to say things in; what its catalogue lacks is said in English."""

    tag: str
    """As Discord names it, or the first part of that: "de", "es", "pt-BR"."""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    plurals: Forms = field(default_factory=dict, repr=False)
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    thousands: str = ","
    decimal: str = "."
    form: Callable[[int], int] = field(default=c2py(GERMANIC), repr=False)
    """Returns which of the forms of a text fits a number."""

    @staticmethod
    def of(locale: object) -> Language:
        """Return the language of a locale ("es-419", or Discord's own record of it); English where there is none."""
        tag = str(locale)
        known = catalogues()
        return known.get(tag) or known.get(tag.partition("-")[0]) or ENGLISH

    def text(self, message: str, /, **values: object) -> str:
        """Return a text with these values in it: whole numbers with this language's marks, all else as it is."""
        return self._filled(self.texts.get(message, message), values)

    def plural(self, singular: str, plural: str, count: int, /, **values: object) -> str:
        """Return the form of a text that fits the number of things, which stands for "{count}" in it."""
        forms = self.plurals.get(singular)
        form = forms[self.form(count)] if forms else (singular if count == 1 else plural)
        return self._filled(form, {"count": count, **values})

    def quoted(self, text: str) -> str:
        """Return a text in quotation marks."""
        return self.text("“{text}”", text=text)

    def figure(self, digits: str) -> str:
        """Return a number that is written as in English with this language's own marks."""
        marks = {",": self.thousands, ".": self.decimal}
        return "".join(marks.get(char, char) for char in digits)

    def name(self, name: str) -> str:
        """Return the name of a command or an option."""
        return self.names.get(name, name)

    def _filled(self, form: str, values: Mapping[str, object]) -> str:
        written = {
            name: self.figure(f"{value:,}") if isinstance(value, int) else value for name, value in values.items()
        }
        return form.format(**written)


ENGLISH = Language("en")


@cache
def catalogues() -> Mapping[str, Language]:
    """Return the languages that there are catalogues of, by their tags."""
    folder = files(__package__)
    tags = sorted(file.name.removesuffix(SUFFIX) for file in folder.iterdir() if file.name.endswith(SUFFIX))
    return {tag: parsed(tag, (folder / f"{tag}{SUFFIX}").read_text("utf-8")) for tag in tags}


def parsed(tag: str, text: str) -> Language:
    """Return the language of a catalogue's text."""
    tables = tomllib.loads(text)
    return Language(
        tag,
        tables["texts"],
        tables["plurals"],
        tables["names"],
        tables["thousands"],
        tables["decimal"],
        c2py(tables["plural"]),
    )


def translations(message: str) -> tuple[str, ...]:
    """Return a text in every language, English first."""
    return (message, *(language.texts[message] for language in catalogues().values() if message in language.texts))


def leads(message: str) -> tuple[str, ...]:
    """Return what a text begins with, before its first placeholder, in every language."""
    return tuple(form.partition("{")[0].strip() for form in translations(message))
