"""The proof before sending: a message is read back, and every quote in it compared with its source."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.discord.outgoing.markdown import block_quotes
from retrieval.answering.wording import folded
from retrieval.readable import readable
from retrieval.records import Citation

LONGEST_MESSAGE = 2000  # characters; counted in UTF-16 units, which are never fewer
MOST_FILES = 10
LARGEST_FILE = 8 * 1024 * 1024  # bytes of all files of a message together

Source = Callable[[Sequence[Citation]], Awaitable[list[str]]]
"""The cited words, from the articles themselves."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file to attach that holds one quote and nothing else."""

    name: str
    text: str

    @property
    def data(self) -> bytes:
        """UTF-8; code points that are no characters are kept the way that "surrogatepass" reads back."""
        return self.text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Claim:
    """Words that a message shows as a source's own."""

    citation: Citation
    file: str | None = None
    """The attached file that holds them; None where they are a block quote of the message's text."""
    also: tuple[Citation, ...] = ()
    """Other places that are said to print them."""
    as_read: bool = False
    """Whether the message's text shows them without Markdown's marks."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent, with all that it claims to quote, in the order in which it does."""

    content: str
    claims: tuple[Claim, ...] = ()
    files: tuple[TextFile, ...] = ()


class Unproved(Exception):
    """A message that does not show what it claims to show; it must not be sent."""


async def prove(message: Outgoing, source: Source) -> None:
    """Raise Unproved unless every quote in the message is its source's own, character by character.

    One that is shown as it reads has to be what `readable` makes of the source's own characters.

    Other places that are said to print it must do so, too, but for what `folded` takes for the same.
    """
    _check_limits(message)
    cited = [place for claim in message.claims for place in (claim.citation, *claim.also)]
    printed = iter(await source(cited) if cited else ())
    words = [_words(claim, [next(printed) for _ in (claim.citation, *claim.also)]) for claim in message.claims]
    quoted = list(block_quotes(message.content))
    claimed = [
        readable(text, claim.citation.path, claim.citation.labels) if claim.as_read else text
        for claim, text in zip(message.claims, words, strict=True)
        if claim.file is None
    ]
    if quoted != claimed:
        raise Unproved(f"the text quotes {quoted!r}, the sources say {claimed!r}")
    attached = {file.name: file.data.decode("utf-8", "surrogatepass") for file in message.files}
    expected = {claim.file: text for claim, text in zip(message.claims, words, strict=True) if claim.file is not None}
    if attached != expected:
        raise Unproved(f"the files hold {attached!r}, the sources say {expected!r}")


def _words(claim: Claim, printed: Sequence[str]) -> str:
    """Return the cited words, of those that stand at each of the claim's places in turn."""
    words, *elsewhere = printed
    for place, other in zip(claim.also, elsewhere, strict=True):
        if folded(other) != folded(words):
            raise Unproved(f"{place.ref} is said to print {words!r}, and says {other!r}")
    return words


def length(content: str) -> int:
    """Return the content's length as the strictest reader of Discord's limits counts it."""
    return len(content.encode("utf-16-le", "surrogatepass")) // 2


def _check_limits(message: Outgoing) -> None:
    if not message.content.strip() or length(message.content) > LONGEST_MESSAGE:
        raise Unproved(f"the text has {length(message.content)} characters")
    if message.content != message.content.strip():
        raise Unproved("the text begins or ends with white space, which Discord drops")
    names = {file.name for file in message.files}
    if len(message.files) > MOST_FILES or len(names) != len(message.files):
        raise Unproved(f"{len(message.files)} files of {len(names)} names")
    if sum(len(file.data) for file in message.files) > LARGEST_FILE:
        raise Unproved("the files are too large")
