"""The shape of the house: which way the arrows point, and what an import costs."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import MODEL_CACHE
from tests.toy import write_corpus

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("retrieval", "bot")
TOP_LEVEL = {
    *("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "NOTICE", "Makefile"),
    *(".ci", ".github", ".gitignore", ".pre-commit-config.yaml"),
    *("retrieval", "bot", "config", "seeds", "tests"),
}
FRONT_ENDS = {"bot", "discord", "asyncio", "typer", "rich", "tests"}
ROOM = re.compile(r"^    ( *)(\w+)  +\S", re.MULTILINE)
HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "onnx",
    "onnxscript",
    "huggingface_hub",
    "dateparser",
    "babel",
}


def modules() -> dict[str, Path]:
    """Every module of both packages by its dotted name."""
    files = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def nodes(tree: ast.AST, *, anywhere: bool) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported, or all of them; what only a type checker reads is in both."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if anywhere or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from nodes(node, anywhere=anywhere)


@cache
def imported(file: Path, *, anywhere: bool) -> frozenset[str]:
    """Dotted names that a module imports, `from a import b` giving both a and a.b."""
    names = set[str]()
    for node in nodes(ast.parse(file.read_text("utf-8")), anywhere=anywhere):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports by a relative path"
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def test_the_walk_sees_imports() -> None:
    assert "retrieval.index.generation" in imported(ROOT / "retrieval" / "engine.py", anywhere=False)
    vectors = ROOT / "retrieval" / "index" / "vectors.py"
    assert "faiss" in imported(vectors, anywhere=True) - imported(vectors, anywhere=False)


@pytest.mark.parametrize("name", [name for name in modules() if name.split(".")[0] == "retrieval"])
def test_the_engine_knows_no_front_end(name: str) -> None:
    tops = {module.split(".")[0] for module in imported(modules()[name], anywhere=True)}
    assert tops & FRONT_ENDS == set()


def test_one_module_loads_onnx_runtime() -> None:
    """Whoever loads it otherwise lets it send reports."""
    loading = {
        name
        for name, file in modules().items()
        if any(module.split(".")[0] == "onnxruntime" for module in imported(file, anywhere=True))
    }
    assert loading == {"retrieval.encoding.onnx_runtime"}


def test_no_module_imports_itself_in_a_circle() -> None:
    """`bot.main` and `bot.start` apart: whichever the process starts with, the other one goes on."""
    known = modules()
    edges = {name: imported(file, anywhere=True) & known.keys() - {name} for name, file in known.items()}
    edges["bot.start"] -= {"bot.main"}
    for package in PACKAGES:  # `retrieval` opens its rooms' records when they are asked for, and is imported with each
        edges[package] = frozenset()
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


ROOMS = {
    "bot.main": "bot bot.cli",
    "bot.cli": "bot bot.answering bot.chat bot.chat_log bot.discord bot.doctor bot.evaluation bot.formats bot.help"
    " bot.http bot.mcp_server bot.sources bot.terminal retrieval retrieval.answering retrieval.citations"
    " retrieval.encoding retrieval.engine retrieval.evaluation retrieval.index retrieval.indexes retrieval.training",
    "bot.chat": "bot bot.answering bot.formats bot.terminal retrieval retrieval.citations retrieval.engine",
    "bot.doctor": "bot bot.chat_log bot.discord bot.formats bot.terminal"
    " retrieval retrieval.answering retrieval.articles retrieval.encoding retrieval.index retrieval.indexes",
    "bot.discord": "bot bot.answering bot.chat_log bot.formats bot.languages bot.monitoring bot.sources"
    " bot.terminal retrieval retrieval.answering retrieval.citations retrieval.engine retrieval.index"
    " retrieval.indexes",
    "bot.http": "bot bot.answering bot.formats retrieval retrieval.citations retrieval.engine",
    "bot.mcp_server": "bot bot.answering bot.formats retrieval",
    "bot.evaluation": "bot bot.answering bot.chat_log bot.formats bot.terminal"
    " retrieval retrieval.answering retrieval.engine retrieval.evaluation",
    "bot.answering": "bot bot.formats bot.sources bot.terminal retrieval retrieval.answering retrieval.articles"
    " retrieval.citations retrieval.cluster retrieval.encoding retrieval.engine retrieval.index retrieval.indexes",
    "bot.terminal": "bot bot.formats bot.sources retrieval retrieval.answering retrieval.citations retrieval.engine"
    " retrieval.index",
    "bot.monitoring": "bot retrieval",
    "bot.sources": "bot bot.formats retrieval retrieval.articles",
    "bot": "bot.chat_log bot.formats retrieval retrieval.answering retrieval.articles retrieval.encoding"
    " retrieval.index retrieval.indexes retrieval.milvus",
    "bot.chat_log": "retrieval",
    "bot.formats": "bot.languages retrieval retrieval.answering retrieval.citations",
    "bot.help": "",
    "bot.languages": "",
    "retrieval.training": "retrieval retrieval.answering retrieval.articles retrieval.encoding retrieval.engine"
    " retrieval.evaluation retrieval.index",
    "retrieval.evaluation": "retrieval retrieval.answering retrieval.articles retrieval.encoding retrieval.engine "
    "retrieval.index",
    "retrieval.api": "retrieval retrieval.citations retrieval.encoding retrieval.engine retrieval.index"
    " retrieval.indexes",
    "retrieval.cluster": "retrieval retrieval.articles retrieval.encoding retrieval.index",
    "retrieval.citations": "retrieval retrieval.answering retrieval.articles retrieval.engine retrieval.index"
    " retrieval.indexes",
    "retrieval.engine": "retrieval retrieval.answering retrieval.encoding retrieval.index retrieval.indexes",
    "retrieval.answering": "retrieval retrieval.encoding retrieval.index retrieval.indexes",
    "retrieval.indexes": "retrieval retrieval.index retrieval.milvus",
    "retrieval.milvus": "retrieval retrieval.encoding retrieval.index",
    "retrieval.index": "retrieval retrieval.articles retrieval.encoding",
    "retrieval.encoding": "retrieval",
    "retrieval.articles": "retrieval",
    "retrieval": "",
}
"""Each room, and the rooms that it may import: every arrow points down this list."""
FACADES = {
    "bot.main": {"bot.__main__", "bot.main", "bot.start"},
    "retrieval.api": {"retrieval", "retrieval.api"},
    "retrieval.engine": {"retrieval.engine", "retrieval.explain"},
    "retrieval.indexes": {"retrieval.indexes", "retrieval.builds"},
}
"""Modules beside the rooms that stand on top of them; the others beside them are what every room stands on."""


def room(module: str) -> str:
    """The room that a module is in."""
    for facade, members in FACADES.items():
        if module in members:
            return facade
    parts = module.split(".")
    return ".".join(parts[:2]) if ROOT.joinpath(*parts[:2]).is_dir() else parts[0]


def test_rooms_import_what_the_table_allows() -> None:
    known = modules().keys() - set(PACKAGES)
    arrows: dict[str, set[str]] = {name: set() for name in ROOMS}
    for module, file in modules().items():
        arrows[room(module)] |= {room(name) for name in imported(file, anywhere=True) & known}
    for name, targets in arrows.items():
        assert targets - {name} == set(ROOMS[name].split()), f"what {name} imports"


def test_every_arrow_between_rooms_points_down() -> None:
    floors = list(ROOMS)
    for number, name in enumerate(floors):
        assert set(ROOMS[name].split()) <= set(floors[number + 1 :]), name


VAGUE = frozenset(
    ["said", "told", "asked", "shown", "found", "made", "one", "put", "kept", "given", "wanted", "held", "got", "done"]
)
"""Words that name nothing: a local is named for what it is."""
MOST_VAGUE = 3  # in a thousand names


def names(file: Path) -> Iterator[str]:
    """Every name that a module gives or uses, without what stands behind a dot."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


@pytest.mark.parametrize("folder", sorted({str(file.parent.relative_to(ROOT)) for file in modules().values()}))
def test_names_say_what_they_name(folder: str) -> None:
    used = [name.lstrip("_") for file in (ROOT / folder).glob("*.py") for name in names(file)]
    vague = Counter(name for name in used if name in VAGUE)
    share = 1000 * vague.total() / max(len(used), 1)
    assert share <= MOST_VAGUE, vague.most_common()


COMMANDS = (
    "ask|index|fetch|search|show|verify|status|doctor|setup|chat|discord|eval|calibrate|tune|reach|feedback|store"
    "|gc|migrate|replay|serve|mcp|help"
)
COMMAND_LINE = re.compile(rf"(?<![\w-])--[a-z]|`quoth |\bquoth (?:{COMMANDS})\b")


def texts(file: Path) -> Iterator[str]:
    """The strings of a module, without its docstrings."""
    tree = ast.parse(file.read_text("utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def test_the_engine_names_no_command_or_option() -> None:
    """Its errors carry remedies, and the front end says how to follow them; training has a command line of its own."""
    assert [text for text in texts(ROOT / "bot" / "remedies.py") if COMMAND_LINE.search(text)]
    own = ("bot", "retrieval.training")
    engine = [file for name, file in modules().items() if not name.startswith(own)]
    named = [(file.name, text) for file in engine for text in texts(file) if COMMAND_LINE.search(text)]
    assert named == []


def test_the_order_of_the_line() -> None:
    """files -> articles -> sentences -> passages -> generation; nothing points back."""
    line = ["records", "articles.sentences", "articles.passages", "index.build"]
    for place, name in enumerate(line):
        later = {f"retrieval.{other}" for other in line[place + 1 :]}
        assert imported(ROOT / "retrieval" / f"{name.replace('.', '/')}.py", anywhere=True) & later == set()
    assert {
        module for module in imported(ROOT / "retrieval" / "records.py", anywhere=True) if "retrieval" in module
    } == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_map_of_a_package_shows_every_room(package: str) -> None:
    docstring = (ROOT / package / "__init__.py").read_text("utf-8").split('"""')[1]
    drawn, parents = set[str](), [package]
    for indent, name in ROOM.findall(docstring):
        parents[len(indent) // 2 + 1 :] = [name]
        drawn.add("/".join(parents))
    rooms = {file.parent.relative_to(ROOT).as_posix() for file in (ROOT / package).rglob("*/__init__.py")}
    assert drawn == rooms, f"draw every room into the map in {package}/__init__.py, and no other"


def python(code: str, *arguments: str, cwd: Path = ROOT) -> str:
    """What a fresh interpreter prints for the code."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_importing_any_module_writes_nothing_and_says_nothing(tmp_path: Path) -> None:
    code = """
import importlib, os, sys, threading
written = []
def hook(event, arguments):
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes and arguments[0] != os.devnull or event in ("os.mkdir", "os.rename", "os.remove", "socket.connect"):
        written.append((event, str(arguments[0])))
    if event == "subprocess.Popen":
        started.append(str(arguments[1]))
started = []
sys.addaudithook(hook)
for name in sys.argv[1:]:
    importlib.import_module(name)
    assert not written, (name, written)
    assert not [told for told in started if "quoth" in told], (name, started)
    assert threading.active_count() == 1, name
"""
    names = [name for name in modules() if not name.endswith("__main__")]
    assert python(code, *names, cwd=tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_asking_never_loads_torch(tmp_path: Path) -> None:
    """Nor does importing the package load what only an engine needs."""
    building = """
import sys
from pathlib import Path
from retrieval.index.build import build
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.index.manifest import PassageSettings
corpus, index, cache = map(Path, sys.argv[1:])
build(corpus, index, lambda before: passage_encoder(EncoderSettings(engine="onnx"), cache), PassageSettings())
"""
    asking = """
import json, sys
from pathlib import Path
import retrieval
bare = sorted(sys.modules)
engine = retrieval.Engine.open(sys.argv[1], cache=Path(sys.argv[2]))
answer = engine.ask("Who winds the clocks of the musem?")
assert answer.answered, answer
from retrieval.citations.permalink import resolve
from retrieval.citations.verifier import verify
assert resolve(Path(sys.argv[1]), answer.quotes[0].citation.ref).text == answer.quotes[0].text
assert verify(engine, "Nobody ever wrote this about a clock.").verdict
print(json.dumps([bare, sorted(sys.modules)]))
"""
    index = str(tmp_path / "index")
    python(building, str(write_corpus(tmp_path / "corpus")), index, str(MODEL_CACHE))
    bare, loaded = json.loads(python(asking, index, str(MODEL_CACHE)))
    assert HEAVY & set(loaded) == set()
    assert FRONT_ENDS & set(loaded) <= {"asyncio"}, "asyncio comes with the standard library's own imports"
    assert "faiss" in loaded
    assert {"numpy", "faiss", "onnxruntime", "tokenizers"} & set(bare) == set()


def test_the_top_level_is_as_designed() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout: what is tracked cannot be told")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tracked = {name.split("/")[0] for name in listed.split("\0") if name}
    if not tracked:
        pytest.skip("nothing is committed yet")
    assert tracked == TOP_LEVEL
