"""The progress of long work: a bar in a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, assert_never

from bot.formats.numbers import count
from bot.formats.visible import one_line
from bot.streams import notice
from bot.terminal.screen import error_console
from retrieval.errors import megabytes

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from retrieval.index.resources import Announcement

BAR_AFTER = 1.0  # seconds before anything is shown in a terminal
LINE_AFTER = 5.0  # seconds that a stage lasts before a log gets a line of it
LINE_EVERY = 20.0  # seconds from one line of a stage to the next, so that a log is never silent for half a minute

STAGES = {
    "read": "Reading files",
    "ocr": "Reading scanned pages",
    "encode": "Encoding passages",
    "write": "Writing to disk",
    "upload": "Sending to the server",
}


class Bar:
    """Called with (done, total) as work goes on, stage by stage; leaves nothing behind in a terminal."""

    def __init__(self, label: str, *, quiet: bool = False) -> None:
        self._console = error_console()
        self._quiet = quiet
        self._began = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self.stage(label)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def stage(self, label: str) -> None:
        """Go on with another stage of the work, from its beginning."""
        self._label = label
        self._stage_began: float | None = None
        self._next_line = 0.0
        if self._bar is not None and self._task is not None:
            self._bar.remove_task(self._task)
        self._task = None

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def __call__(self, finished: int, total: int) -> None:
        """Show that so much of the stage is done."""
        if self._quiet:
            return
        now = time.monotonic()
        if self._stage_began is None:
            self._stage_began, self._next_line = now, now + LINE_AFTER
        if self._console.is_terminal:
            if now - self._began > BAR_AFTER:
                self._show(finished, total, now - self._stage_began)
        elif now > self._next_line:
            self._next_line = now + LINE_EVERY
            speed = ", ".join(filter(None, _speed(finished, total, now - self._stage_began)))
            notice(f"{self._label}: {finished:,} of {total:,} so far" + (f" ({speed})" if speed else ""))

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        if self._quiet:
            return
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            notice(text)

    def _show(self, finished: int, total: int, seconds: float) -> None:
        if self._bar is None:
            self._bar = self._new_bar()
            self._bar.start()
        if self._task is None:
            self._task = self._bar.add_task(self._label, total=total, rate="", left="")
        rate, left = _speed(finished, total, seconds)
        self._bar.update(self._task, completed=finished, total=total, rate=rate, left=left)

    def _new_bar(self) -> Progress:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = ("{task.description}", "{task.fields[rate]}", "{task.fields[left]}")
        name, rate, left = map(TextColumn, columns)
        return Progress(name, BarColumn(24), MofNCompleteColumn(), rate, left, console=self._console, transient=True)


def _speed(finished: int, total: int, seconds: float) -> tuple[str, str]:
    """Return how fast a stage goes on, and how long it will take; both empty where nothing is done yet."""
    rate = finished / seconds if seconds else 0.0
    if not rate:
        return "", ""
    return (
        f"{rate:,.0f} a second" if rate >= 1 else f"{rate:.2g} a second"
    ), f"{_clock((total - finished) / rate)} left"


class BuildProgress:
    """Called with (stage, finished, total) as a build goes on."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._bar, self._stage = Bar("", quiet=quiet), ""

    def __enter__(self) -> BuildProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, stage: str, finished: int, total: int) -> None:
        """Show that so much of the stage is done."""
        if stage != self._stage:
            self._stage = stage
            self._bar.stage(STAGES.get(stage, stage))
        self._bar(finished, total)

    def announce(self, announcement: Announcement) -> None:
        """Print what is announced of the build."""
        self._bar.note(_announcement(announcement))


def _announcement(announcement: Announcement) -> str:
    from retrieval.index.resources import Estimate, GoesOn, MakesAgain

    match announcement:
        case Estimate(passages, seconds, disk, memory):
            needs = f"about {_duration(seconds)}, {megabytes(disk)} of disk, {megabytes(memory)} of memory"
            return f"About {count(passages, 'passage')} to encode: {needs}."
        case GoesOn(passages):
            are = "is" if passages == 1 else "are"
            return f"Going on from what is there: {count(passages, 'passage')} {are} encoded already."
        case MakesAgain(fault):
            return one_line(f"{fault}, so the index is made again.")
    assert_never(announcement)


def announce_export(model: str) -> None:
    """Announce the slow export of a model, which happens once."""
    notice(f"Preparing the model {model} (about half a minute, only this once)…")


def _duration(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return count(minutes, "minute")
    return count(round(minutes / 60), "hour")


def _clock(seconds: float) -> str:
    """Whole seconds as a clock shows them: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
