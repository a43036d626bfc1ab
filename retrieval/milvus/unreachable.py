"""Why a server cannot be used, in quoth's own words, by the message of pymilvus, of gRPC or of the server itself."""

from __future__ import annotations

import re
from pathlib import Path

from retrieval.errors import IndexUnreachable
from retrieval.index_address import ServerAddress
from retrieval.milvus import access

LONGEST = 200
"""Characters of a message that are repeated."""


def unreachable(index: Path, address: ServerAddress, message: str, timeout: float) -> IndexUnreachable:
    """Return the error that a message stands for, after `timeout` seconds if it is about time; without the token."""

    def has(pattern: str) -> bool:
        return re.search(pattern, message, re.IGNORECASE) is not None

    reason, remedy = _without(access.token(), " ".join(message.split()))[:LONGEST].rstrip(), "look into its log"
    if has(r"local milvus"):
        reason, remedy = "another process has the file open, or it cannot be read", ""
    elif has(r"deadline|time ?out|timed out"):
        reason, remedy = f"no reply within {timeout:g} s", ""
    elif has(r"not ready"):
        reason, remedy = "it is starting, or out of order", ""
    elif has(r"unauth|auth check|authenticat|api ?key|permission|privilege"):
        reason, remedy = "it wants a token, or another one", "put the right one into QUOTH_MILVUS_TOKEN"
    elif has(r"unavailable|fail(?:ed)? connect|illegal connection"):
        reason, remedy = _no_connection(address), ""
    elif has(r"unimplemented"):
        reason, remedy = "it is no Milvus server, or none that quoth knows", "name the port of one"
    return IndexUnreachable(index, address.server, reason, remedy)


def _no_connection(address: ServerAddress) -> str:
    if address.is_encrypted:  # only gRPC's log has which of these it is
        return "no connection, or none that is encrypted with a certificate that this machine trusts"
    return "no connection"


def _without(token: str, text: str) -> str:
    """Return a text without a token, or the password that it ends with."""
    for secret in (token, *token.split(":", 1)[1:]):
        text = text.replace(secret, "…") if secret else text
    return text
