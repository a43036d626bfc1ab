"""How a build's progress is told: a bar in a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from bot.screen import error_console, notice

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

BAR_AFTER = 1.0  # seconds before anything is shown in a terminal
LINE_AFTER = 5.0  # seconds that a stage lasts before a log gets a line of it

STAGES = {
    "read": "Reading files",
    "split": "Splitting articles",
    "encode": "Encoding passages",
    "terms": "Indexing words",
    "vectors": "Indexing vectors",
    "publish": "Writing to disk",
}


class BuildProgress:
    """Called with (stage, done, total) as a build goes on; leaves nothing behind in a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = error_console()
        self._quiet = quiet
        self._stage, self._told = "", False
        self._began = self._stage_began = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> BuildProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._quiet:
            return
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._stage_began, self._told = stage, now, False
            self._drop_task()
        if self._console.is_terminal:
            if now - self._began > BAR_AFTER:
                self._show(done, total)
        elif not self._told and now - self._stage_began > LINE_AFTER:
            self._told = True
            notice(f"{self._name()}: {done:,} of {total:,} so far")

    def _show(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = self._new_bar()
            self._bar.start()
        if self._task is None:
            self._task = self._bar.add_task(self._name(), total=total, rate="", left="")
        seconds = time.monotonic() - self._stage_began
        rate = done / seconds if seconds else 0.0
        left = f"{_clock((total - done) / rate)} left" if rate else ""
        self._bar.update(
            self._task, completed=done, total=total, rate=f"{rate:,.0f} a second" if rate else "", left=left
        )

    def _new_bar(self) -> Progress:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = ("{task.description}", "{task.fields[rate]}", "{task.fields[left]}")
        name, rate, left = map(TextColumn, columns)
        return Progress(name, BarColumn(24), MofNCompleteColumn(), rate, left, console=self._console, transient=True)

    def _drop_task(self) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.remove_task(self._task)
        self._task = None

    def _name(self) -> str:
        return STAGES.get(self._stage, self._stage)


def _clock(seconds: float) -> str:
    """Whole seconds as a clock shows them: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
