"""Hostile texts as Discord messages, plain and in components: read as Discord's apps read them, and compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from bot.discord.outgoing.components import answer_layout, quote_layout
from bot.discord.outgoing.details import Details, details_messages
from bot.discord.outgoing.messages import answer_pages, context_message, masked_link, match_message
from bot.discord.outgoing.proof import LONGEST_LAYOUT, LONGEST_MESSAGE, Claim, Outgoing, prove
from bot.discord.outgoing.views import laid_out, view_texts
from bot.formats.answer_text import ABSTAINED, sections_near
from retrieval.readable import readable
from retrieval.records import Citation
from tests.attacks.placed import Placed
from tests.attacks.rows import expect
from tests.attacks.words import concealed
from tests.discord_server.markdown import blocks, read_block

DIRECTIONS = "\u061c\u200e\u200f"  # marks that Arabic or Hebrew needs, and that do not affect the text around them
BOLD = frozenset({ABSTAINED, "Verbatim", "Not verbatim.", "Not in the articles"})
"""What quoth itself says in bold, beside the numbers of quotes."""
DIFFERS = "What differs: "


def check_messages(placed: Placed) -> None:
    """Check that messages pass the proof, read back the same, and have nothing live in them except their own."""
    links = {placed.citation.ref: placed.address} if placed.address else {}
    place, answer = placed.place, placed.answer
    abstained = replace(answer, answered=False, confidence=0.5)
    for lay_out in (answer_pages, answer_layout):
        for message in lay_out(answer, links, repeat_question=True):
            check(message, placed.text, placed)
        for message in lay_out(abstained, links, repeat_question=True):
            check(message, "", placed)
    for message in quote_layout(answer.quotes, links, 4):
        check(message, placed.text, placed)
    for message in details_messages([Details(place, (placed.citation,))], links):
        check(message, placed.text, placed)
    check(context_message(place), placed.article.text, placed)
    expect(sections_near(abstained), f"no section is near {abstained!r}")


def check_matches(placed: Placed) -> None:
    """Check the messages of `verify`, with the words that differ."""
    links = {placed.citation.ref: placed.address} if placed.address else {}
    check(match_message(placed.match("verbatim"), links), placed.text, placed)
    near = match_message(placed.match("near"), links)
    head, _, differs = near.content.rpartition(f"\n{DIFFERS}")
    if head:
        live = {kind for kind, _ in read_block(differs).live}
        expect(live <= {"bold", "strike"}, f"{live} is live in {differs!r}")
    check(replace(near, content=head or near.content), placed.text, placed)


def check(message: Outgoing, text: str, placed: Placed) -> None:
    """Raise Lost unless a message shows the words of its claims, which are slices of the text, and is safe."""

    async def source(cited: Sequence[Citation]) -> list[str]:
        return [text[slice(*_within(one, text, placed))] for one in cited]

    with suppress(StopIteration):
        prove(message, source).send(None)
    longest = LONGEST_LAYOUT if message.parts else LONGEST_MESSAGE
    size = sum(len(one.encode("utf-16-le", "surrogatepass")) // 2 for one in message.texts)
    expect(size <= longest, f"a message has {size} characters")
    quoted = list[str]()
    for one in _sent(message):
        hidden = concealed(one, "\n\t" + DIRECTIONS)
        expect(not hidden, f"a message has {hidden!r} in {one!r}")
        quoted += _quotes_of(one, message.claims, placed)
    carried = [_words(claim, text) for claim in message.claims if claim.file is None]
    expect(quoted == carried, f"a message quotes {quoted!r} of {text!r}")
    for file in message.files:
        read = file.data.decode("utf-8", "surrogatepass")
        expect(read == text, f"the file {file.name} has other words than {text!r}")


def _sent(message: Outgoing) -> Iterable[str]:
    """Return the texts of a message as they are sent."""
    if not message.parts:
        return message.texts
    texts = view_texts(laid_out(message.parts, None))
    expect(tuple(texts) == message.texts, f"the components have {texts!r} of {message.texts!r}")
    return texts


def _within(cited: Citation, text: str, placed: Placed) -> tuple[int, int]:
    is_whole = text == placed.article.text
    return (cited.start, cited.end) if is_whole else (0, len(text))


def _words(claim: Claim, text: str) -> str:
    return readable(text, claim.citation.path, claim.citation.labels) if claim.as_read else text


def _quotes_of(text: str, claims: Sequence[Claim], placed: Placed) -> list[str]:
    """Return the block quotes of a text as Discord's apps show them; raises Lost if anything else in it is live."""
    quotes = []
    own_links = {masked_link("x", address)[5:-2] for address in (placed.address, placed.article.url) if address}
    for is_quote, block in blocks(text):
        reads = read_block(block)
        if is_quote:
            quotes.append(reads.text)
            marked = [claim.marked for claim in claims if claim.marked]
            expect(not reads.live or marked, f"{reads.live!r} is live in {block!r}")
            cited = "".join("".join(words.split()) for kind, words in reads.live)
            kinds = {kind for kind, _ in reads.live}
            expect(
                not marked or (kinds <= {"bold"} and cited in ("", "".join(placed.text.split()))),
                f"{block!r} marks {cited!r}",
            )
            continue
        for kind, words in reads.live:
            is_own = {
                "subtext": True,
                "bold": words in BOLD or words.isdecimal(),
                "list": block.startswith("**") or "**\n" in block,
                "link": words.rpartition(" ")[2] in own_links,
                "time": True,
                "code": words == placed.citation.ref,
            }.get(kind, False)
            expect(is_own, f"{kind} {words!r} is live in {block!r}")
    return quotes
