"""Tables, with questions by row and column and by value."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from retrieval.training.structured import ABSENT, Example, Item, Page, Slice
from retrieval.training.vocabulary import Vocabulary, few


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    draw: Callable[[Vocabulary, random.Random], str]
    asks: tuple[str, ...] = ()
    by_value: tuple[str, ...] = ()


def _amount(units: str, least: int, most: int) -> Callable[[Vocabulary, random.Random], str]:
    def draw(vocabulary: Vocabulary, drawn: random.Random) -> str:
        number = drawn.randint(least, most)
        return f"{number:,} {drawn.choice(units.split('|'))}".strip()

    return draw


def _year(vocabulary: Vocabulary, drawn: random.Random) -> str:
    return str(drawn.randint(1100, 2026))


def _time(vocabulary: Vocabulary, drawn: random.Random) -> str:
    return f"{drawn.randint(6, 22)}:{drawn.choice(('00', '15', '30', '45'))}"


_COLUMNS = (
    _Column("Captain", Vocabulary.name, ("Who is the captain of the {row}?",), ("Which {kind} does {value} command?",)),
    _Column("Owner", Vocabulary.name, ("Who owns {row}?", "who is the owner of {row}"), ("What does {value} own?",)),
    _Column("Contact", Vocabulary.name, ("Who is the contact for {row}?", "whom do i call about {row}")),
    _Column("Trainer", Vocabulary.name, ("Who trains {row}?",), ("Which {kind} does {value} train?",)),
    _Column("Author", Vocabulary.name, ("Who wrote {row}?",), ("What did {value} write?",)),
    _Column("Place", lambda v, d: d.choice(v.places), ("Where is {row}?", "where is {row} held"),
         ("Which {kind} is in {value}?",)),
    _Column("Speed", _amount("knots|km/h|mph|MB/s", 4, 300), ("How fast is the {row}?", "top speed of {row}")),
    _Column("Height", _amount("m|metres|feet", 3, 4000), ("How high is {row}?", "How tall is {row}?")),
    _Column("Weight", _amount("kg|g|tonnes|pounds", 2, 900), ("How heavy is the {row}?", "What does the {row} weigh?")),
    _Column("Length", _amount("km|m|miles|minutes", 2, 900), ("How long is {row}?",)),
    _Column("Price", _amount("euros|dollars|crowns|pounds", 2, 900), ("How much does {row} cost?",
         "what do i pay for {row}", "price for {row}")),
    _Column("Fee", _amount("euros|dollars|points", 2, 400), ("What is the fee for {row}?", "How much is {row}?")),
    _Column("Population", _amount("", 120, 900_000), ("How many people live in {row}?",
         "What is the population of {row}?")),
    _Column("Capacity", _amount("|people|seats|litres", 8, 9000), ("How many fit into {row}?",
         "What is the capacity of {row}?")),
    _Column("Members", _amount("", 3, 900), ("How many members does {row} have?",)),
    _Column("Founded", _year, ("When was {row} founded?", "In which year was {row} founded?"),
         ("Which {kind} was founded in {value}?",)),
    _Column("Built", _year, ("When was {row} built?",), ("Which {kind} was built in {value}?",)),
    _Column("Opens", _time, ("When does {row} open?", "What time does {row} open?"),
         ("Which {kind} opens at {value}?",)),
    _Column("Departure", _time, ("When does the {row} leave?", "when does {row} depart"), ("What leaves at {value}?",)),
    _Column("Released", lambda v, d: d.choice(v.dates), ("When did {row} come out?", "When was {row} released?"),
         ("What came out on {value}?",)),
    _Column("Material", lambda v, d: d.choice(v.words), ("What is {row} made of?",),
         ("Which {kind} is made of {value}?",)),
    _Column("Status", lambda v, d: d.choice(("open", "closed", "planned", "deprecated", "stable", "paused")),
         ("Is {row} open?", "What is the status of {row}?")),
    _Column("Limit", _amount("MB|requests|characters|days", 1, 5000), ("What is the limit for {row}?",)),
    _Column("Role", lambda v, d: d.choice(v.words), ("Which role does {row} have?",)),
)  # fmt: skip
_KINDS = (
    "Ferry", "Town", "Ship", "Tower", "Plan", "Team", "Room", "Model", "Version", "Bridge", "Server", "Route", "Club",
    "Museum", "Trail", "Name", "Rank", "Game", "Course", "Boat", "Item", "Tier", "Engine", "Event",
)  # fmt: skip


def tables(vocabulary: Vocabulary, drawn: random.Random) -> Iterator[Example]:
    """Yield questions about tables, by row and column and by value."""
    while True:
        columns = drawn.sample(_COLUMNS, drawn.choice((2, 3, 3, 4, 5)))
        unused, columns = columns[0], columns[1:] if len(columns) > 2 else columns
        kind, count = drawn.choice(_KINDS), few(drawn, 2, 12)
        heads = vocabulary.propers(count + 6, drawn)
        if len(heads) < count + 6:
            continue
        title = drawn.choice((f"{kind}s", vocabulary.proper(drawn), f"{kind}s of {drawn.choice(vocabulary.places)}"))
        cells = {head: [column.draw(vocabulary, drawn) for column in columns] for head in heads}
        heading = (f"The {kind.lower()}s",) if drawn.random() < 0.3 else ()
        above = (*heading, " ; ".join([kind, *(column.name for column in columns)]))
        table = _table(title, above, cells, heads[:count])
        beside = (
            _table(title, above, cells, heads[count : count + 5]),
            _table(vocabulary.proper(drawn), above, cells, heads[count + 1 : count + 4]),
        )
        for _ in range(drawn.choice((2, 3))):
            place = drawn.randrange(len(columns))
            row = drawn.randrange(count)
            chance = drawn.random()
            head = heads[-1] if chance < ABSENT - 0.08 else heads[row]
            column = unused if ABSENT - 0.08 <= chance < ABSENT and unused not in columns else columns[place]
            absent = head != heads[row] or column is not columns[place]
            value = cells[head][place]
            if column.by_value and drawn.random() < 0.3 and not absent and _once(value, table):
                question = drawn.choice(column.by_value).format(kind=kind.lower(), value=value)
                answer = (Slice(row, 0, len(head)),)
            else:
                asks = (
                    *column.asks,
                    *column.asks,
                    "What is the {column} of {row}?",
                    "{row} {column}",
                    "{column} of {row}",
                    "{column} {row}",
                )
                question = drawn.choice(asks).format(row=head, column=column.name.lower())
                before = sum(len(cell) + 3 for cell in (head, *cells[head][:place]))
                answer = (Slice(row, before, before + len(value)),)
            yield Example("structured-tables", "", question, table, () if absent else answer, beside)


def _table(title: str, above: tuple[str, ...], cells: dict[str, list[str]], heads: Sequence[str]) -> Page:
    return Page(title, above, tuple(Item(" ; ".join((head, *cells[head]))) for head in heads))


def _once(value: str, table: Page) -> bool:
    return sum(value in item.text for item in table.items) == 1
