"""The encoder of a build, loaded when it is needed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

from retrieval.encoding.encoder import Encoder, EncoderSpec, Floats
from retrieval.encoding.selection import Chosen
from retrieval.index.former import Former
from retrieval.index.generation import Generation
from retrieval.index.manifest import FORMAT, PassageSettings, check_encoder
from retrieval.index.reading import Reader
from retrieval.index.splitting import Splitter


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
        made = [FORMAT, asdict(self.spec), self.centre.tolist()]
        return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()

    def reader(self, former: Former | None, settings: PassageSettings) -> Reader:
        """Return what reads and splits articles for it in this process; it is loaded with the first to split."""
        splitter = cache(lambda: Splitter.of(self.get(), settings))
        return Reader(self.spec, splitter, lambda key: former is not None and former.row_of(key) >= 0)
