"""The question within a message: without the emoji, mentions, greetings and thanks that people put around it.

What stands within a sentence is a word of it, and stays. In case of doubt, nothing is taken away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import discord

Namer = Callable[[str], str]
"""Returns the name behind a mention as a message writes it ("<@1>", "<@&1>", "<#1>"); "" where nobody knows it."""

LONGEST_CLOSING = 200  # characters at the end of a message within which thanks are looked for
_SPACE = " \t\r\n"
_PICTURE = "[\U0001f000-\U0001faff\u2600-\u27bf\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u231a\u231b\u23e9-\u23fa]"
_EMOJI = rf"(?:<a?:\w{{1,32}}:\d+>|(?:{_PICTURE}[\ufe0e\ufe0f\u200d]*)+)"
_MENTION = r"(?:<(?:@[!&]?|\#)\d+>|@everyone\b|@here\b)"
_TYPED = r"(?:(?<![\w:]):[a-z0-9_+-]{1,32}:(?![\w:])|(?<!\S)(?:[:;=]['-]?[()DPpOo/|]+|<3+|\^\^|xD+)(?!\S))"
"""Shortcodes and emoticons, which may as well be text."""
_ANY = rf"(?:{_EMOJI}|{_MENTION}|{_TYPED})"
_TOKEN = re.compile(rf"(?P<emoji>{_EMOJI})|(?P<mention>{_MENTION})|</(?P<command>[^:<>\n]+):\d+>")
_CUSTOM = re.compile(r"<a?:(\w+):\d+>")

_WH = r"(?:who|whom|whose|what|which|when|where|why|how)(?:['’]?(?:s|re|d))?"
_VERB = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|must)(?:n['’]t)?"
_ASKING = (
    rf"(?:{_WH}|{_VERB}|(?:about|after|at|before|by|during|for|from|in|of|on|to|under|with|within)\s+"
    r"(?:how|what|when|where|which|whom|whose))"
)
_OPENER = (
    rf"(?:{_ASKING}|the|an?|in|on|at|by|to|for|of|from|with|before|after|during|under|besides|according|i"
    r"|i['’](?:m|d|ve)|we|you|my|and|but|so|also|just|please|pls|plz|any|anyone|anybody|someone|somebody|quick|one"
    r"|another|sorry|tell|explain|give|show|find)\b"
)
_GAP = r"(?:\s*[,.!:;…]+\s+|\s+[-–—]+\s+|\s*\n\s*)"
_END = rf"(?:[\s.!,…]|{_ANY})*\Z"
_PEOPLE = r"(?:there|all|every(?:one|body|1)|folks|guys|team|people|friends?|bot|quoth|again|y['’]all|mates?)"
_CALL = r"(?:hey+a?|hiya|howdy)"
_HELLO = r"(?:hi+|hello+|greetings|(?:good\s+)?(?:morning|evening)|good\s+(?:afternoon|day)|g['’]day)"
_THANKS = (
    r"(?:thanks|thank\s+(?:you|u|ya)|thx|thnx|tnx|tysm)"
    r"(?:\s+(?:a\s+(?:lot|bunch|ton|million)|(?:so\s+|very\s+)?much|in\s+advance|for\s+(?:the|your|any|all)\s+\w+"
    rf"|{_PEOPLE})|,\s+(?:all|every(?:one|body)|bot|quoth))*"
)
_FAREWELL = (
    r"(?:ty|tia|cheers|please|pls|plz|much\s+appreciated|bye|good\s+night|(?:best|kind)\s+regards"
    r"|have\s+an?\s+(?:nice|good|great|lovely|awesome)\s+\w+)"
)

_GREETINGS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:{_CALL}|hi+)(?:\s+{_PEOPLE})*(?:{_GAP}|{_END}|\s*(?={_ANY}))",
        rf"{_CALL}(?:\s+{_PEOPLE})*\s+(?={_ASKING}\b)",
        rf"(?:{_HELLO}|dear)(?:\s+{_PEOPLE})+(?:{_GAP}|{_END}|\s+(?={_OPENER}))",
        rf"(?:{_HELLO}|{_THANKS})(?:{_END}|(?:{_GAP}|\s+)(?={_ANY})|{_GAP}(?={_OPENER}))",
        rf"(?:hello+|greetings|good\s+(?:morning|evening|afternoon|day)){_GAP}(?=(?-i:(?!world)[a-z]))",
        rf"{_HELLO}\s+(?=(?:{_WH}|{_VERB}\s+(?:i|we|you|there|any(?:one|body)?|some(?:one|body)|it))\b)",
    )
)
"""What a message may begin with. "Hello" and "thanks" may be what it is about: they go where a question begins."""
_CLOSING = re.compile(
    rf"(?P<gap>\A|\s*[,;.?!…]+\s*|\s+[-–—]+\s+|\s*\n\s*|\s+(?=\S+(?:\s+you)?\s+in\s+advance))"
    rf"(?:(?:and|many|ok|okay|so|great|perfect|nice|cool|alright|no|oh),?\s+)*(?:(?P<thanks>{_THANKS})|{_FAREWELL})"
    rf"(?:\s*[,.!&+]*\s+(?:and\s+)?(?:{_THANKS}|{_FAREWELL}))*{_END}",
    re.IGNORECASE,
)
_LIST = re.compile(r"[,:]\s*\w+\s*\Z")
"""The end of a list of words, the last of which may be "thanks"."""
_LEADING = re.compile(rf"{_ANY}(?:[,!:;]+(?=\s))?\s*")
_EACH = re.compile(_ANY, re.IGNORECASE)
_ONLY_EMOJI = re.compile(rf"(?:{_EMOJI}\s*)+")
_SUBJECT = re.compile(
    rf"(?:means?|meaning|stands?|emojis?|emotes?|icons?|reactions?|symbols?|(?:is|are|was|were)\s+"
    rf"(?:{_WH}|for|used|meant|short))\b",
    re.IGNORECASE,
)
"""What follows an emoji that is talked about."""
_LEANS = re.compile(
    rf"(?:\b(?:{_VERB}|be|been|a|an|the|this|that|these|those|my|your|our|his|her|its|their|any|some|each|every|of|in|on"
    r"|at|by|for|from|with|without|to|into|onto|about|as|like|than|via|per|between|and|or|called|named|used?|say|says"
    r"|said|type|write|send|post|add|react|put|mention|ping|tag|see|emoji|emote|icon|reaction|symbol|role|channel)"
    r"|:)\s*\Z",
    re.IGNORECASE,
)
"""What stands before an emoji that is a word of its sentence."""

_GAPS = re.compile(r"[\s,]+(?=[?!.…]+\Z)|\A[,:;](?=\s)|[ \t]+(?=[,;]\s)")
_NAMED = re.compile(r"<(?P<sign>@|#)[!&]?\d+>|</(?P<command>[^:<>\n]+):\d+>|<a?(?P<emoji>:\w+:)\d+>")
_ID = re.compile(r"\d+")
_BLANK_LINES = re.compile(r"\n{3,}")


def question_in(text: str, name_of: Namer = lambda mention: "") -> str:
    """Return the question that a text asks; "" where it is all greetings, thanks and emoji.

    Emoji and mentions go from its ends, and emoji from between its words. One that the sentence is about stays:
    a custom emoji as its shortcode, a mention as its name.
    """
    question = text.strip()
    while (shorter := _without_ends(question)) != question:
        question = shorter
    return _tidied(_TOKEN.sub(lambda token: _word_for(token, name_of), question))


def with_names(text: str, name_of: Namer) -> str:
    """Return a text with its mentions, commands and custom emoji as Discord shows them."""

    def shown(token: re.Match[str]) -> str:
        if token["sign"] is not None:
            return f"{token['sign']}{name_of(token[0]) or 'unknown'}"
        return token["emoji"] or f"/{token['command']}"

    return _NAMED.sub(shown, text)


def namer(users: Iterable[discord.User | discord.Member], guild: discord.Guild | None) -> Namer:
    """Return what knows the names of these users, and of a server's roles and channels."""
    names = {user.id: user.display_name for user in users}

    def name_of(mention: str) -> str:
        id_ = int(_ID.findall(mention)[-1])
        if mention.startswith("<@&"):
            role = guild.get_role(id_) if guild else None
            return role.name if role else ""
        if mention.startswith("<#"):
            channel = guild.get_channel_or_thread(id_) if guild else None
            return channel.name if channel else ""
        return names.get(id_, "")

    return name_of


def _without_ends(text: str) -> str:
    """Return the text without one thing at each of its ends."""
    text = _without_trailing_tokens(text.strip(f"{_SPACE},"))
    closing = _CLOSING.search(text, max(0, len(text) - LONGEST_CLOSING))
    if closing and not _is_last_of_list(closing):
        text = text[: closing.start()] + closing["gap"].rstrip(f"{_SPACE},;-–—")
    for greeting in _GREETINGS:
        text = greeting.sub("", text, count=1) if greeting.match(text) else text
    at = 0
    while (leading := _LEADING.match(text, at)) and not _SUBJECT.match(text, leading.end()):
        at = leading.end()
    return text[at:].strip()


def _without_trailing_tokens(text: str) -> str:
    """Return the text without the tokens behind its sentence, or the emoji at the end of it."""
    sentence = text.rstrip(f"{_SPACE}?.!…")
    start, before_it = len(sentence), None
    for token in reversed(list(_EACH.finditer(sentence))):
        if sentence[token.end() : start].strip():
            before_it = token
            break
        start = token.start()
    before = sentence[:start].rstrip(f"{_SPACE},")
    gap, tokens = sentence[len(before) : start], sentence[start:]
    is_list = before_it is not None and before_it.end() == len(before)
    is_apart = not before or before[-1] in ".?!…" or "\n" in gap or ("," in gap and not is_list)
    if tokens and (is_apart or (_ONLY_EMOJI.fullmatch(tokens) and not _leans(before))):
        return before + text[len(sentence) :].strip()
    return text


def _leans(before: str) -> bool:
    """Return whether an emoji behind these words is one of their sentence's."""
    return bool(_LEANS.search(before[-LONGEST_CLOSING:]))


def _is_last_of_list(closing: re.Match[str]) -> bool:
    """Return whether the words that may be thanks are the last of a list, or all that a comma sets apart."""
    gap = closing["gap"].strip()
    if gap not in {",", ";"}:
        return False
    return closing["thanks"] is None or bool(_LIST.search(closing.string[: closing.start()]))


def _word_for(token: re.Match[str], name_of: Namer) -> str:
    """Return what stands for an emoji, a mention or a command within a sentence."""
    if token["command"] is not None:
        return f"/{token['command']}"
    if token["mention"] is not None:
        return name_of(token["mention"]) if token["mention"].startswith("<") else token["mention"]
    before, behind = token.string[: token.start()], token.string[token.end() :]
    if _leans(before) or _SUBJECT.match(behind.lstrip()):
        return _CUSTOM.sub(r":\1:", token["emoji"])
    return " "


def _tidied(text: str) -> str:
    """Return the text without the gaps that something left before its other words."""
    lines = (re.sub(r"[ \t]{2,}", " ", line).strip() for line in text.split("\n"))
    return _GAPS.sub("", _BLANK_LINES.sub("\n\n", "\n".join(lines))).strip()
