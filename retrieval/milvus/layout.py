"""The collections of a generation: one of passages, by their rows, and one of files, in blocks.

    NAME                           an alias: the passages of the current generation
    NAME__000012_1a2b3c4d          passages: vector, term scores, token bits, and the term scores of their sentences
    NAME__000012_1a2b3c4d_files    the other files of the generation, cut in blocks, and its manifest
    NAME__building                 an alias: who builds
    NAME__lock_1a2b3c4d            what that stands for while a build is under way
    NAME__index                    what outlives generations: the calibration

No index's name has two `_` in a row, so none of these is what another index calls its own, whatever their names are.
A passage's key is its row in the order of (article id, start), so that ties break as they do in a folder. Its term
scores are a sparse vector of the very numbers that a folder's BM25 holds: the inner product with a question's terms is
then the same score, whatever the language, and no analyzer of the server has to cut words as quoth does. The other
files are those that a folder has, byte for byte: an article's text, where its passages and sentences stand, its facts,
the statistics of terms. So whatever reads a generation reads one on a server, and gives the same answers.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

LONGEST = 65_535
"""Bytes of the longest text that a field of Milvus holds."""
NO_TERMS = 0
"""The dimension that a passage without a term has, as a sparse vector of nothing is none; terms are counted from 1."""
VECTOR, TERMS, PACKED = "vector", "terms", "packed"
IN_PASSAGES = frozenset({
    "vectors.array", "bits.bin", "bits.array",
    *(f"passage-terms/{name}.array" for name in ("documents", "scores", "maxima")),
    *(f"sentence-terms/{name}.array" for name in ("begin", "terms", "scores")),
})  # fmt: skip
"""Files whose contents are in the collection of passages; those of cells the server has in its own way."""
BLOCK = 36 * 1024
"""Bytes of a file that a row holds, as text a third longer."""


@dataclass(frozen=True, slots=True)
class Collections:
    """The collections of a generation."""

    passages: str
    number: int

    @property
    def files(self) -> str:
        """The name of the collection of files."""
        return f"{self.passages}_files"

    @property
    def folder(self) -> str:
        """What the generation's folder would be called."""
        return f"{self.number:06d}"


def new_collections(name: str, number: int) -> Collections:
    """Return the collections of a new generation, which nobody else uses."""
    return Collections(f"{name}__{number:06d}_{secrets.token_hex(4)}", number)


def parse_collections(name: str, collection: str) -> Collections | None:
    """Return the generation that a collection holds the passages of; None where it holds something else."""
    match = re.fullmatch(rf"{re.escape(name)}__(\d{{6,}})_[0-9a-f]{{8}}", collection)
    return Collections(collection, int(match[1])) if match else None


def building_alias(name: str) -> str:
    """Return the alias by which a build is alone."""
    return f"{name}__building"


def lock_collection(name: str) -> str:
    """Return a collection for what a build says of itself, which nobody else uses."""
    return f"{name}__lock_{secrets.token_hex(4)}"


def index_records(name: str) -> str:
    """Return the collection of what outlives generations."""
    return f"{name}__index"


def is_in_files(name: str) -> bool:
    """Return whether a file of a generation is kept as one."""
    return name not in IN_PASSAGES and not name.startswith("cells/")


def block_key(name: str, block: int) -> str:
    """Return the key of a block of a file."""
    return f"{name}#{block:08d}"


def passages_schema(dimension: int, cells: int) -> tuple[Any, Any]:
    """Return the fields of a collection of passages, and their indexes; 0 cells for exact search."""
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("row", DataType.INT64, is_primary=True)
    schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field(TERMS, DataType.SPARSE_FLOAT_VECTOR)
    schema.add_field(PACKED, DataType.VARCHAR, max_length=LONGEST)
    indexes = MilvusClient.prepare_index_params()
    kind = {"index_type": "IVF_FLAT", "params": {"nlist": cells}} if cells else {"index_type": "FLAT"}
    indexes.add_index(VECTOR, metric_type="IP", **kind)
    indexes.add_index(TERMS, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    return schema, indexes


def records_schema() -> tuple[Any, Any]:
    """Return the fields of a collection of records, and their indexes; Milvus wants a vector in every collection."""
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("key", DataType.VARCHAR, is_primary=True, max_length=512)
    schema.add_field("value", DataType.VARCHAR, max_length=LONGEST)
    schema.add_field("unused", DataType.FLOAT_VECTOR, dim=2)
    indexes = MilvusClient.prepare_index_params()
    indexes.add_index("unused", index_type="FLAT", metric_type="IP")
    return schema, indexes
