"""An encoder whose vectors a reader can compute, and a corpus of six short articles."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.answering.confidence import FEATURES, ConfidenceModel
from retrieval.encoding.encoder import Encoder, EncoderSpec, Floats, Tokens, unit
from retrieval.encoding.selection import Chosen
from retrieval.engine import Engine
from retrieval.index.build import Report, build
from retrieval.index.generation import Generation
from retrieval.index.keeping import Keep
from retrieval.index.manifest import FORMAT, PassageSettings
from retrieval.records import Answer
from retrieval.sealed import seal_lines
from retrieval.settings import AnswerSettings, MetadataSettings

DIMENSION = 64
CONTEXT = 0.1  # how much of the text's mean is mixed into the vector of each of its words

SPEC = EncoderSpec("toy", hashlib.sha256(b"toy").hexdigest(), "fp32", DIMENSION, 512, "0123456789abcdef")
PASSAGES = PassageSettings(max_pieces=45)
ANSWERS = AnswerSettings(threshold=0.0, reader=None)
MODEL = ConfidenceModel(-2.0, (4.0, 2.0, *[0.0] * (len(FEATURES) - 2)))
"""The built-in model does not fit the toy's MaxSim, which differs from MiniLM's."""

_WORD = re.compile(r"\w+")


def word_vector(word: str) -> Floats:
    """Return the unit vector of a word, ignoring case: 64 bytes of a hash, centred."""
    raw = hashlib.shake_256(word.lower().encode()).digest(DIMENSION)
    return unit(np.frombuffer(raw, dtype=np.uint8).astype(np.float32) - 127.5)


class ToyEncoder(Encoder):
    """One piece per word; its vector is the word's own with a little of the text's mean. Records what it encodes."""

    def __init__(self, spec: EncoderSpec = SPEC, prompts: tuple[str, str] = ("", "")) -> None:
        self.spec, self.prompts = spec, prompts
        self.centre = np.zeros(DIMENSION, dtype=np.float32)
        self.encoded: list[str] = []

    def pieces(self, text: str) -> int:
        return len(_WORD.findall(text))

    def _encode(self, texts: list[str]) -> Iterator[Tokens]:
        for text in texts:
            self.encoded.append(text)
            words = list(_WORD.finditer(text))[: self.spec.max_pieces]
            own = np.array([word_vector(word.group()) for word in words], dtype=np.float32).reshape(-1, DIMENSION)
            mean = own.mean(axis=0) if len(own) else np.zeros(DIMENSION, dtype=np.float32)
            offsets = np.array([word.span() for word in words], dtype=np.int32).reshape(-1, 2)
            yield Tokens(own + np.float32(CONTEXT) * mean, offsets, unit(mean))


def toy_chosen(encoder: ToyEncoder | None = None) -> Chosen:
    """Return the toy encoder, ready to be loaded."""
    loaded = encoder or ToyEncoder()
    return Chosen(loaded.spec, lambda: loaded)


def build_toy(
    corpus: Path,
    index: Path,
    encoder: ToyEncoder | None = None,
    *,
    passages: PassageSettings = PASSAGES,
    rebuild: bool = False,
    wait: bool = False,
    fields: MetadataSettings | None = None,
    keep: Keep | None = None,
) -> Report:
    """Index a corpus with the toy encoder."""
    chosen = toy_chosen(encoder)
    return build(corpus, index, lambda before: chosen, passages, rebuild=rebuild, wait=wait, fields=fields, keep=keep)


def open_toy(index: Path, settings: AnswerSettings = ANSWERS) -> Engine:
    """Open the current generation of a toy index for questions, without reading its calibration."""
    engine = Engine(Generation.current(index), ToyEncoder(), settings)
    engine.model = MODEL
    return engine


class HookedEngine(Engine):
    """Does something with each question before it answers it."""

    def __init__(self, engine: Engine, before: Callable[[str], None]) -> None:
        super().__init__(engine.generation, engine.encoder, engine.settings)
        self.model, self._before = engine.model, before

    def ask(self, question: str, *arguments: Any, **options: Any) -> Answer:
        self._before(question)
        return super().ask(question, *arguments, **options)


def outdate(index: Path, generation: Path) -> None:
    """Make a generation of an index one of another format, as an earlier version of quoth would have built it."""
    manifest = (generation / "manifest.json").read_bytes()
    outdated = manifest.replace(b'"format": %d' % FORMAT, b'"format": 0')
    (generation / "manifest.json").write_bytes(outdated)
    before, now = (hashlib.sha256(content).hexdigest() for content in (manifest, outdated))
    lines = (index / "CURRENT").read_text("ascii").replace(before, now).split("\n")
    (index / "CURRENT").write_bytes(seal_lines(lines[:-2]))


def write_corpus(folder: Path) -> Path:
    """Write the six articles below the folder."""
    for name, text in ARTICLES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return folder


SHARED_LINE = "The gale of 9 March tore the roof off the ferry shed and sank eleven fishing boats at their moorings."

ARTICLES = {
    "bridge.md": """---
title: "Velmora gets its bridge back"
source:
  publisher: Velmora Courier
  headline: "A crossing reopens"
published: 2019-05-17
url: https://courier.example/bridge
---

The stone bridge over the river Tarn reopened to carts and cars on Friday. Engineer Ilse Brandt had closed it in 2016,
when divers found a crack in the eastern pier. Repairs cost the town four million crowns.

Brandt told the council that the new pier will stand for a hundred years. She thanked the masons of Oskeld, who cut
every block by hand.

## Who pays

A toll of two crowns is charged until the loan is paid back. Farmers from the north bank are exempt from it.
""",
    "harbour.txt": (
        "Harbour wall to be raised after the storm\n\n"
        f"The harbour board of Velmora wants to raise the sea wall by two metres. {SHARED_LINE} "
        "No sailor lost his life that night.\n\n"
        "Chairman Piet Anker said the old wall dates from 1911 and was never meant for such waves. "
        "The work begins in August and should be finished before the herring season.\n"
    ),
    "letters/mayor.md": """# A letter from the mayor

Mayor Agnes Thorel wrote to all households on Monday. “Our wells are low and the summer has only begun. Please water
no garden before the first of September.” She signed the letter with her own hand.

Wells on the hill ran dry twice last year, says the waterworks. Two tankers now bring drinking water from Oskeld
every morning.
""",
    "market.txt": (
        "The weekly market moves\r\n\r\n"
        "From next month the weekly market is held on the castle green. Traders complained that the old square\r\n"
        "floods whenever it rains.\r\n\r\n"
        'Cheese maker Bruna Falk sold her first wheel there in 1974. "I shall miss the fountain," she said, '
        '"but not the wet feet."\r\n'
    ),
    "museum.md": """---
id: clock-museum
title: The museum of clocks
---

The clock museum keeps 312 clocks, all of them wound by hand. Curator Osric Pell winds them every Sunday between six
and nine.

The oldest clock was built by a monk in 1540. It loses four minutes a day, and nobody is allowed to correct it.
""",
    "storm.txt": (
        "What the storm left behind\n\n"
        f"Insurers counted the damage for a month. {SHARED_LINE} Most of the boats were not insured.\n\n"
        "The meteorologist Jonna Lind measured gusts of 161 kilometres an hour on the lighthouse. "
        "It was the strongest wind since records began in 1902.\n"
    ),
}
