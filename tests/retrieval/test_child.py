"""Processes of our own: what they import, and when they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval import child
from tests.traps import set_traps

ROOT = Path(__file__).resolve().parents[2]
BUSY = {"python": "while True: pass", "one-call": "import re; re.match(r'(a+)+$', 'a' * 99 + 'b')"}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PYTHONPATH whose module `coded` runs the code it is given."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "coded.py").write_text("def main(arguments):\n    exec(arguments[0], {})\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


def test_a_trap_tells_when_it_is_sprung(tmp_path: Path) -> None:
    sprung = set_traps(tmp_path)
    subprocess.run([sys.executable, "-c", "import colorsys"], cwd=tmp_path, check=True)
    assert sprung.read_text("utf-8") == "colorsys\n"


@pytest.mark.parametrize("path", ["", ".", os.pathsep, f".{os.pathsep}{{}}", "{}/x/..", "x/..", "x", f"{ROOT}"])
def test_a_child_imports_nothing_from_the_working_directory(
    path: str, elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sprung = [set_traps(folder) for folder in (tmp_path, tmp_path / "x")]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{path.format(tmp_path)}{os.pathsep}{elsewhere}")
    code = """
import importlib.util, json, os, subprocess, sys
import numpy, yaml, lxml.etree, pypdf, retrieval.articles.converters
absent = [importlib.util.find_spec(name) for name in ("tensorflow", "sitecustomize")]
subprocess.run([sys.executable, "-c", "import json, numpy"], check=True)
print(json.dumps([retrieval.articles.converters.__file__, os.getcwd(), absent, sys.path]), file=sys.stderr)
"""
    done = child.run("coded", code, variables={})
    assert not [trap.read_text("utf-8") for trap in sprung if trap.exists()]
    file, folder, absent, searched = json.loads(done.stderr)
    assert (file, folder, absent) == (str(ROOT / "retrieval" / "articles" / "converters.py"), "/", [None, None])
    assert {os.path.realpath(part) for part in searched}.isdisjoint({str(tmp_path), folder})


def test_a_child_works_where_the_working_directory_is_gone(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert child.run("coded", "import retrieval.articles.converters", variables={}).returncode == 0


def test_a_child_is_told_what_its_variables_say(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(elsewhere), "/else/where")))
    code = "import os, sys; print(os.environ['PYTHONPATH'], os.environ['SAID'], file=sys.stderr)"
    assert child.run("coded", code, variables={"SAID": "this"}).stderr == f"{elsewhere}:/else/where this\n"


@pytest.mark.parametrize("code", BUSY.values(), ids=BUSY)
def test_a_child_ends_when_its_parent_is_killed(code: str, elsewhere: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    started = "import sys; from retrieval import child; child.run(*sys.argv[1:], variables={})"
    held = f"held = open({str(pipe)!r}, 'w')\nprint('begun', file=held, flush=True)\n{code}"
    with subprocess.Popen([sys.executable, "-c", started, "coded", held], cwd=ROOT) as parent, pipe.open() as read:
        assert read.readline() == "begun\n"
        parent.kill()
        assert read.read() == "", "the pipe ends with the last process that holds it"


def test_a_child_ends_with_its_input_where_no_signal_comes(elsewhere: Path) -> None:
    code = "import sys; print('begun', file=sys.stderr, flush=True)\nwhile True: pass"
    command = child.command("coded", code, follows=True)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        assert process.stderr.readline() == b"begun\n"
        process.stdin.close()
        assert process.wait(timeout=60) == 1


def test_a_child_leaves_ctrl_c_to_its_parent(elsewhere: Path) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
    done = child.run("coded", code, variables={})
    assert (done.returncode, done.stderr) == (0, "")
