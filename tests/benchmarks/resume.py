"""End a build at 90 % by SIGKILL and build again; then build again with 1 % of the files changed; and peak memory.

Files are drawn from the sentences of the seeds and, if it is available, SQuAD part A. The default size takes some
minutes; `python -m tests.benchmarks.resume --passages 100000 --toy` takes another, with an encoder that computes next
to nothing: its times are those of everything but encoding.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.encoding.encoder import Tokens, unit
from retrieval.encoding.models import default_cache
from retrieval.encoding.onnx_encoder import OnnxEncoder
from retrieval.encoding.selection import Chosen, EncoderSettings, passage_encoder
from retrieval.index.build import build
from retrieval.index.manifest import PassageSettings
from tests.benchmarks.common import ROOT, SEEDS, SQUAD, table, temporary

PASSAGES = 2_000
PASSAGES_A_FILE = 8
SENTENCES = 7  # of a paragraph, which is a passage then
ENDED_AT = 0.9
CHANGED = 100
"""One file in so many is changed."""


@dataclass(frozen=True, slots=True)
class Run:
    """A build in a process of its own."""

    seconds: float
    cpu: float
    """Seconds of computing, those of its own processes included: the machine may be doing other things as well."""
    peak: int
    """KiB of the process that builds."""
    encoded: int = 0
    passages: int = 0


def main(passages: int = PASSAGES, *, toy: bool = False) -> None:
    """Print the table."""
    with temporary() as folder:
        files = _write(folder / "corpus", passages // PASSAGES_A_FILE)
        whole = _run(folder, "whole", toy)
        ended = _run(folder, "ended", toy, end=True)
        resumed = _run(folder, "ended", toy)
        for file in files[::CHANGED]:
            file.write_text(file.read_text("utf-8").replace(". ", ", it is said. ", 1), "utf-8")
        again = _run(folder, "whole", toy)
    rows = [
        ("whole", *_figures(whole, whole), ""),
        (f"killed at {ENDED_AT:.0%}", *_figures(ended, whole), ""),
        ("started again", *_figures(resumed, whole), "<= 12 %"),
        ("1 % changed", *_figures(again, whole), f"<= {0.02 * whole.seconds + 10:.1f} s"),
    ]
    table(
        f"Builds of {whole.passages:,} passages" + (", with a toy encoder" if toy else ""),
        ("", "process", "computing", "of a whole build", "encoded", "peak memory", "bar"),
        rows,
        "the bars hold for the model's own encoder" if toy else "",
    )


def _figures(run: Run, whole: Run) -> tuple[str, ...]:
    share = f"{run.cpu / whole.cpu:.1%}"
    return f"{run.seconds:.1f} s", f"{run.cpu:.1f} s", share, f"{run.encoded:,}", f"{run.peak >> 10:,} MB"


def _write(corpus: Path, count: int) -> list[Path]:
    corpus.mkdir()
    sentences, drawn, files = _sentences(), random.Random(0), list[Path]()
    for number in range(count):
        paragraphs = [" ".join(drawn.sample(sentences, SENTENCES)) for _ in range(PASSAGES_A_FILE)]
        files.append(corpus / f"{number:06}.md")
        files[-1].write_text(f"# Article {number}\n\n" + "\n\n".join(paragraphs) + "\n", "utf-8")
    return files


def _sentences() -> list[str]:
    texts = [file.read_text("utf-8") for file in sorted(SEEDS.glob("*.md"))]
    if SQUAD.exists():
        articles = json.loads(SQUAD.read_text("utf-8"))["data"]
        texts += [paragraph["context"] for article in articles for paragraph in article["paragraphs"]]
    pieces = (piece.strip() for text in texts for piece in text.replace("\n", " ").split(". "))
    return [f"{piece}." for piece in pieces if 40 < len(piece) < 160]


def _run(folder: Path, index: str, toy: bool, *, end: bool = False) -> Run:
    """Build in a process, which is killed on the way if it is to `end`."""
    command = [sys.executable, "-m", "tests.benchmarks.resume", "--build", str(folder / "corpus"), str(folder / index)]
    began = time.perf_counter()
    process = subprocess.Popen([*command, *(["--toy"] if toy else [])], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    line = b""
    with process.stdout as lines:
        for line in lines:
            if end and line == b"end\n":
                process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    taken = time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss
    return Run(*taken) if end else Run(*taken, *json.loads(line))


class _ToyEncoder(OnnxEncoder):
    """Gives each piece the vector of its number, without a model."""

    def _one(self, text: str) -> Tokens:
        encoding = self._tokenizer.encode(text)
        own = np.array(encoding.special_tokens_mask) == 0
        ids = np.array(encoding.ids)[own, np.newaxis] * np.arange(1, self.spec.dimension + 1)
        vectors = (ids % 257 - 128).astype(np.float32)
        offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)[own]
        return Tokens(vectors, offsets, unit(vectors.mean(axis=0)))


def _toy() -> Chosen:
    chosen = passage_encoder(EncoderSettings(), default_cache())

    def load() -> _ToyEncoder:
        encoder = chosen.load()
        encoder.__class__ = _ToyEncoder
        assert isinstance(encoder, _ToyEncoder)
        return encoder

    return Chosen(chosen.spec, load)


def _build(corpus: Path, index: Path, *, toy: bool) -> None:
    """Build, and print when it is time to be killed, then how much was encoded."""
    is_told = False

    def progress(stage: str, count: int, total: int) -> None:
        nonlocal is_told
        if stage == "encode" and count >= ENDED_AT * total > 0 and not is_told:
            is_told = True
            print("end", flush=True)

    chosen = _toy() if toy else passage_encoder(EncoderSettings(), default_cache())
    report = build(corpus, index, lambda before: chosen, PassageSettings(), progress=progress)
    print(json.dumps([report.encoded, report.manifest.counts.passages]), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=PASSAGES, metavar="N")
    parser.add_argument("--toy", action="store_true", help="encode with an encoder that computes next to nothing")
    parser.add_argument("--build", type=Path, nargs=2, metavar=("CORPUS", "INDEX"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.build:
        _build(options.build[0], options.build[1], toy=options.toy)
    else:
        main(options.passages, toy=options.toy)
