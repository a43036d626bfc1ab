"""What people say to each other that looks like a question, and is none that articles could answer."""

from __future__ import annotations

import re

_TO_WHOM = (
    r"(?: (?:everyone|everybody|all|guys|folks|you|u|it|that|this|him|her|them|with|today|tonight|here|there|then|now"
    r"|man|dude|bro|boss|lol|haha|again|too|yet|else|doing|going|things|life|about|for|me))*"
)
_REMARK = re.compile(
    r"(?:will|can|could|would|should|may|might|must) (?:do|be|try|see|check|come|say|get|wait|confirm|relate|love"
    r"|have|not|also|never|always|definitely|probably)(?: .*)?"
    r"|(?:can't|couldn't|won't|wouldn't|don't|didn't) (?:wait|believe|agree|know|think|worry|mind)(?: .*)?"
    r"|(?:do|did|does|done|has|have|had) (?:it|that|this|so|not|to|too|the same|been)(?: .*)?"
    r"|(?:is|was|are|were) (?:fine|fun|good|great|nice|cool|ok|okay|true|right|so|too|not|me|you)(?: .*)?"
    r"|how (?:nice|cool|funny|sad|lovely|sweet|cute|odd|weird|strange|interesting|rude)(?: .*)?|what an? .*"
)
"""What begins like a question and is none, where no question mark ends it."""
_SMALL_TALK = re.compile(
    r"(?:(?:so|well|and|oh|ok|okay|wow|haha) )*(?:how (?:nice|cool|funny|sad|lovely|sweet|dare you|about|come|so)"
    r"|how(?: is|'s| are|re) (?:it going|everyone|everybody|you|u|y'all|things|life)|how do you do"
    r"|what(?: is|'s|s)? (?:up|new|happening|going on|cooking)|what the (?:hell|heck|fuck|actual)"
    r"|who(?: else|'s| is)? (?:cares|knows|knew|asked|here|in|up)|why (?:not|me|though|tho|thank you)"
    r"|where (?:is|are|r) (?:everyone|everybody|you|u|y'all)"
    r"|(?:are|r) (?:you|u|we) (?:ok|okay|alright|sure|serious|kidding|joking|alive|awake|up|in|good|ready|a bot)"
    r"|(?:are|r) (?:you|u|we)|is (?:it just me|it friday|anyone|anybody)|(?:anyone|anybody|someone) (?:awake|up|online)"
    r"|(?:anyone|anybody|someone)|(?:did|have|do) you(?: guys)?(?: see| seen| hear| heard| believe)?|can you believe"
    r"|you (?:ok|okay|sure|up|serious|kidding|know|in)|(?:is|was) it|(?:did|does) it|will you|is that so|isn't it"
    r"|really|seriously|ok|okay|right|huh|what|eh|hm+|yes|no|yeah|nope|same|me|you|lol|lmao|innit|oh|and|so|sure|nice"
    rf"|true){_TO_WHOM}"
)
_WORD = re.compile(r"[\w'’]+")


def is_small_talk(question: str) -> bool:
    """Return whether people say this to each other, although it looks like a question."""
    words = " ".join(_WORD.findall(question.lower().replace("’", "'")))
    is_remark = not question.rstrip().endswith("?") and _REMARK.fullmatch(words)
    return not words or bool(is_remark or _SMALL_TALK.fullmatch(words))
