"""Paste printed lines into a shell: they must run quoth with exactly the intended arguments, and nothing else."""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, cast

import typer
from rich.console import Console
from typer.main import get_command

from bot.cli.command_group import UsageError, separate_permalinks
from bot.errors import worded
from bot.formats.quote_page import page
from bot.formats.visible import visible
from bot.main import app
from bot.terminal.answers import show_place
from bot.terminal.screen import Screen
from retrieval.answering import calibration
from retrieval.articles.facts import facts_of
from retrieval.articles.ids import path_id
from retrieval.citations.permalink import CitedSpan
from retrieval.errors import IndexNotFound, QuothError
from retrieval.index import folder as folders
from retrieval.index.faults import damaged
from retrieval.index.manifest import parse
from retrieval.records import Article, Citation
from retrieval.remedies import beside
from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import temporary
from tests.attacks.words import hostile

PIECES = (
    "$(touch PWNED)", "`touch PWNED`", ";touch PWNED;", "|touch PWNED", "&touch PWNED&", "\ntouch PWNED\n",
    ">PWNED", "<x", "$HOME", "${IFS}", "$0", "!!", "!touch", "'", "''", '"', '"$(touch PWNED)"', "\\", "\\'",
    "\\\n", "*", "?", "[a-z]", "{a,b}", "~", "~root", "-", "--", "--help", "#", " ", "  ", "\t", "\x1b[31m",
    "\x07", "\u202e", "\u00a0", "\u2028", "%s", "%n", "\\x41", "a", "b", "été", "漢字", "😀", "\r", "(", ")", "=",
    "x=1", "$'a'", '$"a"', "^", "\x7f", "\u200b",
)  # fmt: skip
FAKE = """#!{python} -I
import os, sys
with open({heard!r}, "ab") as heard:
    heard.write(b"\\0".join(os.fsencode(argument) for argument in sys.argv[1:]) + b"\\0\\0\\n")
"""
SHA256 = "7f5229e394a5" + "0" * 52
SHELLS = ("sh", "bash")


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Paste `tries` lines."""
    with temporary() as home:
        return tally("pasting", _tries(_Shell(home), tries, random.Random(seed)), progress)


def _tries(shell: _Shell, count: int, rng: random.Random) -> Iterator[Try]:
    lines = (
        _line_of_page, _line_of_terminal, _line_of_no_index, _line_of_articles, _line_of_damage, _line_of_other_version,
        _line_of_calibration,
    )  # fmt: skip
    for number in range(count):
        yield partial(lines[number % len(lines)], shell, _text(rng), rng.choice(SHELLS))


def _text(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return hostile(rng, 6)
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 8)))


class _Shell:
    """A shell whose quoth only records its arguments."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._heard, programs = home / "heard", home / "bin"
        programs.mkdir()
        fake = programs / "quoth"
        fake.write_text(FAKE.format(python=sys.executable, heard=str(self._heard)), "utf-8")
        fake.chmod(0o755)
        self._path = f"{programs}:/usr/bin:/bin"

    def paste(self, line: str, expected: list[str], shell: str) -> None:
        """Run the line; raise Lost unless quoth is called once with these arguments and nothing else happens."""
        place = self.home / "place"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        self._heard.unlink(missing_ok=True)
        process = subprocess.run(
            [shutil.which(shell) or "sh", "-c", line],
            cwd=place,
            env={"PATH": self._path, "HOME": str(place), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=False,
        )
        pasted = f"pasting {line!r} into {shell}"
        expect(not list(place.iterdir()), f"{pasted} made {[path.name for path in place.iterdir()]}")
        heard = self._heard.read_bytes() if self._heard.exists() else b""
        arguments = [os.fsdecode(argument) for argument in heard.removesuffix(b"\0\0\n").split(b"\0")]
        expect_understood(arguments)
        if arguments[1:2] == ["--"]:  # what follows begins with a dash and is no option
            del arguments[1]
        expect(
            arguments == expected,
            f"{pasted} ran quoth with {arguments!r} and not {expected!r}: {process.stderr[-200:]!r}",
        )


def expect_understood(arguments: Sequence[str]) -> None:
    """Raise Lost unless quoth's command line takes these arguments; nothing is run."""
    command, context, rest = cast(Any, get_command(app)), None, separate_permalinks(list(arguments))
    try:
        while True:
            context = command.make_context(command.name, rest, parent=context)
            if not hasattr(command, "resolve_command"):
                return
            _, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
    except (UsageError, QuothError, typer.Exit) as error:
        expect(False, f"quoth does not understand {list(arguments)!r}: {error}")


def _place(text: str) -> CitedSpan:
    """Return a citation in an article with this id, or with the id of a file with this name."""
    facts, _ = facts_of({"id": text})
    id_ = facts.id or path_id(re.sub("[\ud800-\udfff\0]", "", text)) or "a"
    article = Article(id_, "It came.", "A title", SHA256, "a.html", converted=True)
    return CitedSpan(Citation(id_, "A title", 0, 8, 1, SHA256), "It came.", "", "", article, "current")


def _line_of_page(shell: _Shell, text: str, name: str) -> None:
    place = _place(text)
    line = re.search(r"<pre>(quoth show .*?)</pre>", page(place, None), re.DOTALL)
    assert line is not None
    shell.paste(unescape(line[1]), ["show", place.citation.ref], name)


def _line_of_terminal(shell: _Shell, text: str, name: str) -> None:
    place, stream = _place(text), io.StringIO()
    show_place(Screen(Console(file=stream, highlight=False)), place, lambda cited: None)
    last = stream.getvalue().rstrip("\n").rpartition(" A title · ¶ 1 · ")[2]
    expect("\n" not in last, f"the permalink of {place.citation.ref!r} is printed on two lines")
    shell.paste(f"quoth show {last}", ["show", place.citation.ref], name)


def _line_of_no_index(shell: _Shell, text: str, name: str) -> None:
    index = Path("/nowhere") / _file_name(text)
    _paste_hint(shell, IndexNotFound(index), ["index", "FOLDER", "--index", str(index)], name)


def _line_of_articles(shell: _Shell, text: str, name: str) -> None:
    articles = _folder(shell, text)
    if articles is None:
        return
    (articles / "a.md").write_text("It came.", "utf-8")
    other = beside(articles)
    try:
        folders.current(articles)
    except QuothError as error:
        _paste_hint(shell, error, ["index", str(articles), "--index", str(other)], name)


def _line_of_damage(shell: _Shell, text: str, name: str) -> None:
    index, corpus = _folder(shell, text), f"/{_file_name(text[::-1])}"
    if index is None:
        return
    generation = index / "generations" / "000001"
    generation.mkdir(parents=True, exist_ok=True)
    (generation / "manifest.json").write_text(json.dumps({"corpus": corpus}), "utf-8")
    expected = ["index", corpus, "--index", str(index)]
    _paste_hint(shell, damaged(generation / "texts.bin", "its checksum differs"), expected, name)


def _line_of_other_version(shell: _Shell, text: str, name: str) -> None:
    index, corpus = Path("/nowhere") / _file_name(text), f"/{_file_name(text)}"
    try:
        parse(json.dumps({"format": 0, "corpus": corpus}).encode(), index / "generations" / "000001" / "manifest.json")
    except QuothError as error:
        _paste_hint(shell, error, ["index", corpus, "--rebuild", "--index", str(index)], name)


def _folder(shell: _Shell, text: str) -> Path | None:
    """Create a folder with this name; return None if the file system does not allow it."""
    folder = shell.home / "indexes" / _file_name(text)
    shutil.rmtree(shell.home / "indexes", ignore_errors=True)
    try:
        folder.mkdir(parents=True)
    except OSError:
        return None
    return folder


def _line_of_calibration(shell: _Shell, text: str, name: str) -> None:
    index = _folder(shell, text)
    if index is None:
        return
    (index / calibration.FILE).write_text('{\n "format": 2,\n "model": {', "utf-8")
    try:
        calibration.read(index)
    except QuothError as error:
        _paste_hint(shell, error, ["calibrate", "--reset", "--index", str(index)], name)


def _file_name(text: str) -> str:
    """Return a valid folder name, possibly with bytes that are not UTF-8."""
    name = re.sub("[\ud800-\udc7f\udd00-\udfff\0/]", "-", text[:40])
    return os.fsdecode(os.fsencode(name)).strip(".") or "x"


def _paste_hint(shell: _Shell, error: QuothError, expected: list[str], name: str) -> None:
    """Paste the command between an error's backticks, as standard error shows it."""
    sentence = visible(worded(error))
    begin = sentence.index(f"`quoth {expected[0]} ") + 1
    shell.paste(sentence[begin : sentence.rindex("`")], expected, name)
