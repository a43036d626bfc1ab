"""The questions within a message: polite words are taken off, several are told apart, and their answers joined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from retrieval.answering.followup import OPENERS, has_content
from retrieval.records import Answer, Turn

MOST = 3  # questions told apart in one message
_WHO = r"(?:you|u|ya|y'?all|(?:any|some)(?:one|body))(?: here| guys| please| kindly)?"
_WORD = r"(?:who|whom|whose|what|which|when|where|why|how|whats|whos|wheres|hows)"
_AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must|isn|aren|wasn|"
    r"weren|don|doesn|didn|hasn|haven|hadn|couldn|won|wouldn|shouldn|dont|doesnt|didnt|isnt|cant|wont)"
)
_ABOUT = r"(?: about| of| on| whether| if)?\s*[,:]?\s+"
_GREETING = (
    r"(?:hi+|hey+|hello+|hiya|yo|greetings|good (?:morning|afternoon|evening|day)|thanks|thank you|sorry|excuse me|"
    r"ok(?:ay)?|so|well|um+|hm+|please|pls|plz|(?:(?:quick|one|another|stupid|dumb|silly) )?question)"
    r"(?: (?:all|everyone|everybody|guys|folks|there|team|mods|again|friends?))*"
)
_OPENINGS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Without a mark after it, a greeting may be the question's own word: "Hello World in C?".
        rf"{_GREETING}(?:\s*[,!.:;\u2013\u2014-]+\s+|\s+(?=(?:{_WORD}|{_AUXILIARY}|i|i'm|any|tell|show|explain|just)\b))",
        rf"(?:can|could|would|will) {_WHO} (?:please |kindly )?"
        rf"(?:(?:tell|show|inform|remind|explain to|let) (?:me|us)(?: know| understand)?(?: please)?{_ABOUT}"
        r"|(?:explain|clarify|describe)\s+)",
        rf"(?:do|does|would) {_WHO} (?:happen to )?(?:know|remember|recall|have (?:an|any) idea){_ABOUT}",
        rf"(?:please |pls |just )?(?:tell|remind|show) (?:me|us)(?: please)?{_ABOUT}",
        r"(?:please |pls )?explain(?: to (?:me|us))?\s+",
        r"(?:i(?: would|['’]?d) (?:really )?(?:like|love)|i (?:just )?(?:want(?:ed)?|need)) to "
        rf"(?:know|ask|understand|find out|learn|hear)(?: you| more)?{_ABOUT}",
        rf"(?:i(?: was|['’]?m| am) |just )+(?:wondering|curious){_ABOUT}|(?:i wonder|wondering){_ABOUT}",
        rf"(?:i (?:have|got|had) (?:a|another|one) (?:\w+ )?question|(?:my|the) question is){_ABOUT}",
        rf"(?:may|can|could) i ask(?: you)?{_ABOUT}",
        rf"(?:any|some)(?:one|body) (?:here )?knows?{_ABOUT}|any ideas?{_ABOUT}",
    )
)
_CLOSING = re.compile(
    r"(?:[\s,;.!?-]+(?:please|pls|plz|(?:thanks|thank you|thx|ty)(?: (?:so|very) much| a lot)?|cheers|"
    r"in advance|everyone|guys|folks|:\)|=\)))+[\s.!?]*$",
    re.IGNORECASE,
)
_MODAL = re.compile(rf"\b{_AUXILIARY}\b", re.IGNORECASE)
_NEXT = re.compile(r"(?<=[?])\s+(?=\w)")
_CLAUSE = rf"(?:{_WORD}\s+(?:\w+\s+){{0,5}}?{_AUXILIARY}\b|who\s+\w+\s+\w|how to\s)"
_AND = re.compile(rf"[,;]?\s+(?:and|&|as well as)(?: also)?\s+(?={_CLAUSE})", re.IGNORECASE)
_GOES_ON = re.compile(rf"(?:(?:{'|'.join(sorted({*OPENERS, 'plus'}))})\b[\s,]*)+", re.IGNORECASE)
_CLAUSE_WITHIN = re.compile(r"\w\s+(?:who|which)\b", re.IGNORECASE)
_ASKS = re.compile(rf"(?:(?:in|on|at|by|for|to|from|of|with|under) )?{_CLAUSE}|{_AUXILIARY}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A question of a message, with the turns before it."""

    question: str
    history: tuple[Turn, ...]


def unwrapped(question: str) -> str:
    """Return a question without what politeness puts around it: "can you tell me who signed it please?"."""
    core = question
    while True:
        shorter = _without_opening(core)
        if shorter == core:
            break
        core = shorter
    closing = _CLOSING.search(core)
    if closing and has_content(core[: closing.start()]):
        core = core[: closing.start()] + ("?" if "?" in closing.group() else "")
    return core


def _without_opening(question: str) -> str:
    for pattern in _OPENINGS:
        opening = pattern.match(question)
        if opening and has_content(question[opening.end() :]):
            return question[opening.end() :]
    return question


def parts(question: str, history: Sequence[Turn]) -> list[Part]:
    """Return the questions of a cleaned message in order, without polite words; each may lean on those before it.

    There is only one where a part has no words of its own ("when and where was he born?").
    """
    texts = [unwrapped(text) for sentence in _NEXT.split(question) for text in _AND.split(unwrapped(sentence))]
    texts = [texts[0], *map(_without_and, texts[1:])]
    # "Who is rude and who is loud" may say more of one subject, as it does in "how do I tell someone who is rude …".
    if any(_CLAUSE_WITHIN.search(text, 8) for text in texts[:-1]):
        return [Part(unwrapped(question), tuple(history))]
    asking = all(_asks(text, is_first=at == 0) for at, text in enumerate(texts))
    if not 1 < len(texts) <= MOST or not asking:
        return [Part(unwrapped(question), tuple(history))]
    mark = "?" if texts[-1].endswith("?") else ""
    texts = [text if text.endswith("?") else text + mark for text in texts]
    earlier = [Turn(text) for text in texts]
    return [Part(text, (*history, *earlier[:at])) for at, text in enumerate(texts)]


def _without_and(text: str) -> str:
    """Return a part without what joins it to the part before, unless it is no question without that."""
    joint = _GOES_ON.match(text)
    return text[joint.end() :] if joint and _ASKS.match(text, joint.end()) else text


def _asks(text: str, *, is_first: bool) -> bool:
    """Return whether a part is a question with words of its own, or goes on with the one before ("and the saw?")."""
    joint = _GOES_ON.match(text)
    is_question = _ASKS.match(text, joint.end() if joint else 0) or (joint and not is_first and text.endswith("?"))
    return bool(is_question) and has_content(_MODAL.sub("", text))


def _searched(answers: Sequence[Answer]) -> str:
    """Return what was searched for, without a part that one behind it, which leans on it, was searched with again."""
    texts: list[str] = []
    for answer in answers:
        text = answer.searched
        for earlier in texts:
            text = text.removeprefix(earlier).strip()
        texts.append(text)
    return " ".join(filter(None, texts))


def join(answers: Sequence[Answer], top: int, nearest: int) -> Answer:
    """Join the answers to the questions of one message: the best quotes of each in turn, at least one of each.

    At least one must be answered; the confidence is that of the first that is. `nearest` limits the articles named.
    """
    answered = [answer for answer in answers if answer.answered]
    by_rank = zip_longest(*(answer.quotes for answer in answered))
    quotes = {quote.citation.ref: quote for rank in by_rank for quote in rank if quote is not None}
    articles = dict.fromkeys(ref for answer in answers for ref in answer.nearest)
    return replace(
        answered[0],
        quotes=tuple(quotes.values())[: max(top, len(answered))],
        nearest=tuple(articles)[:nearest],
        searched=_searched(answers),
        unanswered=tuple(answer.question for answer in answers if not answer.answered),
    )
