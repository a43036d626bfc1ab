"""Press Ctrl-C at any instant of a command: status 130 or its own, no traceback, and the index is unchanged."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from retrieval.index.generation import Generation
from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import LIMIT, ROOT, command, copied, entry, environment, quoth, temporary
from tests.attacks.words import UNFORESEEN

INTERRUPTED = (130, -signal.SIGINT)
"""What a shell reports as 130: quoth's own status, and death by SIGINT while Python shuts down."""
STARTED = 0.03  # seconds until quoth's first module is imported; before that Python itself starts
SURELY = 20  # with this many tries, some must interrupt a running command
COMMANDS = (
    ("ask", "When did Albania join NATO?", "--json"),
    ("index", "{corpus}", "--rebuild"),
    ("index", "{corpus}"),
    ("status",),
    ("verify", "Albania has belonged to NATO since 2009."),
    ("chat",),
    ("--help",),
)


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Interrupt `tries` commands."""
    with temporary() as home:
        return tally("interrupts", _tries(_Site(home), tries, random.Random(seed)), progress)


def _tries(site: _Site, count: int, rng: random.Random) -> Iterator[Try]:
    surely = count >= SURELY
    for number in range(count - surely):
        yield partial(site.interrupt, COMMANDS[number % len(COMMANDS)], rng.random())
    if surely:
        yield site.check_hit


class _Site:
    """An index, and the duration of each command on it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._corpus = copied(ROOT / "seeds" / "articles", home / "corpus")
        self._index = home / "index"
        built = quoth(self._arguments(("index", "{corpus}")), cwd=home)
        if built.status:
            raise RuntimeError(built.err)
        self._takes: dict[tuple[str, ...], float] = {}
        self._hit = 0

    def check_hit(self) -> None:
        """Raise Lost if no interrupt hit a running command, because then nothing was tested."""
        expect(self._hit, "no interrupt came before its command had ended")

    def interrupt(self, arguments: tuple[str, ...], share: float) -> None:
        """Send SIGINT after a share of the command's duration."""
        if arguments[:2] == ("index", "{corpus}"):
            (self._corpus / "more.txt").write_text(f"There were {share:.9f} more.\n", "utf-8")
        before = Generation.current(self._index).manifest.fingerprint
        if arguments not in self._takes:
            began = time.monotonic()
            self._ended(self._start(arguments), arguments)
            self._takes[arguments] = time.monotonic() - began
            before = Generation.current(self._index).manifest.fingerprint
        process = self._start(arguments)
        after = STARTED + share * self._takes[arguments]
        time.sleep(after)  # not synchronisation: the random instant of the interrupt
        process.send_signal(signal.SIGINT)
        status, out, err = self._ended(process, arguments)
        ending = f"quoth {' '.join(arguments)}, interrupted after {after:.3f} s, ended with {status}: {err[-400:]}"
        self._hit += status in INTERRUPTED
        expect(status in (0, *INTERRUPTED), ending)
        expect("Traceback" not in out + err and UNFORESEEN not in out + err, ending)
        generation = Generation.current(self._index)
        checked = list(generation.verify())
        changed = generation.manifest.fingerprint != before
        expect(checked and (arguments[0] == "index" or not changed), f"the index changed by {ending}")
        is_untrue = "the index is as it was" in err and (arguments[0] != "index" or changed)
        expect(not is_untrue, f"the index changed, or no build ran: {ending}")

    def _start(self, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
        reading, writing = os.pipe()
        code = f"import os; os.write({writing}, b'.'); os.close({writing}); {entry()}"
        python = command()[:2]
        process = subprocess.Popen(
            [*python, "-c", code, *self._arguments(arguments)],
            cwd=self._home,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(writing,),
            # A process started in the background ignores interrupts, and its children inherit that.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )
        os.close(writing)
        select.select([reading], [], [], LIMIT)
        os.close(reading)
        return process

    def _ended(self, process: subprocess.Popen[bytes], arguments: tuple[str, ...]) -> tuple[int, str, str]:
        typed = b"When did Albania join NATO?\n/help\n" if arguments == ("chat",) else b""
        out, err = process.communicate(typed, timeout=LIMIT)
        return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    def _arguments(self, arguments: tuple[str, ...]) -> list[str]:
        filled = [argument.replace("{corpus}", str(self._corpus)) for argument in arguments]
        return filled if filled[0].startswith("-") else [*filled, "--index", str(self._index)]
