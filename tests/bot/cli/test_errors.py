"""Errors as the user meets them, and how the command line starts."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.answering.building import build_index
from bot.cli.errors import status_of
from bot.exit_status import GOES_ON
from bot.interrupts import BuildInterrupted
from bot.settings import CorpusSettings, IndexSettings, Settings
from tests.bot.conftest import Cli
from tests.conftest import MODEL_CACHE
from tests.odd_files import KINDS, put_odd_file
from tests.retrieval.index.test_resume import Ended
from tests.toy import build_toy, write_corpus

ROOT = Path(__file__).resolve().parents[3]


def quoth(*arguments: str, index: Path, code: str = "from bot.main import main; main()") -> subprocess.Popen[str]:
    """The command line in a process of its own."""
    environment = {**os.environ, "QUOTH_INDEX_PATH": str(index), "QUOTH_MODEL_CACHE": str(MODEL_CACHE)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_build_says_that_the_index_is_as_it_was(
    error: type[BaseException], own: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("bot.interrupts._received", [2])  # a library may have made another error of it
    monkeypatch.setattr("bot.answering.building.build", interrupt)
    with pytest.raises(BuildInterrupted):
        build_index(Settings(CorpusSettings(corpus), IndexSettings(own)), lambda *_: None)


def test_a_build_that_was_over_when_it_was_interrupted_does_not_say_so(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish(*_: object, **__: object) -> None:
        (own / "CURRENT").write_bytes(b"another")
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.answering.building.build", publish)
    with pytest.raises(KeyboardInterrupt) as interrupt:
        build_index(Settings(index=IndexSettings(own)), lambda *_: None)
    assert interrupt.type is KeyboardInterrupt


def test_an_interrupted_build_has_a_sentence(
    own: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.answering.building.build", interrupt)
    for index, sentence in (
        (own, "Interrupted; the index is as it was.\n"),
        (tmp_path / "first", "Interrupted; no index was made.\n"),
    ):
        settings = Settings(CorpusSettings(corpus), IndexSettings(index))

        def work(settings: Settings = settings) -> int:
            build_index(settings, lambda *_: None)
            return 0

        assert status_of(work) == 130
        assert capsys.readouterr().err == sentence


def ended_builds(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, rebuild: bool = False
) -> tuple[int, int]:
    """End a build over an index, and a first one, by an error, and return their exit statuses."""

    def end(corpus: Path, index: Path, *_: object, rebuild: bool, **__: object) -> None:
        build_toy(corpus, index, Ended(after=5, error=error), rebuild=rebuild)

    monkeypatch.setattr("bot.answering.building.build", end)
    corpus = write_corpus(tmp_path / "corpus")
    build_toy(corpus, tmp_path / "toy")
    (corpus / "storm.txt").write_text(" ".join(f"The storm of {year} was the worst." for year in range(1900, 2000)))

    def work(name: str) -> int:
        settings = Settings(CorpusSettings(corpus), IndexSettings(tmp_path / name))
        build_index(settings, lambda *_: None, rebuild=rebuild)
        return 0

    return status_of(lambda: work("toy")), status_of(lambda: work("first"))


@pytest.mark.parametrize(("rebuild", "command"), [(False, "quoth index"), (True, "quoth index --rebuild")])
def test_an_interrupted_build_says_how_the_next_one_goes_on_from_there(
    rebuild: bool, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended_builds(KeyboardInterrupt(), tmp_path, monkeypatch, rebuild=rebuild) == (130, 130)
    assert capsys.readouterr().err == (
        f"Interrupted; the index is as it was. {GOES_ON.format(command=command)}\n"
        f"Interrupted; no index was made. {GOES_ON.format(command='quoth index')}\n"
    )


TERMINATED = """
import os, signal, sys
number = getattr(signal, sys.argv.pop(1))
from retrieval.index import build
write = build.Assembly.encode
def end(self, *arguments):
    for count, encoded in enumerate(write(self, *arguments)):
        if count == 1:
            os.kill(os.getpid(), number)
        yield encoded
build.Assembly.encode = end
from bot.start import main
main()
"""


@pytest.mark.parametrize(("number", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_ends_a_build_with_a_sentence_and_puts_it_away(
    number: str, status: int, corpus: Path, tmp_path: Path
) -> None:
    index = tmp_path / "own"
    process = quoth(number, "index", str(corpus), index=index, code=TERMINATED)
    _, err = process.communicate(timeout=60)
    assert err == f"Interrupted; no index was made. {GOES_ON.format(command='quoth index')}\n"
    assert process.returncode == status
    assert [*index.glob("building-*")] == []


def test_a_full_disk_leaves_the_index_as_it_was_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    assert ended_builds(full, tmp_path, monkeypatch) == (2, 2)
    remedy = "make it writable, free some space, or name another with --index."
    goes_on = GOES_ON.format(command="quoth index")
    assert capsys.readouterr().err == (
        f"quoth: The index folder {tmp_path}/toy cannot be written (No space left on device): {remedy} "
        f"The index is as it was. {goes_on}\n"
        f"quoth: The index folder {tmp_path}/first cannot be written (No space left on device): {remedy} {goes_on}\n"
    )


def test_an_interrupt_says_no_more_than_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise KeyboardInterrupt

    assert status_of(work) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_the_unexpected_gets_a_reference_and_the_log_the_rest(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> int:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr("bot.cli.status.run", run)
    ran = cli("status")
    match = re.fullmatch(
        r"quoth: Something went wrong unexpectedly \(reference (\w{8})\); the details are in (.*)\.\n", ran.err
    )
    assert match is not None
    assert (ran.status, ran.out) == (2, "")
    log = Path(match[2]).read_text("utf-8")
    assert f"reference {match[1]}\n" in log
    assert "ZeroDivisionError: deep inside" in log


def test_the_log_falls_back_to_a_temporary_folder(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("platformdirs.user_log_path", lambda _: tmp_path / "file" / "below")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("bot.cli.status.run", lambda *_: 1 // 0)
    assert f"the details are in {tmp_path / 'quoth.log'}." in cli("status").err


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("kind", KINDS)
def test_a_log_that_is_no_file_is_not_waited_for(
    kind: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").mkdir()
    put_odd_file(tmp_path / "logs" / "quoth.log", kind)
    monkeypatch.setattr("platformdirs.user_log_path", lambda _: tmp_path / "logs")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("bot.cli.status.run", lambda *_: 1 // 0)
    assert f"the details are in {tmp_path / 'quoth.log'}." in cli("status").err


def test_a_reader_that_leaves_ends_it_quietly(index: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    environment = {**os.environ, "QUOTH_INDEX_PATH": str(index)}
    process = subprocess.run(
        [sys.executable, "-m", "bot.main", "status"],
        cwd=ROOT, env=environment, stdout=write, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(write)
    assert (process.returncode, process.stderr) == (141, "")


def test_asking_loads_nothing_that_only_indexing_needs(index: Path) -> None:
    code = "import sys\nfrom bot.main import main\ntry:\n    main()\nfinally:\n    print(*sys.modules)"
    out, err = quoth("ask", "Who built the lighthouse?", "--json", index=index, code=code).communicate(timeout=60)
    loaded = set(out.split())
    assert err == ""
    assert "onnxruntime" in loaded
    assert not loaded & {
        "torch",
        "transformers",
        "sentence_transformers",
        "onnx",
        "trafilatura",
        "rich",
        "jinja2",
        "retrieval.index.build",
    }


def test_showing_in_the_terminal_loads_no_template_engine(index: Path) -> None:
    out, _ = quoth("ask", "Who built the lighthouse?", "--json", index=index).communicate(timeout=60)
    ref = json.loads(out)["quotes"][0]["citation"]["ref"]
    code = "import sys\nfrom bot.main import main\ntry:\n    main()\nfinally:\n    print(*sys.modules)"
    in_terminal, _ = quoth("show", ref, index=index, code=code).communicate(timeout=60)
    as_page, _ = quoth("show", ref, "--html", "-", index=index, code=code).communicate(timeout=60)
    assert ("jinja2" in in_terminal.split(), "jinja2" in as_page.split()) == (False, True)


@pytest.mark.parametrize(("setting", "in_force"), [(None, "1"), ("3", "3")])
def test_openblas_has_one_thread_unless_the_user_says_otherwise(
    setting: str | None, in_force: str, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if setting is not None:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", setting)
    code = (
        "import os\nfrom bot.main import main\ntry:\n    main()\nfinally:\n    print(os.getenv('OPENBLAS_NUM_THREADS'))"
    )
    out, err = quoth("--version", index=index, code=code).communicate(timeout=60)
    assert (out.splitlines()[-1], err) == (in_force, "")


def test_help_loads_no_engine() -> None:
    code = "import sys\nfrom bot.main import app\nprint(*({'numpy', 'retrieval', 'rich'} & set(sys.modules)))"
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert process.stdout == "\n"


COMMANDS = (
    "index",
    "fetch",
    "ask",
    "search",
    "chat",
    "discord",
    "show",
    "verify",
    "status",
    "setup",
    "doctor",
    "help",
    "serve",
    "mcp",
    "eval",
    "calibrate",
    "tune",
    "reach",
    "gc",
    "migrate",
    "replay",
)


def test_the_help_names_every_command_on_a_line_of_its_own(empty_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = re.findall(r"^│ (\w*) +[A-Z].*│$", empty_cli("--help").out, re.MULTILINE)
    assert listed == [*COMMANDS, "feedback", "store"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(empty_cli: Cli, command: str) -> None:
    ran = empty_cli(command, "--help")
    assert ran.status == 0
    assert re.search(rf"Examples:\s+• quoth {command}", ran.out)


def test_no_arguments_show_the_help(empty_cli: Cli) -> None:
    ran = empty_cli()
    assert "Usage: quoth" in ran.out + ran.err


def test_the_version(empty_cli: Cli) -> None:
    assert re.fullmatch(
        r"quoth(, run from a checkout that is not installed| \d+\.\d+\.\d+)\n", empty_cli("--version").out
    )
