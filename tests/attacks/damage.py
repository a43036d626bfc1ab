"""Damage every file that an answer depends on: an error must name the file, or answers must stay the same."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from typer.testing import CliRunner

from bot.main import app
from retrieval.citations.permalink import resolve
from retrieval.citations.verifier import verify
from retrieval.encoding.export_folder import encoder_folder
from retrieval.encoding.models import BUILT_IN
from retrieval.engine import Engine
from retrieval.errors import IndexNotFound, QuothError
from retrieval.index.generation import Generation
from retrieval.settings import AnswerSettings
from tests.attacks.rows import Lost, Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import ROOT, copied, quoth, temporary
from tests.conftest import MODEL_CACHE

GOLD = ROOT / "seeds" / "gold.jsonl"
EACH = 24  # answerable questions in the calibration's gold set, and as many unanswerable ones
QUESTIONS = ("When did Albania join NATO?", "What did Russia ask Albania to clarify?", "Who bakes the bread?")
PROGRAM_EACH = 25  # every 25th try damages a file of the program, which needs a process of its own
ENCODER_SHARE = 0.25  # share of the other tries that damage the encoder's files
CALIBRATION_SHARE = 0.1
_NAMES = r"ranking\.json|encoder\.json|tokenizer\.json|weights\.bin|model-int8\.onnx"

Answers = tuple[object, ...]


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Damage `tries` files, one at a time."""
    with temporary() as home:
        return tally("bytes", _tries(_Site(home), tries, random.Random(seed)), progress)


def _tries(site: _Site, count: int, rng: random.Random) -> Iterator[Try]:
    for number in range(count):
        kind = rng.random()
        if number % PROGRAM_EACH == PROGRAM_EACH - 1:
            yield partial(site.damage, site.program, rng, site.from_program)
        elif kind < ENCODER_SHARE:
            yield partial(site.damage, site.encoder, rng, site.opened)
        elif kind < ENCODER_SHARE + CALIBRATION_SHARE:
            yield partial(site.damage, site.calibration, rng, site.opened)
        else:
            yield partial(site.damage, site.files, rng, site.answered)


class _Site:
    """Copies of an index with a calibration, of the encoder's export and of the program."""

    def __init__(self, home: Path) -> None:
        self._home, self._index = home, home / "index"
        self._cache = copied(MODEL_CACHE, home / "cache") if MODEL_CACHE.is_dir() else home / "cache"
        self._prepare()
        engine = Engine.open(self._index, cache=self._cache)
        self._encoder = engine.encoder
        self._refs = tuple(
            quote.citation.ref for question in QUESTIONS for quote in engine.ask(question, show_weak=True).quotes
        )
        self._good = {
            self.opened: self.opened(),
            self.answered: self.answered(),
            self.from_program: self.from_program(),
        }
        self.files = [file for file in self._index.rglob("*") if file.is_file() and file.stat().st_size]
        self.calibration = [file for file in self.files if file.name.startswith("calibra")]
        self.files = [file for file in self.files if file not in self.calibration]
        folder = encoder_folder(engine.encoder.spec.digest, self._cache)
        # Without encoder.json the model is exported again, so tries damage the file but never delete it.
        self.encoder = [folder / "encoder.json"] * 4 + [folder / "tokenizer.json", folder / "model-fp32.onnx"]
        program = self._home / "program" / "retrieval"
        carried = program / "encoding" / BUILT_IN.name
        self.program = [
            *[program / "answering" / "ranking.json"] * 3,
            *(carried / name for name in ("encoder.json", "tokenizer.json", "weights.bin", "model-int8.onnx")),
        ]

    def damage(self, files: Sequence[Path], rng: random.Random, ask: Callable[[], Answers]) -> None:
        """Damage one of the files, ask, and restore it."""
        file = rng.choice(files)
        whole = file.read_bytes()
        how = rng.choice([way for way in HOW if way is not gone or file.name not in ("encoder.json", "lock")])
        bad = how(whole, rng)
        try:
            _replace(file, bad)
            self._check(f"{how.__name__} in {file.relative_to(self._home)}", file, ask)
        finally:
            _replace(file, whole)

    def opened(self) -> Answers:
        """Return the answers of a newly opened engine."""
        return self._answers(Engine.open(self._index, cache=self._cache))

    def answered(self) -> Answers:
        """Return the answers with a loaded encoder, the cited places, and a verified text."""
        engine = Engine(Generation.current(self._index), self._encoder, AnswerSettings())
        places = tuple((place.text, place.state) for place in (resolve(self._index, ref) for ref in self._refs))
        match = verify(engine, "Albania has belonged to NATO since 2009.")
        return self._answers(engine), places, match.verdict, match.citations

    def from_program(self) -> Answers:
        """Return the answer of the copied program; raise _Noticed if it reports the damage."""
        arguments = ("ask", QUESTIONS[0], "--index", str(self._home / "carried"), "--json")
        program = self._home / "program"
        ran = quoth(arguments, cwd=self._home, cache=self._cache, more={"PYTHONPATH": str(program)})
        if ran.status not in (0, 1):
            named = re.search(rf"^quoth: .*(?:{_NAMES})", ran.err, re.MULTILINE)
            expect(named is not None, f"{ran.status}: {ran.err or ran.out}")
            raise _Noticed
        if re.search(f"{_NAMES}|calibration", ran.err):  # a warning that names the damage
            raise _Noticed
        answer = json.loads(ran.out)
        return tuple((quote["text"], quote["citation"]["ref"]) for quote in answer["quotes"]), answer["confidence"]

    def _check(self, what: str, file: Path, ask: Callable[[], Answers]) -> None:
        try:
            answers = ask()
        except _Noticed:
            return
        except Lost:
            raise
        except QuothError as error:
            named = file.name in str(error)  # without CURRENT there is no index
            none = file.name == "CURRENT" and isinstance(error, IndexNotFound)
            expect(named or none, f"{what} is reported without the file's name: {error}")
        except Exception as error:
            raise Lost(f"{what}: {type(error).__name__}: {error}") from error
        else:
            expect(answers == self._good[ask], f"{what} changes answers silently: {answers} for {self._good[ask]}")

    def _answers(self, engine: Engine) -> Answers:
        return tuple(
            (
                answer.answered,
                answer.confidence,
                tuple((quote.text, quote.citation, quote.score) for quote in answer.quotes),
            )
            for answer in (engine.ask(question) for question in QUESTIONS)
        )

    def _prepare(self) -> None:
        """Build twice, so that there is an earlier generation, and calibrate on a few questions."""
        corpus = copied(ROOT / "seeds" / "articles", self._home / "articles")
        lines = [json.loads(line) for line in GOLD.read_text("utf-8").splitlines()]
        alone = [line for line in lines if not line.get("history")]
        few = [*[line for line in alone if line["gold"]][:EACH], *[line for line in alone if not line["gold"]][:EACH]]
        gold = self._home / "gold.jsonl"
        gold.write_text("".join(json.dumps(line) + "\n" for line in few), "utf-8")
        index = ("--index", str(self._index))
        self._quoth("index", str(corpus), *index, "--quiet")
        self._quoth("index", str(corpus), "--index", str(self._home / "carried"), "--quiet", precision="int8")
        (corpus / "more.txt").write_text("The bread is baked by Bruna Falk.\n", "utf-8")
        self._quoth("index", str(corpus), *index, "--quiet")
        self._quoth("calibrate", str(gold), *index, "--max-false-answers", "0.05")
        for name in ("bot", "retrieval", "config"):
            copied(ROOT / name, self._home / "program" / name)

    def _quoth(self, *arguments: str, precision: str = "fp32") -> None:
        """Run a command over an encoder that is exported into the cache, or, in int8, over the built-in one."""
        environment = {"QUOTH_MODEL_CACHE": str(self._cache), "QUOTH_MODEL_PRECISION": precision}
        outcome = CliRunner().invoke(app, list(arguments), env=environment, prog_name="quoth")
        if outcome.exit_code:
            raise RuntimeError(f"quoth {' '.join(arguments)} ended with {outcome.exit_code}: {outcome.output}")


class _Noticed(Exception):
    """The program reported the damage."""


def _replace(file: Path, content: bytes | None) -> None:
    """Write a new file instead of overwriting, because the old one may be mapped into memory."""
    file.unlink(missing_ok=True)
    if content is not None:
        file.write_bytes(content)


def flip(data: bytes, rng: random.Random) -> bytes:
    """Flip one bit."""
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def digit(data: bytes, rng: random.Random) -> bytes:
    """Change a digit, so that a number stays a number."""
    places = [digit.start() for digit in re.finditer(rb"[0-9]", data[: 2**20])]
    if not places:
        return flip(data, rng)
    at = rng.choice(places)
    return data[:at] + str((data[at] - 48 + rng.randrange(1, 10)) % 10).encode() + data[at + 1 :]


def nan(data: bytes, rng: random.Random) -> bytes:
    """Replace a number by NaN or infinity."""
    numbers = list(re.finditer(rb"(?<=[\s,:\[])-?\d+\.\d+", data[: 2**20]))
    if not numbers:
        return flip(data, rng)
    number = rng.choice(numbers)
    return data[: number.start()] + rng.choice((b"NaN", b"-Infinity", b"1e999")) + data[number.end() :]


def cut(data: bytes, rng: random.Random) -> bytes:
    """Cut off the end: one byte, some, or all."""
    return data[: rng.choice((0, len(data) - 1, rng.randrange(len(data))))]


def more(data: bytes, rng: random.Random) -> bytes:
    """Add bytes at the end."""
    return data + rng.choice((b"\n", b"\0", b" ", b"}", data[-64:]))


def zeros(data: bytes, rng: random.Random) -> bytes:
    """Zero a block, as after a power cut."""
    at = rng.randrange(len(data))
    return data[:at] + bytes(len(data[at : at + 512])) + data[at + 512 :]


def gone(data: bytes, rng: random.Random) -> None:
    """Delete the file."""


HOW: tuple[Callable[[bytes, random.Random], bytes | None], ...] = (flip, flip, digit, nan, cut, more, zeros, gone)
