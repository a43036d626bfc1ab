"""The encoder of a build, loaded when it is needed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

from retrieval.encoding.encoder import Encoder, EncoderSpec, Floats
from retrieval.encoding.selection import Chosen
from retrieval.index.encoded import Encode, encode_here
from retrieval.index.former import Former
from retrieval.index.generation import Generation
from retrieval.index.manifest import FORMAT, PassageSettings, check_encoder
from retrieval.index.reading import Reader
from retrieval.index.splitting import Splitter
from retrieval.index.workers import Workers, portable_reader


class LoadedEncoder:
    """The encoder of a build, loaded when it is needed."""

    def __init__(self, chosen: Chosen, before: Generation | None, index: Path) -> None:
        self._chosen, self._before, self._index = chosen, before, index
        self._encoder: Encoder | None = None

    def get(self) -> Encoder:
        """Return it; raises ModelError, and IndexMismatch where it differs from that of the generation before."""
        if self._encoder is None:
            self._encoder = self._chosen.load()
            if self._before is not None:
                check_encoder(self._before.manifest, self._index, self._encoder)
        return self._encoder

    @property
    def spec(self) -> EncoderSpec:
        """What it is."""
        return self._chosen.spec

    @property
    def centre(self) -> Floats:
        """That of the generation before, so that new signs are taken about the same; else the encoder's."""
        if self._before is not None:
            return self._before.centre
        return self.get().centre

    @property
    def digest(self) -> str:
        """Return the digest of all that decides how a passage is encoded, besides itself."""
        return digest_of(self.spec, self.centre.tolist())

    def reader(self, former: Former | None, settings: PassageSettings) -> Reader:
        """Return what reads and splits articles for it in this process; it is loaded with the first to split."""
        splitter = cache(lambda: Splitter.of(self.get(), settings))
        return Reader(self.spec, splitter, lambda key: former is not None and former.row_of(key) >= 0)

    def portable_reader(self, former: Former | None, settings: PassageSettings) -> Reader:
        """Return what reads and splits on other machines."""
        return portable_reader(self.get(), settings, former.known_keys if former else b"")

    def encode(self, workers: Workers | None) -> Encode:
        """Return what encodes passages, this process or `workers`; it is loaded here in any case, to be checked."""
        loaded, elsewhere = self.get(), self._chosen.elsewhere
        if workers is None or elsewhere is None:
            return partial(encode_here, loaded, self.centre)
        return partial(workers.encode, elsewhere, self.centre)

    @property
    def libraries(self) -> tuple[str, ...]:
        """What encodes besides ONNX Runtime: the last bits of its vectors are others, the more so on a card."""
        elsewhere = self._chosen.elsewhere
        return ("torch",) if elsewhere is not None and elsewhere.uses_torch else ()


def digest_of(spec: EncoderSpec, centre: Sequence[float]) -> str:
    """Return the digest of all that decides how a passage is encoded, besides itself."""
    return hashlib.sha256(json.dumps([FORMAT, asdict(spec), list(centre)], sort_keys=True).encode()).hexdigest()
