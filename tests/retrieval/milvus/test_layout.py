"""The names of collections."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.index_address import _NAME
from retrieval.milvus.layout import building_alias, index_records, lock_collection, new_collections, parse_collections

ENDS = st.sampled_from(["", "_index", "_building", "_files", "_lock_0123abcd", "_000012_0123abcd", "_", "0", "_0"])
NAMES = st.builds(str.__add__, st.sampled_from(["docs", "docs_index", "docs_", "_"]), ENDS).filter(_NAME.fullmatch)


def names(index: str) -> set[str]:
    new = new_collections(index, 12)
    return {index, new.passages, new.files, building_alias(index), index_records(index), lock_collection(index)}


@given(NAMES, NAMES)
def test_no_two_indexes_share_a_name(one: str, other: str) -> None:
    if one != other:
        assert not names(one) & names(other)
        assert not [name for name in names(other) if parse_collections(one, name) is not None]
