"""Why a server cannot be used, in quoth's own words, by the message of pymilvus, of gRPC or of the server itself."""

from __future__ import annotations

import re
from pathlib import Path

from retrieval.errors import IndexUnreachable
from retrieval.index_address import ServerAddress
from retrieval.milvus import access

LONGEST = 200
"""Characters of a message that are repeated."""
_LATE = r"deadline|time ?out|timed out"
_GONE = r"unavailable|fail(?:ed)? (?:to )?connect|illegal connection"


def unreachable(index: Path, address: ServerAddress, message: str, timeout: float) -> IndexUnreachable:
    """Return the error that a message stands for, after `timeout` seconds if it is about time; without the token."""
    if address.is_lite:
        return IndexUnreachable(index, address.server, *_of_lite(Path(address.uri), message, timeout))

    def has(pattern: str) -> bool:
        return re.search(pattern, message, re.IGNORECASE) is not None

    reason, remedy = _brief(message), "look into its log"
    if has(_LATE):
        reason, remedy = _late(timeout), ""
    elif has(r"not ready"):
        reason, remedy = "it is starting, or out of order", ""
    elif has(r"unauth|auth check|authenticat|api ?key|permission|privilege"):
        reason, remedy = "it wants a token, or another one", "put the right one into QUOTH_MILVUS_TOKEN"
    elif has(_GONE):
        reason, remedy = _no_connection(address), ""
    elif has(r"unimplemented"):
        reason, remedy = "it is no Milvus server, or none that quoth knows", "name the port of one"
    return IndexUnreachable(index, address.server, reason, remedy)


def _of_lite(file: Path, message: str, timeout: float) -> tuple[str, str]:
    """Return why Milvus Lite cannot be used, and what helps: it is within this process, so nobody can start it."""
    if "open local milvus" in message.lower():
        message = _why_closed(file)
    for pattern, reason, remedy in (
        (r"holds the lock", "another process has it open", "end the other process"),
        (r"permission denied|read-only", _brief(message), "let this user write there"),
        (r"no space left", _brief(message), "free some space there"),
        (_LATE, _late(timeout), "try again when this machine has less to do"),
        (_GONE, "no connection", "try again"),
    ):
        if re.search(pattern, message, re.IGNORECASE):
            return reason, remedy
    return _brief(message), f"move {file.name} away and build the index again"


def _why_closed(file: Path) -> str:
    """Return why a file cannot be opened, which pymilvus only logs."""
    from milvus_lite import MilvusLite, MilvusLiteError

    try:
        MilvusLite(str(file)).close()
    except (MilvusLiteError, OSError, ValueError) as error:
        return (error.strerror if isinstance(error, OSError) else None) or str(error)
    return "unavailable"


def _late(timeout: float) -> str:
    return f"no reply within {timeout:g} s"


def _no_connection(address: ServerAddress) -> str:
    if address.is_encrypted:  # only gRPC's log has which of these it is
        return "no connection, or none that is encrypted with a certificate that this machine trusts"
    return "no connection"


def _brief(message: str) -> str:
    """Return a message in one line, cut where it is long, without the token or the password that this ends with."""
    text, token = " ".join(message.split()), access.token()
    for secret in (token, *token.split(":", 1)[1:]):
        text = text.replace(secret, "…") if secret else text
    return text[:LONGEST].rstrip()
