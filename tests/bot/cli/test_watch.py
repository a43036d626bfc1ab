"""`quoth index --watch`."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from bot.cli import watch as watching
from bot.interrupts import BuildInterrupted
from retrieval.index.generation import Generation
from retrieval.installing import install_command
from tests.bot.cli.test_errors import quoth
from tests.bot.conftest import Cli

Step = Callable[[], object]
Run = Callable[..., tuple[int, str, str]]
BUILT = re.compile(r"\d\d:\d\d:\d\d Built in [\d.]+ s: (\d+) articles?, \d+ passages?; (\d+) encoded anew.*\.\n")


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder with one article."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.md").write_text("The ferry leaves at nine.\n")
    return folder


@pytest.fixture
def run(
    empty_cli: Cli, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Watches the folder while each step is taken after a build, and Ctrl-C is pressed after the last."""

    def watch(*steps: Step, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
        left = list(steps)

        def wait(self: object, seconds: float) -> frozenset[Path]:
            if not left:
                raise KeyboardInterrupt
            left.pop(0)()
            return frozenset([articles])

        monkeypatch.setattr("bot.sources.watching.FolderWatch.wait", wait)
        ran = empty_cli("index", articles, "--index", tmp_path / "ix", "--watch", *options)
        return ran.status, ran.out, ran.err

    return watch


def test_each_build_that_changes_something_is_one_line(run: Run, articles: Path, tmp_path: Path) -> None:
    status, out, err = run(
        lambda: (articles / "b.md").write_text("A berth costs forty crowns.\n"),
        lambda: (articles / "b.md").write_text("A berth costs forty crowns.\n"),
        lambda: (articles / "a.md").unlink(),
    )
    assert (status, err) == (0, "Stopped watching; the index is as it was last built.\n")
    lines = out.splitlines(keepends=True)
    assert [match.groups() for line in lines if (match := BUILT.fullmatch(line))] == [
        ("1", "1"),
        ("2", "1"),
        ("1", "0"),
    ]
    assert len(lines) == 3
    assert lines[2].endswith("0 encoded anew, 1 article removed.\n")


def test_a_build_that_fails_is_said_and_tried_again_at_the_next_change(
    run: Run, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_() -> None:
        monkeypatch.setattr("bot.answering.building.build", _full)

    def _full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    build = __import__("bot.answering.building", fromlist=["build"]).build

    def mend() -> None:
        monkeypatch.setattr("bot.answering.building.build", build)
        (articles / "b.md").write_text("A berth costs forty crowns.\n")

    status, out, err = run(break_, mend)
    assert status == 0
    assert err.splitlines()[0].startswith("quoth: The operating system reported a fault (No space left on device)")
    assert len(out.splitlines()) == 2


def test_each_file_that_is_skipped_is_named_once(run: Run, articles: Path) -> None:
    status, out, _ = run(
        lambda: (articles / "bad.pdf").write_text("No PDF.\n"),
        lambda: (articles / "b.md").write_text("A berth costs forty crowns.\n"),
        lambda: (articles / "worse.pdf").write_text("No PDF either.\n"),
    )
    assert status == 0
    named = [line.split()[1] for line in out.splitlines() if line.startswith("  skipped")]
    assert named == ["bad.pdf", "worse.pdf"]


def test_a_fault_is_said_once_until_it_is_another(run: Run, articles: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    _, _, err = run(
        lambda: articles.rename(away), lambda: None, lambda: away.rename(articles), lambda: articles.rename(away)
    )
    faults = [line for line in err.splitlines() if line.startswith("quoth: ")]
    assert len(faults) == 2
    assert faults[0] == faults[1]
    assert str(articles) in faults[0]


def test_what_is_wrong_with_the_place_of_the_index_is_said_as_without_watching(
    run: Run, articles: Path, tmp_path: Path, empty_cli: Cli
) -> None:
    place = ("--index", str(tmp_path / ("a" * 300)))
    fault = empty_cli("index", articles, *place).err
    assert fault.startswith("quoth: The index folder ")
    assert run(options=place)[2].startswith(fault)


@pytest.mark.parametrize("loss", ["gone", "emptied", "replaced"])
def test_a_folder_that_is_lost_never_empties_the_index(loss: str, run: Run, articles: Path, tmp_path: Path) -> None:
    def lose() -> None:
        articles.rename(tmp_path / "away")
        if loss != "gone":
            articles.mkdir()
        if loss == "replaced":
            (articles / "other.md").write_text("Something else.\n")

    status, out, err = run(lose)
    assert (status, len(out.splitlines())) == (0, 1)
    assert str(articles) in err
    assert [article.id for article in Generation.current(tmp_path / "ix").articles()] == ["a"]


def test_ctrl_c_during_a_build_leaves_the_index_as_it_was(
    run: Run, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt() -> None:
        def interrupted(*_: object, **__: object) -> None:
            raise BuildInterrupted

        monkeypatch.setattr(watching, "build_index", interrupted)

    assert run(interrupt)[::2] == (130, "Interrupted; the index is as it was.\n")


def test_without_the_extra_it_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.extras.is_installed", lambda extra: False)
    needs = f"`quoth index --watch` needs the extra 'sources': install it with `{install_command('sources')}`."
    assert run() == (2, "", f"quoth: {needs}\n")


def test_quiet_prints_nothing_but_errors(run: Run, articles: Path) -> None:
    status, out, _ = run(lambda: (articles / "b.md").write_text("It came.\n"), options=("--quiet",))
    assert (status, out) == (0, "")


def _line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


def test_a_process_hears_of_changes_and_ends_on_ctrl_c(articles: Path, tmp_path: Path, no_waiting: None) -> None:
    process = quoth("index", str(articles), "--watch", index=tmp_path / "ix")
    try:
        assert BUILT.fullmatch(_line(process.stdout))
        (articles / "b.md").write_text("A berth costs forty crowns.\n")
        match = BUILT.fullmatch(_line(process.stdout))
        assert match is not None
        assert match[1] == "2"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == "Stopped watching; the index is as it was last built.\n"
    finally:
        process.kill()


def test_sources_are_fetched_at_their_times_and_when_their_folders_change(
    empty_cli: Cli, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = '[{ name = "one", folder = "articles" }, { name = "two", folder = "away", every = "30m" }]'
    (tmp_path / "quoth.toml").write_text(f'[index]\npath = "ix"\n[corpus]\nsources = {sources}\n')
    monkeypatch.chdir(tmp_path)
    pauses = list[float]()

    def wait(self: object, seconds: float) -> frozenset[Path]:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise KeyboardInterrupt
        (articles / f"{len(pauses)}.md").write_text(f"It came at {len(pauses)}.\n")
        return frozenset([articles] if len(pauses) == 1 else ())

    monkeypatch.setattr("bot.sources.watching.FolderWatch.wait", wait)
    ran = empty_cli("index", "--watch")
    lines = ran.out.splitlines(keepends=True)
    assert [line for line in lines if line.startswith("one")] == [
        "one: 1 file, 1 changed\n",
        "one: 2 files, 1 changed\n",
    ]
    assert [match[1] for line in lines if (match := BUILT.fullmatch(line))] == ["1", "2"]
    assert ran.err.splitlines()[0].startswith("The source two is not there")
    assert len(ran.err.splitlines()) == 2, "it is tried again at its time"
    assert 500 < pauses[0] <= 600
