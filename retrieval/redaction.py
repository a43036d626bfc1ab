"""Secrets kept out of everything that is told: Discord tokens, and passwords and keys in addresses.

What is shaped like one is hidden wherever it stands.
"""

from __future__ import annotations

import re

HIDDEN = "[token]"

# Three parts of base64url: whose it is, when it was made, the signature; or a token of an account with two factors.
# Possessive, and from the beginning of a run only, so that a long text costs no more than to be read once.
# Between the parts may stand what a line break, a careless copy or an address made of the dot.
_UNSEEN = r"\s\u00ad\u200b-\u200f\u2060\ufeff"
_DOT = rf"[{_UNSEEN}]*+(?:[.．。]|%2[Ee])[{_UNSEEN}]*+"
_WHOLE = (
    rf"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{{22,}}+{_DOT}[A-Za-z0-9_-]{{5,7}}+{_DOT}[A-Za-z0-9_-]{{25,}}+"
    r"|mfa\.[A-Za-z0-9_-]{20,}+"
)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,}\.[A-Za-z0-9_-]{5,7}\.[A-Za-z0-9_-]{25,}")
# One that line breaks or the folders of a path cut up is known by its first part: 17 to 20 digits in base64url, which
# hardly another text is. A break may be spelt out. The signature has at most 38 characters: more are the words behind.
_SPELT = r"\\(?:[nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|0[0-7]{3})"
_BREAK = rf"(?:(?:[\t-\r\u00ad\u200b-\u200f\u2028\u2029\u2060\ufeff/]|{_SPELT}) {{0,8}}+){{0,8}}+"
_DIGITS = "".join(char + _BREAK for char in ("[MNO]", "[DTjz]", "[AEIMQUYcgk]", "[w-z0-5]"))
_CHAR = rf"[A-Za-z0-9_-]{_BREAK}"
_POINT = rf"(?:[.．。]|%2[Ee]){_BREAK}"
_BROKEN = (
    rf"(?:{_DIGITS}){{5,6}}(?:{_CHAR}){{0,3}}{_POINT}(?:{_CHAR}){{5,7}}{_POINT}(?:{_CHAR}){{24,37}}[A-Za-z0-9_-]++"
)
_TOKENS = (re.compile(_BROKEN), re.compile(_WHOLE))
# What stands before the host of an address, whose `//` a path makes `/`. A password may have the characters that an
# address would spell out: then a port is no number.
_END = r"\s\"'<>`"
_USER = re.compile(
    r"(:/{1,3}+|\b(?i:milvus|postgres)[\w+.-]{0,20}:)"
    rf"(?:[^{_END}/?#]{{1,500}}|[^{_END}/?#@:]{{1,100}}:(?!\d{{1,5}}(?:[{_END}/?#]|$))[^{_END}]{{1,300}})@"
)
# A parameter by whose name people mean a secret, and its value.
_SECRET_NAMES = (
    r"[\w.-]{0,40}?(?:tok(?:en)?|secret|passw(?:or)?d|passwd|pwd|api_?-?key|auth(?!or)|credentials?|signature|jwt|session)"
    r"[\w.-]{0,40}|[\w.-]{0,40}?(?<![A-Za-z])(?:key|sig|pass|pw|code)"
)
_PARAMETER = re.compile(rf"((?:[?&;#]|%3F|%26)(?:{_SECRET_NAMES})(?:=|%3D))[^{_END}&;#]+", re.IGNORECASE)
# Keys of the Hugging Face Hub and of GitHub.
_KEY = re.compile(r"(?<![A-Za-z0-9])(?:hf_|gh[opsu]_|github_pat_)[A-Za-z0-9_]{16,}+")


def hide_tokens(text: str) -> str:
    """Return the text with everything hidden that is shaped like a token, or is a secret part of an address."""
    for token in (*_TOKENS, _KEY):
        text = token.sub(HIDDEN, text)
    for part in (_USER, _PARAMETER):
        text = part.sub(_without_secret, text)
    return text


def public_address(url: str | None) -> str | None:
    """Return an address; None for one that holds a password or a key, which a link would publish."""
    return url if url is None or hide_tokens(url) == url else None


def _without_secret(match: re.Match[str]) -> str:
    return match[1] + HIDDEN + ("@" if match[0].endswith("@") and match.re is _USER else "")


def holds_token(text: str) -> bool:
    """Return whether something in the text is shaped like a Discord token."""
    return any(token.search(text) for token in _TOKENS)


def looks_like_a_token(text: str) -> bool:
    """Return whether a text has the shape of a bot's token, and nothing else; Discord alone knows if it is one."""
    return _TOKEN.fullmatch(text) is not None
