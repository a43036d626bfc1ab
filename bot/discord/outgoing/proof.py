"""The proof before sending: a message is read back, and every quote in it compared with its source."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.discord.outgoing.markdown import BlockQuote, read_block_quotes
from retrieval.answering.wording import folded
from retrieval.readable import readable
from retrieval.records import Citation

LONGEST_MESSAGE = 2000  # characters; counted in UTF-16 units, which are never fewer
LONGEST_LAYOUT = 4000  # characters of all texts of a message that is laid out in components
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
    marked: Citation | None = None
    """The words among them that are marked, of a block quote; None where none are."""


@dataclass(frozen=True, slots=True)
class Part:
    """A text of a message that is laid out in components."""

    text: str
    number: int = 0
    """That of the quote it shows, from 1; 0 where it shows none."""
    file: str | None = None
    """The attached file that is shown below it."""
    apart: bool = False
    """Whether a line divides it from the one above."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent, with all that it claims to quote, in the order in which it does."""

    content: str
    """Empty where the message is laid out in parts."""
    claims: tuple[Claim, ...] = ()
    files: tuple[TextFile, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """All its texts, in order."""
        return tuple(part.text for part in self.parts) if self.parts else (self.content,)


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
    quoted = [quote for text in message.texts for quote in read_block_quotes(text)]
    claimed = [
        (claim, readable(text, claim.citation.path, claim.citation.labels) if claim.as_read else text)
        for claim, text in zip(message.claims, words, strict=True)
        if claim.file is None
    ]
    if [quote.text for quote in quoted] != [text for _, text in claimed]:
        raise Unproved(f"the text quotes {quoted!r}, the sources say {claimed!r}")
    for quote, (claim, _) in zip(quoted, claimed, strict=True):
        _check_marked(quote, claim)
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


def _check_marked(quote: BlockQuote, claim: Claim) -> None:
    """Raise Unproved unless what is marked in a block quote is what is claimed to be, but for white space."""
    cited, marked = claim.citation, claim.marked
    expected = range(marked.start - cited.start, marked.end - cited.start) if marked else range(0)
    places = {place for start, end in quote.marked for place in range(start, end)}
    unmarked = "".join(quote.text[place] for place in expected if place not in places)
    if unmarked.strip() or not places <= set(expected):
        raise Unproved(f"{quote.marked!r} is marked of {quote.text!r}, not {expected!r}")


def length(content: str) -> int:
    """Return the content's length as the strictest reader of Discord's limits counts it."""
    return len(content.encode("utf-16-le", "surrogatepass")) // 2


def _check_limits(message: Outgoing) -> None:
    size = sum(map(length, message.texts))
    if size > (LONGEST_LAYOUT if message.parts else LONGEST_MESSAGE) or (message.parts and message.content):
        raise Unproved(f"the text has {size} characters")
    if any(not text.strip() or text != text.strip() for text in message.texts):
        raise Unproved("a text is empty, or begins or ends with white space, which Discord drops")
    names = [file.name for file in message.files]
    if len(names) > MOST_FILES or len(names) != len(set(names)):
        raise Unproved(f"there are {len(names)} files, {names}")
    if message.parts and sorted(part.file for part in message.parts if part.file) != sorted(names):
        raise Unproved(f"{names} are attached, and others are shown")
    if sum(len(file.data) for file in message.files) > LARGEST_FILE:
        raise Unproved("the files are too large")
