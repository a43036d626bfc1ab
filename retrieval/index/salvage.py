"""What a damaged generation holds as it was written: passages that need not be encoded again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from retrieval.errors import IndexDamaged, IndexMismatch, IndexNotFound
from retrieval.index.bits import parse_bits
from retrieval.index.blobs import Blobs
from retrieval.index.encoded import EncodedPassage
from retrieval.index.faults import check_file, reading
from retrieval.index.folder import listed
from retrieval.index.former import PASSAGE_KEYS
from retrieval.index.journal import ENCODED, Journal
from retrieval.index.keys import Keys, KeyTable, bytes_of
from retrieval.index.listing import ListedGeneration
from retrieval.index.loaded_encoder import digest_of
from retrieval.index.manifest import Manifest, check_model
from retrieval.index.resources import check_disk
from retrieval.index.store import BLOCKS, Store, is_whole

_ARRAYS = PASSAGE_KEYS, "first-sentences", "sentences", "vectors", "bits"
_FILES = BLOCKS, "bits.bin", *(f"{name}.array" for name in _ARRAYS)


def salvage(index: Path, made_by: str, wanted: Keys) -> None:
    """Keep what is whole of the current generation as an ended build keeps what it has encoded.

    `made_by` is the digest of the encoder that encodes the rest, and `wanted` are the keys of the build's passages.
    Where there is no generation, or another encoder made it, nothing is kept.

    Raises DiskTooSmall, IndexUnreadable, OSError.
    """
    with suppress(IndexDamaged, IndexMismatch, IndexNotFound):
        generation = listed(index)[0]
        manifest = generation.parsed()
        check_model(manifest, index)
        if digest_of(manifest.encoder, manifest.centre) != made_by:
            return
        passages = _whole_passages(generation.folder, manifest)
        check_disk(index, manifest.files["vectors.array"][0] + manifest.files["bits.bin"][0])
        table = KeyTable(wanted)
        with Journal(index, ENCODED, made_by) as kept:
            for key, passage in passages:
                if table.row(key) >= 0 > kept.table.row(key):
                    kept.add(key, passage.dump())


def remade_by(manifest: Manifest, index: Path) -> ListedGeneration | None:
    """Return the current generation if a new one has the same files as it should have, else None."""
    with suppress(IndexDamaged, IndexMismatch, IndexNotFound):
        generation = listed(index)[0]
        if generation.parsed().files == manifest.files:
            return generation
    return None


def _whole_passages(folder: Path, manifest: Manifest) -> Iterator[tuple[bytes, EncodedPassage]]:
    """Yield what is whole of each passage's key and encoded form; raises IndexDamaged where nothing can be told."""
    for name in _FILES:
        size, digest = manifest.files[name]
        check_file(folder / name, size, digest if is_whole(name, size) else None)
    dimension = manifest.encoder.dimension
    with reading(folder):
        store = Store(folder, manifest.files)
        keys = store.array(PASSAGE_KEYS, np.uint64, 2)
        vectors = store.array("vectors", np.float32, dimension)
        first_sentences, sentences = store.array("first-sentences", np.int32), store.array("sentences", np.int32, 7)
        bits = Blobs(store, "bits")
    for row in range(len(keys)):
        with suppress(IndexDamaged):
            first, last = first_sentences[row : row + 2].tolist()
            tokens = sentences[first:last, 4:6]
            encoded = EncodedPassage(vectors[row], parse_bits(bits[row], dimension), tokens)
            yield bytes_of(keys[row]), encoded
