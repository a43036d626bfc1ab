"""Letters that say who speaks in a list of questions and answers ("Q.", "A:"), which are no part of what is said."""

from __future__ import annotations

import re
from itertools import pairwise

_SPEAKER = re.compile(r"(?:Q|A|Question|Answer)(?P<mark>[:.])\s+", re.IGNORECASE)
_LINE = re.compile(r"^[ \t>*_-]{0,8}(?:(?P<asks>Q|Question)|A|Answer)\.[ \t*_]", re.MULTILINE | re.IGNORECASE)
_NAME = re.compile(
    r"(?:[A-Z]\.|(?:d|l|O)['’][A-Z]|(?:de|da|del|der|di|du|la|le|van|von)\s)|(?P<word>[^\W\d_a-z][\w’'-]+)"
)
OPENERS = frozenset({
    "a", "about", "according", "after", "all", "although", "an", "any", "as", "at", "because", "before", "both", "but",
    "by", "do", "does", "don't", "each", "every", "for", "from", "generally", "he", "her", "his", "how", "however", "i",
    "if", "in", "is", "it", "it's", "its", "maybe", "most", "my", "never", "no", "nobody", "not", "nothing", "of", "on",
    "once", "one", "only", "our", "please", "right", "she", "since", "so", "some", "sometimes", "sure", "that", "the",
    "their", "there", "these", "they", "this", "those", "to", "true", "under", "unfortunately", "until", "usually",
    "what", "we", "well", "when", "where", "which", "while", "who", "why", "with", "without", "yes", "you", "you're",
    "your",
})  # fmt: skip
"""Words that begin sentences and are no surnames."""


class Speakers:
    """Tells the letters of speakers in one text from the initials of names."""

    def __init__(self, text: str) -> None:
        """Take the text, which may hold questions and answers."""
        self._is_dialogue = any(
            line["asks"] and not following["asks"] and "?" in text[line.end() : following.start()]
            for line, following in pairwise(_LINE.finditer(text))
        )

    def end(self, flat: str, start: int, end: int) -> int:
        """Return where the letter of a speaker before a sentence ends; `start` if there is none."""
        speaker = _SPEAKER.match(flat, start, end)
        if not speaker:
            return start
        if speaker["mark"] == ":" or speaker.end() >= end:
            return speaker.end()
        asks = flat[start:end].rstrip().endswith("?")
        is_speaker = self._is_dialogue and (asks or not begins_name(flat, speaker.end()))
        return speaker.end() if is_speaker else start


def begins_name(flat: str, start: int) -> bool:
    """Return whether a name may begin here, of which the letter or the title before it is a part."""
    name = _NAME.match(flat, start)
    return name is not None and (name["word"] or "").lower().replace("’", "'") not in OPENERS
