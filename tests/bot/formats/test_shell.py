"""What is printed to be pasted into a shell is read back there as it was meant, and runs nothing else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import worded
from bot.formats.shell import command, quoted, quoted_permalink
from bot.formats.visible import visible
from retrieval.errors import IndexNotFound

SHELLS = [shell for name in ("sh", "bash", "dash", "zsh") if (shell := shutil.which(name))]
NASTY = "'\"`$(){}|&;<>\\ \n\t\r\x1b\x07\x7f\x9b!*?[]~#=%^-/@ab0é中\u200e\u202e\u2066\u2028\u00a0\ufeff\U000e0041\udcff"
IDS = st.one_of(
    st.text(NASTY, min_size=1, max_size=20),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20),
    st.sampled_from([
        "$(touch ran)", "`touch ran`", "'; touch ran; '", "a\ntouch ran\n", "-rf", "--html=ran", "--", "-", "#x",
        "~root", "=ls", "!!", "it's", 'say "no"', "\\", "\\\\0101", "a  b", " a ", "%s%n",
        "\x1b]0;ran\x07", "$'x'", "\\'",
    ]),
)  # fmt: skip


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a quoth that writes down its arguments."""
    folder = tmp_path_factory.mktemp("bench")
    (folder / "bin").mkdir()
    (folder / "bin" / "quoth").write_text('#!/bin/sh\nprintf \'%s\\0\' "$@" >> "$OUT"\n')
    (folder / "bin" / "quoth").chmod(0o755)
    (folder / "empty").mkdir()
    return folder


def arguments(line: str, shell: str, bench: Path) -> list[bytes]:
    """The arguments that quoth is given by a line, which does nothing else."""
    written = bench / "arguments"
    written.unlink(missing_ok=True)
    done = subprocess.run(
        [shell, "-c", line], cwd=bench / "empty", env={"PATH": str(bench / "bin"), "OUT": str(written)},
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert list((bench / "empty").iterdir()) == []
    return written.read_bytes().removesuffix(b"\0").split(b"\0")


def options_end(words: list[bytes]) -> list[bytes]:
    """The operands, without what says that they are no options."""
    return words[1:] if words[0] == b"--" else words


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(id_=IDS, data=st.data())
def test_a_pasted_permalink_is_one_argument(id_: str, data: st.DataObject, bench: Path) -> None:
    ref = f"{id_}@0123456789ab#1-20"
    line = command("show", operands=[ref])
    assert visible(line) == line
    assert "\n" not in line
    show, *rest = arguments(line, data.draw(st.sampled_from(SHELLS)), bench)
    assert show == b"show"
    assert options_end(rest) == [ref.encode("utf-8", "surrogateescape")]
    assert (rest[0] == b"--") == ref.startswith("-")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=IDS, data=st.data())
def test_the_path_of_an_index_is_one_argument(name: str, data: st.DataObject, bench: Path) -> None:
    path = f"/indexes/{name}/index"
    told = worded(IndexNotFound(Path(path)))
    line = told.partition("build one with `")[2].removesuffix("`.")
    words = arguments(line, data.draw(st.sampled_from(SHELLS)), bench)
    assert words == [b"index", b"FOLDER", b"--index", str(Path(path)).encode("utf-8", "surrogateescape")]


@pytest.mark.parametrize(
    "word", ["albania-letter@3161f458d70e#961-1019", "notes/a.md", "/home/me/articles.index", "a,b", "x=1", "50%@a#1"]
)
def test_what_needs_no_quotes_has_none(word: str) -> None:
    assert quoted_permalink(word) == word
    assert quoted(word).strip("'") == word


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("my article@0123456789ab#1-2", "'my article@0123456789ab#1-2'"),
        ("$(reboot)", "'$(reboot)'"),
        ("", "''"),
        ("é", "'é'"),
        ("a\n\n", "\"$(printf %b 'a')\"'\n\n'"),
        ("a\x1bb", "\"$(printf %b 'a\\0033b')\""),
    ],
)
def test_the_plainest_form_is_taken(word: str, told: str) -> None:
    assert quoted(word) == told
