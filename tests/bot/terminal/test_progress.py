"""Progress is shown only where it lasts, and leaves nothing behind."""

from __future__ import annotations

import io
from itertools import pairwise

import pytest
from rich.console import Console

import bot.terminal.progress
from bot.terminal.progress import Bar, BuildProgress, _clock
from retrieval.index.resources import Announcement, Estimate, GoesOn, MakesAgain


class Clock:
    """Stands for the time module; each reading is `step` seconds after the one before."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def monotonic(self) -> float:
        self.now += self.step
        return self.now


def run(monkeypatch: pytest.MonkeyPatch, step: float, *, terminal: bool, quiet: bool = False) -> str:
    """What a build of three stages writes to the console when each call comes `step` seconds after the last."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=80, color_system=None)
    monkeypatch.setattr(bot.terminal.progress, "error_console", lambda: console)
    monkeypatch.setattr(bot.terminal.progress, "time", Clock(step))
    with BuildProgress(quiet=quiet) as progress:
        for stage in ("read", "encode", "write"):
            for finished in range(4):
                progress(stage, finished, 4)
    return stream.getvalue()


def test_a_short_build_shows_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for terminal in (True, False):
        assert run(monkeypatch, 0.01, terminal=terminal) == ""
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    output = run(monkeypatch, 0.5, terminal=True)
    assert "Encoding passages" in output
    assert output.endswith("\x1b[2K")


def test_a_log_gets_a_line_of_each_stage_that_lasts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, 3, terminal=False) == ""
    assert capsys.readouterr().err == (
        "Reading files: 2 of 4 so far (0.33 a second, 0:06 left)\n"
        "Encoding passages: 2 of 4 so far (0.33 a second, 0:06 left)\n"
        "Writing to disk: 2 of 4 so far (0.33 a second, 0:06 left)\n"
    )


def test_a_log_is_never_silent_for_half_a_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock(1)
    monkeypatch.setattr(bot.terminal.progress, "time", clock)
    lines = [clock.now]
    with BuildProgress() as progress:
        for finished in range(200):
            progress("encode", finished, 200)
            lines += [clock.now] * capsys.readouterr().err.count("\n")
    assert len(lines) > 5
    assert max(later - line for line, later in pairwise([*lines, clock.now])) < 30


def test_quiet_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for terminal in (True, False):
        assert run(monkeypatch, 10, terminal=terminal, quiet=True) == ""
    assert capsys.readouterr().err == ""


def interrupted() -> None:
    """Work of two stages that Ctrl-C ends."""
    with Bar("Asking questions") as bar:
        for finished in range(3):
            bar(finished, 3)
        bar.stage("Measuring")
        bar(1, 2)
        raise KeyboardInterrupt


def test_other_work_has_a_bar_of_its_own(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, color_system=None)
    monkeypatch.setattr(bot.terminal.progress, "error_console", lambda: console)
    monkeypatch.setattr(bot.terminal.progress, "time", Clock(0.9))
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    output = stream.getvalue()
    assert output.index("Asking questions") < output.index("Measuring")
    assert output.endswith("\x1b[2K"), "the bar is taken away when the work is interrupted"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("seconds", "clock"), [(0.4, "0:00"), (7, "0:07"), (750, "12:30"), (3723, "1:02:03")])
def test_time_left_as_a_clock(seconds: float, clock: str) -> None:
    assert _clock(seconds) == clock


@pytest.mark.parametrize(
    ("announcement", "line"),
    [
        (
            Estimate(3425, 125.0, 60_000_000, 1_200_000_000),
            "About 3,425 passages to encode: about 2 minutes, 60 MB of disk, 1.2 GB of memory.",
        ),
        (GoesOn(1200), "Going on from what is there: 1,200 passages are encoded already."),
        (GoesOn(1), "Going on from what is there: 1 passage is encoded already."),
        (
            MakesAgain("The index file /index/bits.bin is damaged (its checksum differs)"),
            "The index file /index/bits.bin is damaged (its checksum differs), so the index is made again.",
        ),
    ],
)
def test_what_is_announced_of_a_build_is_one_line(
    announcement: Announcement, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with BuildProgress() as progress:
        progress.announce(announcement)
    with BuildProgress(quiet=True) as progress:
        progress.announce(announcement)
    assert capsys.readouterr().err == f"{line}\n"
