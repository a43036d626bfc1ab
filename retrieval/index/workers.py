"""Who reads and encodes the corpus of a build, where that is not this process and those it starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from retrieval.encoding.encoder import Encoder, Floats
from retrieval.encoding.piece_counter import load_tokenizer, piece_counter
from retrieval.index.encoded import EncodedPassage, PassageText
from retrieval.index.gathering import Task
from retrieval.index.manifest import PassageSettings
from retrieval.index.reading import Reader
from retrieval.index.splitting import Splitter


class LoadElsewhere(Protocol):
    """Loads an encoder on the machine that it is sent to, for one thread; see `Elsewhere`."""

    @property
    def uses_torch(self) -> bool:
        """Whether it runs on a card where there is one."""

    def __call__(self) -> Encoder:
        """Load it; raises ModelError, ExtraMissing."""


class Workers(Protocol):
    """Processes, on whatever machines, that read and encode for a build."""

    def read(self, reader: Reader, tasks: Iterator[Task]) -> Iterator[tuple[Task, bytes]]:
        """Read and split units, and yield their readings as they are ready; raises QuothError."""

    def encode(
        self, load: LoadElsewhere, centre: Floats, passages: Iterator[PassageText]
    ) -> Iterator[tuple[PassageText, EncodedPassage]]:
        """Encode passages, and yield them in order; raises QuothError."""


def portable_reader(encoder: Encoder, settings: PassageSettings, known: bytes) -> Reader:
    """Return a reader that can be sent elsewhere: of the encoder, it has what counts the pieces of a text.

    `known` are the keys of the articles that have passages in the generation before.
    """
    file, spec = encoder.tokenizer_file, encoder.spec
    pieces = piece_counter(load_tokenizer(file, spec.max_pieces)) if file else encoder.pieces
    splitter = Splitter(pieces, encoder.prompts[1], spec.max_pieces, settings)
    return Reader.knowing(known, spec, splitter)
