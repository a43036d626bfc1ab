"""Lists of keys and values, and settings, with questions from either side."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from retrieval.training.structured import ABSENT, Example, Page, Slice, items, part
from retrieval.training.vocabulary import Vocabulary, few, made_up

_LISTS = (
    ("code", "paint"), ("room", "team"), ("channel", "station"), ("port", "service"), ("locker", "member"),
    ("emoji", "role"), ("gate", "airline"), ("level", "rank"), ("table", "guest"), ("shelf", "book"),
    ("extension", "office"), ("number", "song"), ("page", "chapter"), ("code", "fabric"), ("bay", "lorry"),
    ("key", "door"), ("symbol", "element"), ("abbreviation", "term"), ("command", "action"), ("slot", "speaker"),
    ("line", "stop"), ("button", "function"), ("prefix", "region"), ("size", "shoe"), ("code", "country"),
)  # fmt: skip
_FORWARD = (
    "what is the {key} for {value}", "What is the {key} of {value}?", "{key} for {value}", "{key} for {value}?",
    "{value} {key}", "which {key} does {value} have", "Which {key} is {value}?", "whats the {key} of {value}",
    "{key} of {value}", "{value}?", "Can you tell me the {key} for {value}?", "{key} {value}",
)  # fmt: skip
_BACKWARD = (
    "Which {name} has the {key} {code}?", "What {name} is {code}?", "what is {key} {code}", "{code} {name}",
    "which {name} is {key} {code}", "{key} {code}", "what does {code} stand for", "{code}?",
    "{name} with {key} {code}", "What is {code}?",
)  # fmt: skip
_ABOVE = (
    "The {key} stands on every {name}.", "Each {name} has its own {key}.", "This page lists all of them.",
    "Ask the office if one is missing.", "The list was checked in spring.", "",
)  # fmt: skip
_FORMS = (
    "{0}: {1}",
    "{0}: {1}",
    "{0}: {1}",
    "{0} - {1}",
    "{0} = {1}",
    "{0} : {1}",
    "{0} ; {1}",
    "{0} – {1}",
    "{0} {1}",
)


def lists(vocabulary: Vocabulary, drawn: random.Random) -> Iterator[Example]:
    """Yield questions about long lists of short items, a key and a value each."""
    while True:
        key, name = drawn.choice(_LISTS)
        count = few(drawn, 4, 26)
        codes, values = _codes(count + 3, drawn), vocabulary.propers(count + 3, drawn)
        if len(values) < count + 3:
            continue
        title = drawn.choice((f"{key.capitalize()}s of the {name}s", f"{name.capitalize()}s", vocabulary.proper(drawn)))
        form, turned = drawn.choice(_FORMS), drawn.random() < 0.35
        begin = drawn.choice(_ABOVE).format(key=key, name=name)
        above = (
            (drawn.choice((f"{name.capitalize()}s", f"{key.capitalize()}s by {name}")),) if drawn.random() < 0.4 else ()
        )

        def page(rows: Sequence[tuple[str, str]], at: str = title) -> Page:
            texts = [form.format(*(reversed(row) if turned else row)) for row in rows]  # noqa: B023
            return Page(at, above, items([begin, *texts] if begin else texts))  # noqa: B023

        rows = list(zip(codes, values, strict=True))
        absent, rows = rows[:3], rows[3:]
        listed = page(rows)
        alike = [(code, drawn.choice(vocabulary.words).capitalize()) for code, _ in rows]
        beside = (page([*absent[1:], *alike[2:]]), page(alike, vocabulary.proper(drawn)))
        for _ in range(drawn.choice((2, 3))):
            missing = drawn.random() < ABSENT
            code, value = absent[0] if missing else drawn.choice(rows)
            forward = drawn.random() < 0.6
            question = drawn.choice(_FORWARD if forward else _BACKWARD).format(
                key=key, name=name, code=code, value=drawn.choice((value, value.lower(), value))
            )
            if missing:
                yield Example("structured-lists", "", question, listed, (), beside)
                continue
            at = rows.index((code, value)) + bool(begin)
            answers = _side(listed, at, code if forward else value, begins=forward != turned)
            clean = tuple(
                other_page
                for other_page in beside
                if not any((code if not forward else value) in item.text for item in other_page.items)
            )
            yield Example("structured-lists", "", question, listed, answers, clean)


def _side(page: Page, item: int, text: str, *, begins: bool) -> tuple[Slice, ...]:
    """Return the key or the value of an item: the text that it begins or ends with."""
    length = len(page.items[item].text)
    return (Slice(item, 0, len(text)) if begins else Slice(item, length - len(text), length),)


def _codes(count: int, drawn: random.Random) -> list[str]:
    kind = drawn.random()
    if kind < 0.45:
        first, step = drawn.randint(1, 60), drawn.choice((1, 1, 2, 3))
        codes = [str(first + step * place + (step > 1) * drawn.randint(0, step - 1)) for place in range(count)]
        return drawn.sample(codes, count) if drawn.random() < 0.3 else codes
    if kind < 0.65:
        return [f"{letter}{drawn.randint(1, 9)}" for letter in drawn.sample("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF", count)]
    if kind < 0.85:
        letters = "ABCDEFGHKLMNPRSTVWXZ"
        return list({f"{''.join(drawn.sample(letters, 2))}-{drawn.randint(10, 99)}": 0 for _ in range(3 * count)})[
            :count
        ]
    return [str(number) for number in drawn.sample(range(100, 9999), count)]


_PROPERTIES = (
    "timeout", "limit", "size", "interval", "retries", "port", "path", "delay", "level", "format", "threshold", "depth",
    "buffer", "address", "mode", "prefix", "count", "ttl", "host", "owner", "colour", "encoding",
)  # fmt: skip
_QUALIFIERS = (
    "keepalive", "cache", "max", "min", "log", "upload", "session", "queue", "login", "retry", "backup", "image",
    "spawn", "view", "chat", "network", "thread", "idle", "proxy", "mail", "sync", "search", "entity", "tick",
)  # fmt: skip
_DESCRIPTIONS = (
    "How long the server waits before it gives up.", "The largest number that is accepted.",
    "Where the files are kept.", "Whether old entries are removed.", "How often the list is read again.",
    "Sets what is shown to guests.", "The address that the service listens on.", "How many are handled at a time.",
    "Players above this are sent away.", "What a line of the log looks like.", "Only used by the old client.",
)  # fmt: skip
_FIELDS = {
    "default": (
        "{p} default",
        "What is the default of {p}?",
        "default value of {p}",
        "What is {p} by default?",
        "{t} {p} default",
    ),
    "type": ("{p} type", "What type is {p}?", "which type does {p} have"),
    "description": ("What does {p} do?", "{p}", "what is {p} for", "{p} meaning"),
    "since": ("Since when is there {p}?", "{p} since which version", "When was {p} added?"),
    "maximum": ("maximum of {p}", "What is the highest {p}?", "{p} max value"),
    "unit": ("unit of {p}", "In which unit is {p}?"),
}


def settings(vocabulary: Vocabulary, drawn: random.Random) -> Iterator[Example]:
    """Yield questions about settings: fields with their values below a heading that is the setting's name."""
    while True:
        program = made_up(drawn)
        title = drawn.choice(
            (f"{program} settings", f"{program} configuration", "Configuration", f"{program} reference")
        )
        separator = drawn.choice(("-", "_", " ", "."))
        names = list({f"{drawn.choice(_QUALIFIERS)}{separator}{drawn.choice(_PROPERTIES)}": 0 for _ in range(9)})[:5]
        fields = [field for field in _FIELDS if drawn.random() < 0.7 or field == "default"]
        pages = [_setting(title, name, fields, drawn) for name in names[1:]]
        for at in drawn.sample(range(len(pages)), 2):
            field = drawn.choice(list(_FIELDS)) if drawn.random() < 0.25 else drawn.choice(fields)
            missing = drawn.random() < ABSENT - 0.1
            name = names[0] if missing else names[at + 1]
            spoken = name.replace(separator, " ") if drawn.random() < 0.5 else name
            question = drawn.choice(_FIELDS[field]).format(p=spoken, t=program.lower())
            others = (*pages[:at], *pages[at + 1 :])
            page, answers = pages[at], tuple[Slice, ...]()
            if not missing and field in fields:
                item = page.items[fields.index(field)].text
                answers = part(page, fields.index(field), item[item.index(": ") + 2 :])
            yield Example("structured-settings", "", question, page, answers, tuple(drawn.sample(others, 3)))


def _setting(title: str, name: str, fields: Sequence[str], drawn: random.Random) -> Page:
    values = {
        "default": drawn.choice(
            (str(drawn.randint(1, 4096)), "true", "false", "auto", "none", f"{drawn.randint(1, 90)}s", "/var/lib/data")
        ),
        "type": drawn.choice(("integer", "string", "boolean", "path", "duration", "list")),
        "description": drawn.choice(_DESCRIPTIONS),
        "since": f"{drawn.randint(0, 9)}.{drawn.randint(0, 30)}",
        "maximum": str(drawn.randint(10, 99_999)),
        "unit": drawn.choice(("seconds", "bytes", "ticks", "kilobytes", "blocks")),
    }
    return Page(title, (name,), items(f"{field}: {values[field]}" for field in fields))
