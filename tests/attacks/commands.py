"""Run hostile command lines in hostile surroundings: the status must be a known one, and errors clear sentences."""

from __future__ import annotations

import os
import random
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import LIMIT, ROOT, command, copied, environment, quoth, temporary
from tests.attacks.words import UNFORESEEN

STATUSES = frozenset({0, 1, 2, 130, 141})
ALONE = 0.6  # share of the tries in ordinary surroundings
VALUES = (
    "", " ", "\t", "-", "--", "-1", "0", "99999999999999999999", "nan", "~nouser/x", "~", ".", "..", "/",
    "/dev/null", "/proc/self/mem", "/dev/full", "here", "nowhere/below", "x" * 300, "x" * 5000, "\x1b[31m",
    "\u202e", "\udc80", "\n", "a\nb", "$(touch x)", "é", "漢字", "😀", "@", "#", "a@b#1-2", "a@7f5229e394a5#0-1",
    "a@7f5229e394a5#1-0", "@7f5229e394a5#0-1", "a@7f5229e394a5#" + "9" * 18 + "-" + "9" * 18,
    "albania-letter@000000000000#0-1", "a@7f5229e394a5#٣-٤", "?", "???", "the", "who " * 2000, "{gold}", "{text}",
    "{binary}", "{jsonl}", "{index}", "{folder}", "{locked}", "auto", "1e400",
)  # fmt: skip
OPTIONS = {
    "ask": ("--json", "--file", "--top", "--index", "--show-weak", "--config", "--bogus"),
    "index": ("--index", "--model", "--quiet", "--verbose", "--config", "--bogus"),
    "show": ("--html", "--index", "--config", "--bogus"),
    "verify": ("--source", "--json", "--index", "--config"),
    "status": ("--json", "--index", "--config"),
    "chat": ("--top", "--index", "--config"),
    "discord": ("--invite", "--log-json", "--index", "--config"),
    "feedback": ("--store", "--out", "--index", "--config"),
    "eval": ("--html", "--json", "--trec", "--compare", "--gate", "--index", "--config", "--skip-bad"),
    "calibrate": ("--max-false-answers", "--dry-run", "--index", "--config"),
    "reach": ("--sample", "--index", "--config"),
    "--version": (),
    "--help": (),
    "bogus": ("--bogus",),
    "": (),
}
SWITCHES = frozenset({
    "--json", "--show-weak", "--quiet", "--verbose", "--invite", "--log-json", "--gate", "--skip-bad", "--dry-run",
    "--bogus",
})  # fmt: skip
OUTSIDE = ("/", "..", "~")
"""Values that `index` never gets: it would read or write outside the attack's own folder."""
PRINTING = ["ask", "When did Albania join NATO?", "--index", "{index}"]
"""A command that prints, run in each of the SURROUNDINGS before any random tries."""
MODULES = (
    "numpy", "json", "faiss", "lxml", "pypdf", "onnxruntime", "tokenizers", "sitecustomize", "usercustomize", "bot",
    "retrieval", "typer", "rich", "encodings", "platformdirs", "torch",
)  # fmt: skip
"""Files in the working directory that no process may import."""
TYPED = (b"", b"\n", b"Who?\n/why 1\n/raw 9\n/open x\n/context\n/bogus\n", b"\xff\xfe\n", b"/quit\n", b"a" * 100_000)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The surroundings of a command."""

    shell: str = "exec {}"
    """A shell's command line; {} stands for quoth with its arguments."""
    more: tuple[tuple[str, str], ...] = ()
    """Environment variables to set."""
    prints_in_vain: bool = False
    """Whether output cannot be written, so that statuses 0 and 1 would be wrong."""


SURROUNDINGS = (
    Surroundings("exec {} >/dev/full", prints_in_vain=True),
    Surroundings("exec {} >&-", prints_in_vain=True),
    Surroundings("exec {} 2>/dev/full"),
    Surroundings("exec {} 2>&-"),
    Surroundings("exec {} <&-"),
    Surroundings("exec {} >/dev/full 2>/dev/full", prints_in_vain=True),
    Surroundings("mkdir gone && cd gone && rmdir ../gone && exec {}"),
    Surroundings("ulimit -f 0; exec {}"),
    Surroundings("ulimit -n 12; exec {}"),
    Surroundings("{} | head -c 1 >/dev/null"),
    Surroundings(more=(("COLUMNS", "0"), ("FORCE_COLOR", "1"))),
    Surroundings(more=(("COLUMNS", "x"), ("LINES", "-1"), ("TERM", "dumb"))),
    Surroundings(more=(("LC_ALL", "C"), ("PYTHONUTF8", "0"), ("PYTHONIOENCODING", "ascii"))),
    Surroundings(more=(("HOME", "/dev/null/home"), ("XDG_STATE_HOME", "/dev/null"), ("XDG_DATA_HOME", "/dev/null"))),
    Surroundings(more=(("TMPDIR", "/dev/null/tmp"), ("XDG_CACHE_HOME", "/dev/null"))),
    Surroundings(more=(("QUOTH_CONFIG", "/dev/null/none"),)),
)


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Run `tries` commands."""
    with temporary() as home:
        return tally("commands", _tries(_Site(home), tries, random.Random(seed)), progress)


def _tries(site: _Site, count: int, rng: random.Random) -> Iterator[Try]:
    for number in range(count):
        # First every surroundings once, around a command that prints.
        if number < len(SURROUNDINGS):
            yield partial(
                site.run, ["ask", "When did Albania join NATO?", "--index", "{index}"], SURROUNDINGS[number], b""
            )
            continue
        around = Surroundings() if rng.random() < ALONE else rng.choice(SURROUNDINGS)
        yield partial(site.run, _arguments(rng), around, rng.choice(TYPED))


def _arguments(rng: random.Random) -> list[str]:
    name = rng.choice(list(OPTIONS))
    arguments = [name] if name else []
    if name == "feedback":
        arguments.append(rng.choice(("export", "import", "")))
    for option in rng.sample(OPTIONS[name], rng.randrange(min(3, len(OPTIONS[name])) + 1)):
        arguments.append(option)
        if option not in SWITCHES or (option == "--json" and name == "eval"):
            values = [value for value in VALUES if name != "index" or value not in OUTSIDE]
            arguments.append(rng.choice(values))
    words = [rng.choice(VALUES) for _ in range(rng.choice((0, 1, 1, 1, 2)))]
    if name == "index":
        words = [word for word in words if word not in OUTSIDE]
    at = rng.randrange(len(arguments) + 1) if rng.random() < 0.1 else len(arguments)
    return [*arguments[:at], *words, *arguments[at:]]


class _Site:
    """An index, and files of all sorts for commands to name."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._names = {name: home / name for name in ("gold", "text", "binary", "jsonl", "index", "folder", "locked")}
        corpus = copied(ROOT / "seeds" / "articles", self._names["folder"])
        lines = (ROOT / "seeds" / "gold.jsonl").read_text("utf-8").splitlines()[:3]
        self._names["gold"].write_text("\n".join(lines) + "\n", "utf-8")
        self._names["text"].write_text("It came.\n", "utf-8")
        self._names["binary"].write_bytes(bytes(range(256)) * 20)
        self._names["jsonl"].write_text('{"id": 1, "question": ""}\n[]\n{"question": "Who?"}\n' + "[" * 5000 + "\n")
        self._names["locked"].mkdir(mode=0)
        built = quoth(["index", str(corpus), "--index", str(self._names["index"])], cwd=home)
        if built.status:
            raise RuntimeError(built.err)
        self._runs = 0

    def run(self, arguments: list[str], around: Surroundings, typed: bytes) -> None:
        """Run a command in a folder of its own."""
        self._runs += 1
        place = self._home / f"run-{self._runs}"
        place.mkdir()
        for name in MODULES:
            (place / f"{name}.py").write_text(f"open({str(place / 'executed')!r}, 'a').write({name!r})\n", "utf-8")
        filled = [argument.format(**self._names) if argument.startswith("{") else argument for argument in arguments]
        line = shlex.join(command(*filled))
        more = dict(around.more)
        # The default index is inside the attack's folder, so that none appears in the checkout.
        base = {
            "QUOTH_INDEX_PATH": str(place / "index"),
            "HF_HUB_OFFLINE": "1",
            "QUOTH_DISCORD_API_URL": "http://127.0.0.1:9",
        }
        shell = ["bash", "-o", "pipefail", "-c", around.shell.format(line)]
        process = subprocess.run(
            [os.fsencode(word) for word in shell],
            cwd=place,
            env=environment(more={**base, **more}),
            input=typed,
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )
        out, err = (raw.decode("utf-8", "replace") for raw in (process.stdout, process.stderr))
        ending = f"{process.returncode} {err[-500:]!r} by quoth {arguments!r} in {around}"
        expect(process.returncode in STATUSES, ending)
        expect("Traceback (most" not in out + err and UNFORESEEN not in out + err, ending)
        expect("Exception ignored" not in err, ending)
        executed = place / "executed"
        expect(not executed.exists(), f"{executed.name} from the working directory: {ending}")
        if around.prints_in_vain and arguments[0] in ("ask", "status", "--help", "--version"):
            expect(process.returncode not in (0, 1), ending)
