"""The guides for contributors: everything they name exists, and their examples run."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.all import ATTACKS
from tests.benchmarks.__main__ import BENCHMARKS
from tests.bot.discord.conftest import staged
from tests.discord_server import DiscordServer
from tests.test_makefile import targets
from tests.toy import build_toy, write_corpus

ROOT = Path(__file__).resolve().parents[1]
FAKE_DISCORD = "tests/discord_server/README.md"
GUIDES = {
    name: (ROOT / name).read_text("utf-8")
    for name in (".github/CONTRIBUTING.md", ".github/SECURITY.md", "CHANGELOG.md", "tests/README.md", FAKE_DISCORD)
}
SOURCES = "\n".join(
    file.read_text("utf-8") for top in ("retrieval", "bot", "tests") for file in (ROOT / top).rglob("*.py")
)

PATH = re.compile(r"(?<![\w./])(?:\.github|\.ci|bot|retrieval|config|seeds|tests)/[\w./-]*|(?<![\w./])[A-Z]+\.md")
CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = "NAME"
"""Placeholder in a guide for a name of the reader's."""


def quoted(guide: str) -> str:
    """Return a guide's code: its blocks, and everything in backticks."""
    return "\n".join(re.findall(r"```\w*\n.*?```|`[^`]+`", GUIDES[guide], re.DOTALL))


@pytest.mark.parametrize("guide", GUIDES)
def test_every_path_that_a_guide_names_exists(guide: str) -> None:
    paths = {path.rstrip(".") for path in PATH.findall(quoted(guide))}
    assert [path for path in paths if NAME not in path and not (ROOT / path).exists()] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_that_a_guide_names_exists(guide: str) -> None:
    code = quoted(guide)
    assert set(re.findall(r"^`?make ([a-z]+)", code, re.MULTILINE)) <= targets().keys()
    assert [module for module in re.findall(r"python -m ([\w.]+)", code) if find_spec(module) is None] == []
    attacks = [name for names in re.findall(r"tests\.attacks --only ([\w,]+)", code) for name in names.split(",")]
    assert set(attacks) <= ATTACKS.keys()
    benchmarks = [name for names in re.findall(r"tests\.benchmarks ([a-zA-Z_ ]+)", code) for name in names.split()]
    assert set(benchmarks) <= {*BENCHMARKS, NAME}
    commands = re.findall(r'@app\.command|def (\w+)\(|name="(\w+)"', SOURCES)
    assert set(re.findall(r"quoth ([a-z]+)", code)) <= {name for names in commands for name in names}


@pytest.mark.parametrize("guide", GUIDES)
def test_every_constant_that_a_guide_names_exists(guide: str) -> None:
    constants = set(re.findall(r"`([A-Z][A-Z_]{3,})`", GUIDES[guide])) - {NAME}
    assert [constant for constant in constants if not re.search(rf"\b{constant}\b", SOURCES)] == []


def test_every_fixture_that_is_listed_is_where_it_is_said_to_be() -> None:
    rows = re.findall(r"^\| (`.+?`) \|.*\| `(.+?)` \|$", GUIDES["tests/README.md"], re.MULTILINE)
    assert len(rows) > 3
    for names, file in rows:
        for name in re.findall(r"`(\w+)`", names):
            assert re.search(rf"@pytest\.fixture.*\ndef {name}\(", (ROOT / file).read_text("utf-8")), (name, file)


def test_the_fake_discord_does_what_its_guide_lists() -> None:
    table = GUIDES[FAKE_DISCORD].partition("| to | use |")[2].partition("\n\n")[0]
    names = re.findall(r"`(\w+)`", table)
    assert len(names) > 20
    assert [name for name in names if not hasattr(DiscordServer, name)] == []


def test_the_examples_of_the_fake_discord_run(tmp_path: Path) -> None:
    ours, others = CODE.findall(GUIDES[FAKE_DISCORD])
    build_toy(write_corpus(tmp_path / "corpus"), tmp_path / "index")
    scope: dict[str, Any] = {}
    exec(ours, scope)
    (test,) = (value for name, value in scope.items() if name.startswith("test_"))
    run: Callable[..., None] = test
    run(staged(tmp_path / "index", tmp_path))
    exec(others, {})
