"""Hostile texts, and texts that no user should ever read."""

from __future__ import annotations

import random
import re
import unicodedata

UNFORESEEN = "Something went wrong unexpectedly"

PIECES = (
    "*", "**", "_", "__", "~~", "`", "```", "```py\n", "||", "# ", "## ", "-# ", "- ", "+ ", "> ", ">>> ", "1. ",
    "2) ", "\\", "\\\\", "\\*", "[a](b)", "[a](<https://b.example>)", "![a](b)", "[", "]", "(", ")", "<", ">", "&",
    "&amp;", "&#13;", "<b>", "</b>", "<script>alert(1)</script>", "</mark>", "</div>", "<!--", "-->", "<![CDATA[",
    "]]>", "<?", "<img src=x onerror=alert(1)>", "</title>", "</style>", "</script>", '" onclick="', "' onclick='",
    "$policy", "${title}", "@everyone", "@here", "<@1>", "<@!12345678901234567>", "<@&12345678901234567>",
    "<#12345678901234567>", "<:a:123456789>", "<a:a:123456789>", "</ask:123456789>", "<t:0>", "<t:0:R>",
    "<id:browse>", ":smile:", "https://a.example/b_(c)?d=e&f#g", "http://a.example", "discord.gg/abc",
    "www.a.example", "<https://a.example>", "mailto:a@b.example", "javascript:alert(1)", "\x1b[31m",
    "\x1b]8;;https://a.example\x07", "\x1b[2J", "\x9b1m", "\x07", "\x08\x08", "\x00", "\x7f", "\x85", "\r", "\r\n",
    "\n", "\n\n", "\n\n\n", "\t", "\v", "\f", "\x1c", "\x1e", " ", "  ", "\u00a0", "\u2003", "\u3000", "\u200b",
    "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e", "\u202e", "\u202d", "\u202c", "\u2066",
    "\u2067", "\u2069", "\u200e", "\u200f", "\u061c", "\u2028", "\u2029", "\ud800", "\udfff", "\udc80", "\ud83d",
    "\ufffe", "\uffff", "\ufffd", "\U000e0041", "\U000e007f", "\U0010ffff", "😀", "👩\u200d👩\u200d👧", "🇦🇱", "e\u0301",
    "\u0301", "a\u0316\u0317\u0318\u0319", "ﬁ", "ß", "İ", "ı", "Ａ", "٣", "漢字", "العربية", "עברית", "“", "”", "’",
    "–", "—", "…", "%s", "%00", "{0}", "{{", "$(x)", "[bold]", "[/bold]", "[link=x]", "[red]", "│ ", "[[", "]]",
    "[-", "-]", "{+", "+}", "¶ 1", " · ", "Confidence: high",
)  # fmt: skip
WORDS = (
    "the",
    "a",
    "bridge",
    "of",
    "Velmora",
    "was",
    "closed",
    "in",
    "2016",
    "not",
    "by",
    "Ilse",
    "Brandt",
    "she",
    "3",
    "b.",
)

# Characters that control a terminal or are invisible, by Unicode's classes instead of the attacked code's own list.
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSEEN = "".join(chr(code) for code in range(0x10000) if unicodedata.category(chr(code)) in ("Cc", "Cs", "Zl", "Zp"))
_CONCEALED = re.compile(f"[{re.escape(_BIDI + _UNSEEN)}]")


def hostile(rng: random.Random, pieces: int = 40) -> str:
    """Draw a text of up to `pieces` pieces; sometimes one long line, or arbitrary characters."""
    kind = rng.random()
    if kind < 0.03:
        return rng.choice(PIECES) * rng.randrange(1, 1500)
    if kind < 0.08:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(1, 60)))
    spiced = rng.random()
    parts = [
        rng.choice(PIECES) if rng.random() < spiced else f"{rng.choice(WORDS)} "
        for _ in range(rng.randrange(pieces) + 1)
    ]
    return "".join(parts)


def concealed(text: str, allowed: str = "\n\t") -> str:
    """Return the text's characters that control a terminal or reorder text."""
    return "".join(char for char in dict.fromkeys(_CONCEALED.findall(text)) if char not in allowed)


def dense(text: str) -> str:
    """Return the text without white space."""
    return re.sub(r"\s+", "", text)
