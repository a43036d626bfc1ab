"""Steps, faults with their remedies, and commands, with questions in other words."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from retrieval.training.structured import ABSENT, Example, Item, Page, items, part, whole
from retrieval.training.vocabulary import Vocabulary, few, made_up

_OBJECTS = (
    "the filter", "a new battery", "the cover", "your account", "a ticket", "the lamp", "the printer", "a channel",
    "the pump", "a role", "the boat", "a photo", "the oven", "your password", "a reminder", "the tent", "the bell",
    "an invoice", "a poll", "the lock", "the heater", "the world", "a guest", "the bicycle", "a letter", "the router",
    "the saddle", "a report", "the garden gate", "the coffee machine", "your profile", "an event",
)  # fmt: skip
_ACTS = (
    ("change", "changing"), ("clean", "cleaning"), ("set up", "setting up"), ("delete", "deleting"),
    ("move", "moving"), ("repair", "repairing"), ("order", "ordering"), ("reset", "resetting"),
    ("book", "booking"), ("open", "opening"), ("store", "storing"), ("rename", "renaming"), ("report", "reporting"),
    ("paint", "painting"), ("check", "checking"), ("return", "returning"), ("share", "sharing"), ("fold", "folding"),
    ("lend", "lending"), ("start", "starting"), ("switch off", "switching off"), ("link", "linking"),
)  # fmt: skip
_STEPS = (
    "Pull the {w} out.", "Press the {c} button twice.", "Wait {n} minutes.", "Turn the {w} to the {side}.",
    "Open the {w} menu.", "Choose {p}.", "Wipe the {w} with a {c} cloth.", "Push the {w} back until it clicks.",
    "Write the number on the {w}.", "Ask {name} for the key.", "Click {p}.", "Tighten the {n} screws.",
    "Type your name and confirm.", "Close the {w} again.", "Hold the {w} for {n} seconds.", "Send it to {p}.",
    "Put the {c} part on top.", "Switch the {w} off at the wall.", "Look for {p} in the list.", "Save the {w}.",
    "Wait until the {c} light goes out.", "Pour in {n} litres of water.", "Take off the {w}.", "Sign the {c} form.",
)  # fmt: skip
_HOW = (
    "How to {act} {thing}",
    "How to {act} {thing}",
    "{Acting} {thing}",
    "{Act} {thing}",
    "{thing}: {act}",
    "How do I {act} {thing}?",
)
_ASK_HOW = (
    "How do I {act} {thing}?", "how do i {act} {thing}", "How can I {act} {thing}?", "how to {act} {thing}",
    "{act} {thing}", "What do I have to do to {act} {thing}?", "steps for {acting} {thing}", "i want to {act} {thing}",
    "what's the way to {act} {thing}", "{acting} {thing}",
)  # fmt: skip


def steps(vocabulary: Vocabulary, drawn: random.Random) -> Iterator[Example]:
    """Yield questions about procedures, answered by all steps below the heading."""
    while True:
        things, acts = drawn.sample(_OBJECTS, 3), drawn.sample(_ACTS, 4)
        title = drawn.choice((f"{vocabulary.proper(drawn)} manual", "Help", vocabulary.proper(drawn), "Handbook"))
        tasks = [(acts[0], things[0]), (acts[1], things[0]), (acts[0], things[1]), (acts[2], things[2])]
        numbered, form = drawn.random() < 0.75, drawn.choice(_HOW)
        pages = [_procedure(title, _worded(form, *task), numbered, vocabulary, drawn) for task in tasks]
        place = drawn.randrange(4)
        others = (*pages[:place], *pages[place + 1 :])
        page = pages[place]
        if drawn.random() < ABSENT:
            question = _worded(drawn.choice(_ASK_HOW), acts[3], tasks[place][1])
            yield Example("structured-steps", "", question, page, (), others)
            continue
        question = _worded(drawn.choice(_ASK_HOW), *tasks[place])
        yield Example("structured-steps", "", question, page, whole(page), others)
        if drawn.random() < 0.35:
            step = page.items[0].text
            below = Page(title, (*page.above, step), items(_steps(2, vocabulary, drawn), numbered=numbered))
            ask = f"how do i {step[0].lower()}{step[1:-1]}"
            yield Example("structured-steps", "", ask, below, whole(below), others)


def _procedure(title: str, heading: str, numbered: bool, vocabulary: Vocabulary, drawn: random.Random) -> Page:
    return Page(title, (heading,), items(_steps(few(drawn, 1, 6), vocabulary, drawn), numbered=numbered))


def _steps(count: int, vocabulary: Vocabulary, drawn: random.Random) -> list[str]:
    return [
        pattern.format(
            w=drawn.choice(vocabulary.words), n=drawn.randint(2, 30), p=vocabulary.proper(drawn),
            name=vocabulary.name(drawn), c=drawn.choice(("green", "red", "grey", "small", "upper", "dry", "left")),
            side=drawn.choice(("left", "right")),
        )
        for pattern in drawn.sample(_STEPS, count)
    ]  # fmt: skip


def _worded(pattern: str, act: tuple[str, str], thing: str) -> str:
    worded = pattern.format(act=act[0], acting=act[1], Acting=act[1].capitalize(), Act=act[0].capitalize(), thing=thing)
    return (
        worded[0].upper() + worded[1:] if pattern[0] != pattern[0].lower() or pattern.startswith("{thing}") else worded
    )


_LEVELS = ("Error", "Warning", "Fatal", "ERROR", "Failure", "Problem")
_FAULTS = (
    "{w} {v} not responding", "could not open {w} file /var/{v}/{w}-{n}", "{w} width {n} is out of range",
    "no {w} left on {v}", "{w} {v} timed out after {n} ms", "unknown {w} '{v}'", "permission denied for {w} {v}",
    "{w} version {n} does not match {v}", "invalid {w} in line {n}", "connection to {w} lost", "{v} queue is full",
    "unsupported {w} {v}", "{w} overheated ({n} degrees)", "failed to load {w}/{v}.so",
)  # fmt: skip


def faults(vocabulary: Vocabulary, drawn: random.Random) -> Iterator[Example]:
    """Yield messages that are pasted as questions, whose remedies stand below them."""
    while True:
        title = drawn.choice(("Troubleshooting", f"Trouble with {made_up(drawn)}", f"{made_up(drawn)} errors"))
        level = drawn.choice(_LEVELS)
        messages = [
            pattern.format(w=drawn.choice(vocabulary.words), v=drawn.choice(vocabulary.words), n=drawn.randint(2, 400))
            for pattern in drawn.sample(_FAULTS, 5)
        ]
        pages = [
            Page(title, (f"{level}: {message}",), items(_steps(drawn.choice((1, 1, 2)), vocabulary, drawn)))
            for message in messages
        ]
        missing = drawn.random() < ABSENT
        message = messages[4 if missing else 0]
        if drawn.random() < 0.3:
            message = "".join(str(drawn.randint(1, 9)) if char.isdigit() else char for char in message)
        wrapped = (
            "{level}: {m}",
            "{m}",
            "{m}",
            "what does {m} mean",
            "i get {m}",
            'How do I fix "{m}"?',
            "{m} - what can i do",
        )
        question = drawn.choice(wrapped).format(level=level, m=message)
        yield Example(
            "structured-faults", "", question, pages[0], () if missing else whole(pages[0]), tuple(pages[1:4])
        )


_VERBS = (
    ("copy", "copying", "copy"), ("check", "checking", "verify"), ("encrypt", "encrypting", "encrypt"),
    ("restore", "restoring", "restore"), ("list", "listing", "ls"), ("remove", "removing", "rm"),
    ("compress", "compressing", "pack"), ("update", "updating", "upgrade"), ("stop", "stopping", "stop"),
    ("restart", "restarting", "restart"), ("install", "installing", "install"), ("export", "exporting", "dump"),
    ("import", "importing", "load"), ("rename", "renaming", "mv"), ("search", "searching", "grep"),
    ("build", "building", "build"), ("publish", "publishing", "push"), ("sign", "signing", "sign"),
)  # fmt: skip
_THINGS = (
    "archive",
    "database",
    "backup",
    "package",
    "server",
    "image",
    "certificate",
    "index",
    "log",
    "project",
    "volume",
    "plugin",
    "queue",
    "world",
    "site",
    "key",
)
_INTROS = (
    "To {act} the {thing}, run:", "Use this to {act} the {thing}:", "{Act} the {thing}:", "{Act} the {thing} first:",
    "The {thing} is {done} with:", "For {acting} the {thing} there is:", "Before you go on, {act} the {thing}:",
)  # fmt: skip
_ASKS = (
    "how do i {act} the {thing}", "What is the command to {act} the {thing}?",
    "what's the command to {act} the {thing}?",
    "command for {acting} the {thing}", "{act} {thing}", "How can I {act} a {thing}?", "{act} {thing} command",
    "{acting} the {thing}", "which command will {act} the {thing}",
)  # fmt: skip


def commands(vocabulary: Vocabulary, drawn: random.Random) -> Iterator[Example]:
    """Yield questions about commands and lines of settings below a sentence that introduces them."""
    while True:
        tool = made_up(drawn).lower()
        verbs, things = drawn.sample(_VERBS, 4), drawn.sample(_THINGS, 3)
        title = drawn.choice((f"{tool} guide", f"The {things[0]}", "Operations", f"Using {tool}"))
        tasks = [(verbs[0], things[0]), (verbs[1], things[0]), (verbs[2], things[0]), (verbs[0], things[1])]
        pages = [_command(title, tool, *task, drawn) for task in tasks]
        if drawn.random() < 0.4:
            merged = tuple(item for page in pages[:3] for item in page.items)
            pages = [Page(title, (), merged), *pages[3:]]
        missing, setting = drawn.random() < ABSENT, drawn.random() < 0.25
        if setting:
            yield _setting(title, tool, pages, missing, drawn)
            continue
        verb, thing = (verbs[3], things[0]) if missing else tasks[0]
        question = drawn.choice(_ASKS).format(act=verb[0], acting=verb[1], thing=thing)
        command = pages[0].items[0].text.partition(": ")[2]
        answers = () if missing else part(pages[0], 0, command)
        yield Example("structured-commands", "", question, pages[0], answers, tuple(pages[1:]))


def _command(title: str, tool: str, verb: tuple[str, str, str], thing: str, drawn: random.Random) -> Page:
    act, acting, short = verb
    intro = drawn.choice(_INTROS).format(
        act=act, acting=acting, Act=act.capitalize(), thing=thing, done=f"{act.rstrip('e')}ed"
    )
    flag = drawn.choice(
        ("--all", "-v", "--force", "--deep", "-r", "--to /mnt/spare", f"--level {drawn.randint(1, 9)}", "")
    )
    target = drawn.choice((f"/srv/{thing}", thing, f"{thing}.tar", f"~/{thing}s", f"{thing}-{drawn.randint(1, 9)}"))
    line = " ".join(
        word for word in (drawn.choice((tool, tool, f"sudo {tool}", f"./{tool}.sh")), short, flag, target) if word
    )
    after = drawn.choice(
        ("It takes about an hour.", "Nothing is printed if all went well.", "Only the owner may do that.", "", "")
    )
    above = (f"{acting.capitalize()} the {thing}",) if drawn.random() < 0.4 else ()
    return Page(title, above, tuple(Item(text) for text in (f"{intro} {line}", after) if text))


def _setting(title: str, tool: str, pages: Sequence[Page], missing: bool, drawn: random.Random) -> Example:
    names = drawn.sample(
        (
            "number of workers",
            "port",
            "size of the cache",
            "name of the server",
            "time zone",
            "language",
            "level of the log",
            "address for mail",
        ),
        3,
    )
    texts = []
    for name in names[1:]:
        key = name.split()[-1]
        value = drawn.choice((str(drawn.randint(1, 9000)), f'"{made_up(drawn).lower()}"', "true"))
        line = drawn.choice(
            (
                f"[{tool}] {key} = {value}",
                f"{key}: {value}",
                f"{key} = {value}",
                f"export {tool.upper()}_{key.upper()}={value}",
            )
        )
        texts.append(
            f"The {name} is set in {drawn.choice(('{}.toml', '/etc/{}.conf', 'config/{}.yml')).format(tool)}: {line}"
        )
    page = Page(title, drawn.choice((("Settings",), ())), items(texts))
    name = names[0] if missing else names[1]
    question = drawn.choice(
        ("how do i set the {}", "Where is the {} set?", "change the {}", "set {}", "How do I change the {}?")
    ).format(name)
    answers = () if missing else whole(page, 0)
    return Example("structured-commands", "", question, page, answers, tuple(pages))
