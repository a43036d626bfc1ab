"""Whatever a command is given, and wherever its output goes: one sentence, a status of its own, never a traceback."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot import interrupts, start
from bot.cli.errors import status_of
from bot.errors import sentence
from retrieval.answering import ranking_models
from tests.bot.conftest import Cli, Ran
from tests.conftest import MODEL_CACHE
from tests.odd_files import KINDS, put_odd_file
from tests.traps import set_traps

ROOT = Path(__file__).resolve().parents[3]
QUESTION = "Who built the lighthouse of Porto Vell?"
START = "from bot.start import main; main()"

NAMES = (
    "", "  ", "x" * 300, "x" * 5000, "folder", "/dev/null", "/dev/zero", "loop", "loop/x", "file", "file/x", "\udcff",
    "-1", "0", "nan", "1e999", "9" * 400, "~nouser/x", "/nowhere/x", "\x1b[31m", "é\u202e", "deep.json", "number.json",
    "half.jsonl",
)  # fmt: skip
COMMANDS = (
    ("ask", "--file", "{}"), ("ask", "q", "--config", "{}"), ("ask", "q", "--top", "{}"), ("ask", "q", "--index", "{}"),
    ("show", "{}"), ("show", "{}@0123456789ab#0-9"), ("show", "a@0123456789ab#{}-{}"), ("verify", "x", "--index", "{}"),
    ("eval", "{}"), ("eval", "gold.jsonl", "--compare", "{}"), ("eval", "gold.jsonl", "--json", "{}", "--gate"),
    ("calibrate", "{}"), ("calibrate", "gold.jsonl", "--max-false-answers", "{}"),
    ("calibrate", "--reset", "--index", "{}"),
    ("reach", "{}", "--limit", "-1"), ("feedback", "export", "--store", "{}"), ("{}",), ("ask", "--{}"),
)  # fmt: skip


@pytest.fixture
def bench(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line over the test corpus, run among files that are not what they should be."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(bytes(range(256)))
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "deep.json").write_bytes(b"[" * 100_000)
    (tmp_path / "number.json").write_bytes(b'{"id": ' + b"9" * 5000 + b', "question": "x"}')
    (tmp_path / "half.jsonl").write_text('{"id": "\\ud800", "question": "Who \\ud800?"}')
    (tmp_path / "gold.jsonl").write_text("")
    return cli


def check(ran: Ran, *, statuses: tuple[int, ...] = (2,)) -> None:
    """It ends as it should, and a fault is told in a sentence; lists of faults have a line for each."""
    assert ran.status in statuses
    if ran.status == 2:
        first, *others = ran.err.splitlines()
        assert first.startswith("quoth: ")
        assert not [line for line in others if not line.startswith("  ")]
    assert "Traceback" not in ran.out + ran.err
    assert "went wrong" not in ran.err


@pytest.mark.parametrize("command", COMMANDS)
def test_hostile_arguments_get_a_sentence(command: tuple[str, ...], bench: Cli) -> None:
    for name in NAMES:
        check(bench(*(word.format(name, name) for word in command)), statuses=(0, 1, 2))


REGULAR = {
    (
        "status",
        "--config",
        "odd",
    ): "The settings file {}/odd cannot be read ({kind}): name a regular file, which may be empty.",
    (
        "ask",
        QUESTION,
        "--config",
        "odd",
    ): "The settings file {}/odd cannot be read ({kind}): name a regular file, which may be empty.",
    ("eval", "gold.jsonl", "--compare", "odd"): "The run file odd cannot be read ({kind}): name one that quoth eval",
    ("eval", "odd.jsonl"): "The gold set odd.jsonl cannot be read ({kind}): check its permissions, or name another.",
    ("calibrate", "odd.json"): "The gold set odd.json cannot be read ({kind}): check its permissions, or name another.",
    ("reach", "odd.jsonl"): "The gold set odd.jsonl cannot be read ({kind}): check its permissions, or name another.",
    ("discord",): "The file that token_file below [discord] names cannot be read ({kind}): name one that holds the tok",
    (
        "discord",
        "--invite",
    ): "The file that token_file below [discord] names cannot be read ({kind}): name one that hol",
}


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", REGULAR)
def test_no_file_that_is_read_is_waited_for(
    command: tuple[str, ...], kind: str, bench: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("odd", "odd.jsonl", "odd.json"):
        put_odd_file(tmp_path / name, kind)
    monkeypatch.setenv("QUOTH_DISCORD_TOKEN_FILE", str(tmp_path / "odd"))
    ran = bench(*command)
    check(ran)
    assert ran.err.startswith("quoth: " + REGULAR[command].format(tmp_path, kind=f"it is a {kind}")), ran.err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "QUOTH_INDEX_PATH",
            "The setting QUOTH_INDEX_PATH = '~nouser/x' in the environment is not valid: its ~ stands",
        ),
        ("QUOTH_CORPUS_PATH", "The setting QUOTH_CORPUS_PATH = '~nouser/x' in the environment is not valid: its ~"),
        ("QUOTH_MODEL_CACHE", "The setting QUOTH_MODEL_CACHE = '~nouser/x' in the environment is not valid: its ~"),
        (
            "QUOTH_MODEL_NAME",
            "The setting QUOTH_MODEL_NAME = '~nouser/x' in the environment is not valid: its ~ stands",
        ),
        ("QUOTH_ANSWER_RERANKER", "The setting QUOTH_ANSWER_RERANKER = '~nouser/x' in the environment is not valid"),
        ("QUOTH_DISCORD_STORE", "The setting QUOTH_DISCORD_STORE in the environment is not valid: its ~ stands for a"),
        ("QUOTH_DISCORD_TOKEN_FILE", "The setting QUOTH_DISCORD_TOKEN_FILE in the environment is not valid: its ~"),
        ("QUOTH_CONFIG", "The path ~nouser/x begins with a home folder that is not known, ~nouser: write it out"),
    ],
)
def test_the_home_of_nobody(name: str, message: str, bench: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "~nouser/x")
    ran = bench("ask", QUESTION)
    check(ran)
    assert ran.err.startswith(f"quoth: {message}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x = " + "[" * 5000, "is not valid TOML (a number or nesting is too large): correct that line."),
        ("[answer]\ntop = " + "9" * 5000, "is not valid TOML (a number or nesting is too large): correct that line."),
        ("[answer]\ntop = 0x" + "f" * 5000, "The setting answer.top = (too long to print) in"),
        ("[answer]\nthreshold = " + "9" * 400, "9… in"),
        ("[answer]\ntop = " + "[" * 200 + "]" * 200, "The setting answer.top in "),
        ("[model]\nname = '" + "x" * 5000 + "'\n[answer]\ntop = 0", "answer.top = 0 in"),
        (
            '[discord.collections]\n"' + "9" * 5000 + '" = "x"',
            "it must be a table of ids, which are whole numbers, and their paths.",
        ),
        ("[discord]\nservers = [" + "9" * 4000 + "]", 'it must be "all" or a list of ids, which are whole numbers.'),
    ],
)
def test_settings_beyond_measure(content: str, message: str, bench: Cli, tmp_path: Path) -> None:
    (tmp_path / "quoth.toml").write_text(content)
    ran = bench("status")
    check(ran)
    assert message in ran.err
    assert len(ran.err) < 500


def test_a_working_directory_that_is_gone(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for command in (["ask", QUESTION], ["status"], ["index"], ["show", "x"], ["discord"]):
        ran = cli(*command)
        check(ran)
        assert ran.err.startswith("quoth: The working directory cannot be used (No such file or directory): change to")
    assert cli("--version").status == 0


@pytest.mark.parametrize("content", ["", "[]", '{"format": 1, "models": 3}', '{"format": "1"}', None])
def test_odd_fitted_numbers(content: str | None, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if content is not None:
        (tmp_path / "ranking.json").write_text(content)
    monkeypatch.setattr(ranking_models, "FILE", tmp_path / "ranking.json")
    ranking_models._all.cache_clear()
    try:
        ran = cli("ask", QUESTION)
    finally:
        monkeypatch.undo()
        ranking_models._all.cache_clear()
    check(ran)
    assert ran.err.startswith(f"quoth: The fitted numbers {tmp_path / 'ranking.json'} cannot be used (")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(13, "Permission denied", "/x/y"), "/x/y cannot be used (Permission denied): check the path"),
        (
            OSError(28, "No space left on device"),
            "The operating system reported a fault (No space left on device): fix",
        ),
        (OSError(24, "Too many open files"), "The operating system reported a fault (Too many open files): fix that"),
        (MemoryError(), "There is not enough memory for this: free some, and try again."),
    ],
)
def test_faults_of_the_system_have_a_sentence(error: Exception, message: str) -> None:
    assert sentence(error).startswith(message)


def test_an_interrupt_that_a_library_made_its_own_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "_received", [])

    def work() -> int:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        raise ImportError("a part of it could not be imported")

    before = signal.getsignal(signal.SIGINT)
    interrupts.raise_interrupts()
    try:
        assert status_of(work) == 130
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("size", ["0", "-5", "abc", "1", "10", "²", "9" * 30])
def test_a_size_that_no_terminal_has_is_not_believed(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in start.SIZES:
        monkeypatch.setenv(name, size)
    start._tidy_environment()
    assert not {*start.SIZES} & {*os.environ}


def run(line: str, index: Path) -> subprocess.CompletedProcess[str]:
    """A line of shell, in which $QUOTH is the command."""
    environment = {
        **os.environ,
        "QUOTH_INDEX_PATH": str(index),
        "QUOTH_MODEL_CACHE": str(MODEL_CACHE),
        "QUOTH": f"{sys.executable} -c '{START}'",
        "COLUMNS": "0",
    }
    return subprocess.run(
        ["sh", "-c", f"eval {line}"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


LOST = (
    "quoth: Standard output cannot be written (No space left on device): free some space, or redirect it elsewhere.\n"
)
CLOSED = "quoth: Standard output cannot be written (it is closed): redirect it elsewhere.\n"


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("ask --json lighthouse", 2, LOST),
        ("--help", 2, LOST),
        ("chat", 2, LOST),
        ("status", 2, CLOSED),
        ("status 2>&-", 2, ""),
        ("nonsense 2>&-", 2, ""),
        ("nonsense 2>/dev/full", 2, ""),
        ("ask bread 2>&-", 1, ""),
        ("ask bread 2>/dev/full", 1, ""),
    ],
)
def test_streams_that_cannot_be_written(line: str, status: int, message: str, index: Path) -> None:
    to = {LOST: ">/dev/full", CLOSED: ">&-"}.get(message, ">&-" if line == "status 2>&-" else "")
    process = run(f'"echo {QUESTION} | $QUOTH {line} {to}"', index)
    assert (process.returncode, process.stderr) == (status, message)


INTERRUPTED = """
import os, signal, sys
left = int(sys.argv.pop(1))
def interrupt(event, arguments):
    global left
    if event in ("import", "open") and "bot.cli.errors" in sys.modules:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(interrupt)
from bot.start import main
main()
"""
FINALIZER = """
import os, signal, sys
class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
def run(*_):
    Dying()
    return 0
import bot.cli.status, bot.start
bot.cli.status.run = run
bot.start.main()
"""
ENDING = """
import atexit, os, signal
from bot.start import main
try:
    main()
finally:
    atexit.register(os.kill, os.getpid(), signal.SIGINT)
"""


def interrupted(code: str, *arguments: str, index: Path) -> tuple[int, str]:
    """The status of quoth, run by this code that interrupts itself, and what it told."""
    environment = {**os.environ, "QUOTH_INDEX_PATH": str(index), "QUOTH_MODEL_CACHE": str(MODEL_CACHE)}
    process = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, check=False, timeout=60,
    )  # fmt: skip
    return process.returncode, process.stderr


@pytest.mark.parametrize("instant", [1, 20, 90, 200, 300, 400, 500, 600, 700])
def test_an_interrupt_at_any_instant_is_130(instant: int, index: Path) -> None:
    ended = interrupted(INTERRUPTED, str(instant), "ask", QUESTION, index=index)
    assert ended == (130, "Interrupted.\n")


@pytest.mark.parametrize("code", [FINALIZER, ENDING])
def test_an_interrupt_where_nothing_can_be_raised_is_130(code: str, index: Path) -> None:
    assert interrupted(code, "status", index=index) == (130, "Interrupted.\n")


def test_an_interrupt_that_is_ignored_stays_so(index: Path) -> None:
    """As for a command that a script runs in the background."""
    code = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{INTERRUPTED}"
    assert interrupted(code, "90", "ask", QUESTION, index=index) == (0, "")


@pytest.mark.parametrize("path", [os.pathsep, ".", "lib", "{}", "link", "{}/link", f"lib{os.pathsep}lib/.."])
def test_nothing_is_imported_from_among_the_articles(path: str, index: Path, tmp_path: Path) -> None:
    begun = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, check=True)
    names = {*begun.stdout.decode().split(), "__future__", "atexit", "bot", "sitecustomize", "usercustomize"}
    sprung = [set_traps(folder) for folder in (tmp_path, tmp_path / "lib")]
    for name in names:  # what Python imports before quoth begins
        for trap in sprung:
            (trap.parent / f"{name}.py").unlink(missing_ok=True)
    (tmp_path / "link").symlink_to(tmp_path)
    environment = {**os.environ, "QUOTH_INDEX_PATH": str(index), "QUOTH_MODEL_CACHE": str(MODEL_CACHE)}
    process = subprocess.run(
        [sys.executable, "-P", "-c", START, "ask", QUESTION, "--top", "1"],
        cwd=tmp_path, env={**environment, "PYTHONPATH": path.format(tmp_path)}, capture_output=True, check=False,
    )  # fmt: skip
    assert (process.returncode, process.stderr) == (0, b"")
    assert not [trap.read_text("utf-8") for trap in sprung if trap.exists()]
