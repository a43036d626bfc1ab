"""Pages of entries of one kind: each below a heading that names it, with the same few things told of each."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from retrieval.training.structured import ABSENT, Example, Page, items, keywords, whole
from retrieval.training.vocabulary import STOP, Vocabulary, made_up

_KINDS = (
    "badge", "role", "rank", "plan", "pump", "compiler", "model", "trophy", "pass", "course", "club", "boat", "tent",
    "title", "quest", "camera", "museum", "pool", "trail", "library", "card", "spell", "membership", "engine", "dish",
)  # fmt: skip
_Aspect = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
_ASPECTS: tuple[_Aspect, ...] = (
    (("How to get it", "Requirements", "How to earn it"),
     ("Win {n} games of {w} in a row.", "Answer {n} questions about {w} in a month.", "Bring {n} friends along.",
      "Ask {name} for it.", "Stay a member for {n} months.", "Collect {n} pieces of {w} before {date}.",
      "Finish the course in {place} with at least {n} points.", "Everyone who helps at {p} receives it."),
     ("How do I get the {x} {kind}?", "how to get {x}", "How can I earn {x}?", "how do i get {x}",
          "What do I have to do for the {x} {kind}?")),
    (("What it shows", "Look", "Appearance"),
     ("A {w} on a green field.", "It has the form of a {w}.", "Two stars and a {w} are drawn on it.",
          "It is {c} with a {w} in the middle."),
     ("What does the {x} {kind} show?", "What does the {x} look like?", "how does {x} look")),
    (("Price", "Cost", "Fees"),
     ("It costs {n} euros.", "Members pay {n} dollars, guests {m}.",
          "The first month is free, then it is {n} crowns a month."),
     ("How much does the {x} cost?", "What is the price of the {x} {kind}?", "price {x}", "what do i pay for {x}")),
    (("Support", "Life cycle", "Releases"),
     ("Fixes are made until {date}.", "Support ends in {date}.", "Security updates stop on {date}."),
     ("When does support for {x} end?", "How long is {x} supported?", "until when do i get fixes for {x}",
          "{x} end of life")),
    (("Release", "First release", "Launch"),
     ("The first version came out in {date}.", "It was published on {date}.", "It has been sold since {date}."),
     ("When did {x} come out?", "When was {x} released?", "release date {x}")),
    (("Motor", "Power", "Technical data"),
     ("The motor has {n}0 watts.", "Its power is {n} kilowatts.", "It runs at {n}00 turns a minute."),
     ("What is the motor power of the {x}?", "How strong is the {x}?", "power of {x}")),
    (("Weight", "Size", "Measures"),
     ("It weighs {n} kilos.", "It is {n} metres long and {m} wide.", "Packed it weighs {n} pounds."),
     ("How heavy is the {x}?", "What does the {x} {kind} weigh?", "how big is {x}", "{x} weight")),
    (("Opening hours", "When", "Times"),
     ("The doors open at {h} and close at {k}.", "Open daily from {h} to {k}.", "It is closed on Mondays."),
     ("When does the {x} open?", "opening hours {x}", "When is {x} open?", "at what time does {x} close")),
    (("Where", "How to find it", "Place"),
     ("It is behind the station of {place}.", "In {place}, next to the {w}.", "Take line {h} to {place}."),
     ("Where is the {x} {kind}?", "where do i find {x}", "How do I get to {x}?")),
    (("Who may have it", "Access", "Who it is for"),
     ("Only for members over {n}.", "It is for everyone who works with {w}.", "{name} decides who may join."),
     ("Who can get the {x} {kind}?", "Who may use {x}?", "Is {x} for everyone?")),
    (("Rules", "Limits", "Restrictions"),
     ("No more than {n} people at a time.", "It may be used {n} times a day.", "Bringing {w} is not allowed."),
     ("What are the rules of {x}?", "what is the limit for {x}", "Is there a limit on the {x} {kind}?")),
    (("What it does", "Effect", "Use"),
     ("It lets you open the {w} channel.", "Your {w} grows twice as fast.", "It keeps {w} away for {n} minutes."),
     ("What does {x} do?", "What is the {x} {kind} good for?", "effect of {x}", "what can i do with {x}")),
    (("Contact", "Who looks after it", "Team"),
     ("{name} looks after it.", "Write to {name} in {place}.", "The team around {name} answers questions."),
     ("Who is responsible for the {x} {kind}?", "Who looks after {x}?", "whom do i ask about {x}")),
    (("How to lose it", "How long it lasts", "Expiry"),
     ("It is taken away after {n} days without a visit.", "It lasts {n} weeks.",
          "Whoever misses {n} meetings has to give it back."),
     ("How long does the {x} {kind} last?", "how do i lose {x}", "When does {x} expire?")),
)  # fmt: skip
_TITLES = (
    "{Kind}s of {p}",
    "{Kind}s",
    "{p} {kind}s",
    "{p}",
    "All {kind}s",
    "{Kind}s of the {p} server",
    "{Kind} guide",
)


def entries(vocabulary: Vocabulary, drawn: random.Random) -> Iterator[Example]:
    """Yield questions about one of several entries; only the heading tells which one a sentence is about."""
    while True:
        kind, own = drawn.choice(_KINDS), drawn.choice((vocabulary.proper(drawn), made_up(drawn)))
        title = drawn.choice(_TITLES).format(Kind=kind.capitalize(), kind=kind, p=own)
        names = vocabulary.propers(5, drawn)
        if drawn.random() < 0.15:
            names = [f"{own} {drawn.randint(1, 9)}.{number}" for number in drawn.sample(range(30), 5)]
        if len(names) < 5:
            continue
        aspects = drawn.sample(_ASPECTS, 4)
        headings = [drawn.choice(aspect[0]) for aspect in aspects]
        merged = drawn.random() < 0.4
        sections = {
            name: _pages_of(title, name, aspects[:3], headings, merged, vocabulary, drawn) for name in names[1:]
        }
        for name in drawn.sample(names[1:], 2):
            yield _asked(kind, name, names[0], aspects, sections, drawn)


def _pages_of(
    title: str,
    name: str,
    aspects: Sequence[_Aspect],
    headings: Sequence[str],
    merged: bool,
    vocabulary: Vocabulary,
    drawn: random.Random,
) -> list[tuple[Page, int]]:
    """Return, for each aspect, the page and the number of the item that tells it of an entry."""
    texts = [_filled(drawn.choice(bodies), vocabulary, drawn) for _, bodies, _ in aspects]
    if merged:
        page = Page(title, (name,), items(texts))
        return [(page, number) for number in range(len(texts))]
    return [(Page(title, (name, heading), items([text])), 0) for heading, text in zip(headings, texts, strict=False)]


def _asked(
    kind: str,
    name: str,
    absent: str,
    aspects: Sequence[_Aspect],
    sections: dict[str, list[tuple[Page, int]]],
    drawn: random.Random,
) -> Example:
    place, chance = drawn.randrange(3), drawn.random()
    page, item = sections[name][place]
    aspect = aspects[3] if ABSENT - 0.12 < chance < ABSENT else aspects[place]
    subject = absent if chance < ABSENT - 0.12 else name
    pattern = drawn.choice(aspect[2])
    question, history = pattern.format(x=subject, kind=kind), tuple[str, ...]()
    others = [section[place][0] for other, section in sections.items() if other != name]
    rest = [section for section, _ in sections[name] if section is not page]
    drawn.shuffle(others)
    beside = (*others[:2], *rest, *others[2:])
    style = drawn.random()
    if style < 0.08:
        other = next(entry for entry in sections if entry != name)
        history = (pattern.format(x=other, kind=kind),)
        question = drawn.choice(("And the {} {}?", "and {}?", "What about the {} {}?", "and for {} ?")).format(
            subject, kind
        )
    elif style < 0.2:
        question = keywords(question, STOP)
    answers = () if chance < ABSENT else whole(page, item)
    return Example("structured-entries", "", question, page, answers, beside, history)


def _filled(pattern: str, vocabulary: Vocabulary, drawn: random.Random) -> str:
    return pattern.format(
        n=drawn.randint(2, 90), m=drawn.randint(2, 90), h=drawn.randint(7, 11), k=drawn.randint(16, 22),
        w=drawn.choice(vocabulary.words), name=vocabulary.name(drawn), p=vocabulary.proper(drawn),
        place=drawn.choice(vocabulary.places), date=drawn.choice(vocabulary.dates),
        c=drawn.choice(("green", "red", "grey", "blue", "silver")),
    )  # fmt: skip
