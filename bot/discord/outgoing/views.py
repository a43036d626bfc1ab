"""Messages in parts as discord.py's views of components, and posted components read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import discord
from discord.ui import ActionRow, Container, File, Item, LayoutView, Section, Separator, TextDisplay, View

from bot.discord.outgoing.proof import Part

IN_A_ROW = 5  # buttons
FIRST_QUOTE = 1000
"""The id of the text that shows quote 1; the others count on from it. Discord gives small ids to what has none."""

Rewrite = Callable[[int, str], str]
"""Returns what is to stand in place of a text, by the number of the quote that it shows, or 0; nothing removes it."""


class Buttons(View):
    """Buttons below a message; those of one that is laid out in parts may stand beside its quotes, too."""

    def beside(self, number: int) -> Item[Any] | None:
        """Return the button beside a quote, numbered from 1."""
        return None

    def below(self) -> list[Item[Any]]:
        """Return the buttons below the parts."""
        return list(self.children)


def laid_out(parts: Sequence[Part], view: View | None) -> LayoutView:
    """Return the view of a message in parts: texts in a box, with a view's buttons beside and below them."""
    buttons = view if isinstance(view, Buttons) else None
    box = Container[LayoutView]()
    for part in parts:
        if part.apart:
            box.add_item(Separator())
        text = TextDisplay[LayoutView](part.text, id=FIRST_QUOTE + part.number - 1 if part.number else None)
        button = buttons.beside(part.number) if buttons and part.number else None
        box.add_item(Section(text, accessory=button) if button else text)
        if part.file:
            box.add_item(File(f"attachment://{part.file}"))
    layout = LayoutView(timeout=None)
    layout.add_item(box)
    below = buttons.below() if buttons else view.children if view else []
    for at in range(0, len(below), IN_A_ROW):
        layout.add_item(ActionRow(*below[at : at + IN_A_ROW]))
    return layout


def view_texts(view: LayoutView) -> list[str]:
    """Return the texts of a view in the very form in which it is sent."""
    return list(texts_of(view.to_components()))  # type: ignore[no-untyped-call]


def texts_of(components: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the texts of components as Discord's API gives and takes them, in order."""
    for component in components:
        if component["type"] == discord.ComponentType.text_display.value:
            yield component["content"]
        yield from texts_of(component.get("components", ()))


def message_texts(message: discord.Message) -> list[str]:
    """Return the texts of a posted message, be it laid out in components or not."""
    texts = list(texts_of(component.to_dict() for component in message.components))
    return texts or [message.content]


def rewritten(message: discord.Message, rewrite: Rewrite) -> LayoutView | None:
    """Return the components of a posted message with its texts rewritten; None where nothing changes."""
    layout, changes = LayoutView.from_message(message, timeout=None), False
    layout.stop()  # its buttons are found by their ids, as those of any other message
    for item in list(layout.walk_children()):
        if isinstance(item, File):  # Discord takes no address of a file that it stores
            item.media = f"attachment://{item.media.url.partition('?')[0].rpartition('/')[2]}"
        if not isinstance(item, TextDisplay):
            continue
        number = item.id - FIRST_QUOTE + 1 if item.id is not None and item.id >= FIRST_QUOTE else 0
        text = rewrite(number, item.content)
        changes = changes or text != item.content
        if text:
            item.content = text
        else:
            _remove(layout, item)
    return layout if changes else None


def _remove(layout: LayoutView, item: TextDisplay[LayoutView]) -> None:
    parent = item.parent if isinstance(item.parent, Container) else layout
    parent.remove_item(item)
