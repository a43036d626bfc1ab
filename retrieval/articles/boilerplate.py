"""Recognises what a scraped page carries besides the article, which is never quoted."""

from __future__ import annotations

import re

LONGEST = 400
"""Characters of the longest text that can be boilerplate as a whole; longer ones are prose."""

# Tails: up to the end of the sentence, with its full stop or without. A dot inside a word ("example.com") is no end.
_TAIL = r"(?:[^.!?]|[.](?=\w))*[.!?…»→>\s]*"
_OPEN = r"(?:[^.!?]|[.](?=\w))*[…»→>\s]*"
_NETWORK = (
    r"(?:facebook|twitter|x|linkedin|whats\s?app|telegram|instagram|you\s?tube|pinterest|reddit|tumblr|flipboard|"
    r"google(?: news| plus|\+)?|e-?mail|messenger|viber|vk|odnoklassniki|tik\s?tok|threads|bluesky|mastodon|rss|print|"
    r"copy link|link|sms)"
)
_AGENCY = (
    r"(?:(?:the )?associated press|ap(?: photo| images)?|reuters(?: pictures)?|afp|agence france-presse|"
    r"getty(?: images)?|epa(?:-efe)?|efe|bloomberg(?: news)?|tass|itar-tass|sputnik|ria novosti|shutterstock|istock|"
    r"alamy(?: stock photo)?|xinhua|zuma(?: press)?|unsplash|pexels|pixabay|wikimedia(?: commons)?|upi|dpa|"
    r"press association|pa(?: wire| media| images)?|anadolu(?: agency)?|kyodo(?: news)?|(?:the )?canadian press|"
    r"rex(?: features)?|nurphoto|sopa images|maxppp|ukrinform|unian|interfax|belta|handout|pool(?: photo)?|flickr|"
    r"depositphotos|adobe stock|magnum photos|imago(?: images)?|redux(?: pictures)?|lightrocket|file photo|"
    r"screenshot|courtesy(?: photo)?)"
)

_FORMS = (
    # Caption ids, picture counters and file names
    r"im[ -]?\d{4,}",
    r"(?:image|photo|slide|picture|figure)s? (?:#?\d{3,}|\d+ (?:of|/) ?\d+)",
    r"\S+\.(?:jpe?g|png|gif|webp|svg|mp4)",
    # Other articles
    r"related(?: (?:posts?|articles?|stories|story|news|content|topics?|coverage|reading|links?|items?))?:?",
    r"(?:read|see|watch) (?:also|more|next)[….»→> ]*",
    rf"also read\b:?{_OPEN}",
    rf"read more (?:about|at|on|from|in|here|by)\b{_OPEN}",
    rf"more (?:stories|news|from|on this|coverage|articles)\b{_OPEN}",
    rf"you (?:may|might) (?:also )?(?:like|be interested in|want to read)\b{_OPEN}",
    r"recommended(?: for you| stories| articles| reading)?:?",
    r"(?:most (?:read|popular|viewed|shared)|trending|popular|latest|top)"
    r"(?: (?:now|news|stories|articles|posts|headlines))?",
    r"trending|editor[’']?s[’']? (?:picks?|choice)|don[’']t miss:?|up next:?|what to read next",
    rf"(?:continue|keep) reading\b{_OPEN}",
    rf"(?:story|article|post) continues (?:below|after)\b{_OPEN}",
    rf"scroll (?:down )?(?:to|for) (?:continue|read|more)\b{_OPEN}",
    rf"(?:tags?|topics?|categor(?:y|ies)|filed under|posted in|keywords):{_OPEN}",
    r"(?:previous|next)(?: (?:article|post|story|page))?:?",
    r"story highlights|in this (?:article|story):?|table of contents",
    # Newsletters, accounts, money
    rf"sign up(?: now| today| here| below)?(?: (?:for|to)\b{_TAIL})?[.! ]*",
    rf"(?:un)?subscribe(?: (?:now|today|here|to|for|and)\b{_TAIL})?[.! ]*",
    rf"(?:get|receive)\b{_OPEN}\b(?:newsletters?|your (?:inbox|e-?mail))\b{_TAIL}",
    rf"(?:get|receive)\b{_OPEN}\b(?:stories|news|updates|headlines|alerts)\b{_OPEN}\b(?:by e-?mail|delivered)\b{_TAIL}",
    rf"(?:enter|submit|provide) your e-?mail(?: address)?"
    rf"(?: to (?:subscribe|sign up|get|receive|read|join)\b{_TAIL})?[.! ]*",
    rf"(?:thank you|thanks) for (?:subscribing|signing up|reading)\b{_TAIL}",
    rf"join (?:our (?:newsletter|mailing list|telegram|whatsapp|channel)|the newsletter)\b{_TAIL}",
    rf"join the (?:conversation|discussion)(?: (?:on {_NETWORK}|below|in the comments))?[.! ]*",
    rf"become a (?:subscriber|patron|supporter|member today)\b{_TAIL}",
    rf"support (?:our|independent|quality) (?:journalism|reporting|work)\b{_TAIL}",
    rf"(?:already|not)(?: yet)? a (?:subscriber|member)(?: yet)?\W*"
    rf"(?:(?:log|sign|join|subscribe|register|click)\b{_TAIL})?",
    rf"(?:fresh|free|our|the)? ?(?:daily|weekly|morning|evening)? ?newsletters?(?: (?:covering|with|sign)\b{_OPEN})?",
    r"(?:log|sign) ?(?:in|out)|register(?: now)?|my account|donate(?: now| today| here)?",
    rf"(?:дайджест|(?:бесплатная )?(?:e-?mail)?[- ]?рассылка|поделиться)\b{_OPEN}",
    rf"(?:подпи(?:шитесь|сывайтесь)|читайте (?:также|ещ[её]))\b{_TAIL}",
    # Share bars
    rf"(?:share|tweet|like|pin it|print|save|e-?mail)(?: this)?(?: (?:article|story|post|page))?"
    rf"(?: (?:on|via|to|by|with)(?: (?:{_NETWORK}|friends|your friends|and|or|[,&])+)+)?:?",
    rf"{_NETWORK}(?:[\s,|/·•&]+(?:and )?{_NETWORK})*",
    rf"(?:like|find|join|follow) us on {_NETWORK}\b{_TAIL}",
    rf"follow(?: [^\s.!?]+){{1,5}} on {_NETWORK}(?:(?:[\s,|/]|and\b|or\b|&)+{_NETWORK})*[.! ]*",
    r"follow(?: us)?:?|copy link|leave a (?:comment|reply)|(?:post|add) a comment",
    r"(?:\d+|no) comments?|comments?(?: \(\d+\))?",
    # Cookies, terms, browsers
    rf"we(?: and our partners)? use cookies\b{_TAIL}",
    r"(?:(?:this|our|the) (?:web)?site|[^\s.!?]+\.\w+)(?: and our partners)? uses? cookies\b"
    rf"(?:(?:,| and\b| or\b|(?: in order)? to (?:ensure|improve|give|provide|enhance|personali[sz]e|offer|make|deliver|"
    rf"analy[sz]e|help|store|remember|understand|serve|track|collect)\b){_TAIL}|"
    rf"(?: on (?:this|our) (?:web)?site)?[.! ]*)",
    rf"by (?:continuing to (?:use|browse|visit|navigate)|(?:using|accessing|browsing|visiting) (?:this|our|the) "
    rf"(?:web)?(?:site|page|app|service)s?|clicking)\b{_OPEN}"
    rf"\byou (?:agree|accept|consent|acknowledge|confirm)\b{_OPEN}"
    rf"\b(?:terms|polic(?:y|ies)|cookies?|conditions|privacy|agreements?)\b{_TAIL}",
    r"(?:accept|reject|allow|deny)(?: all)?(?: cookies)?|manage (?:cookies|preferences|consent)|got it!?|i agree",
    r"(?:cookies?|privacy)(?: and cookies?)? (?:policy|settings|preferences|notice|statement|consent)",
    r"terms (?:of (?:use|service)|(?:and|&) conditions)|contact us|about us",
    rf"(?:please )?enable javascript(?:(?: and cookies)? to (?:continue|view|read|use)\b{_TAIL})?[.! ]*",
    rf"javascript (?:is|must be)(?: (?:currently|not))? (?:disabled|enabled|required)"
    rf"(?: (?:(?:in|on|by) your (?:web )?browser|(?:in order )?to (?:view|use|see|read|continue|run|load)|"
    rf"for (?:this|the) (?:site|page|website|app))\b{_TAIL}|[.! ]*)",
    r"your browser (?:does not|doesn[’']t) support (?:(?:the )?(?:html ?5? )?(?:video|audio|canvas|iframe|svg)\b|"
    r"iframes|javascript|html ?5|this\b|inline frames)"
    r"(?: (?:tag|element|format|player|playback|content|feature|files?)s?)*[.! ]*",
    # Rights
    rf"copyright ?(?:©|\(c\)|(?:19|20)\d\d\b){_TAIL}(?:all rights reserved[.\s]*)?",
    rf"(?:©|\(c\) ?\d{{4}}){_TAIL}(?:all rights reserved[.\s]*)?",
    r"(?:.{0,160}[.,;|–—-] )?all rights (?:are )?reserved\.?(?: [0-9a-f]{16,})?",
    r"(?:copyright|©|\(c\)).{0,160}\ball rights (?:are )?reserved\.?(?: [0-9a-f]{16,})?",
    rf"(?:this )?(?:material|article|content|story) (?:may|must) not be "
    rf"(?:(?:re)?published|reproduced|copied)"
    rf"(?:,{_TAIL}|{_OPEN}\b(?:permission|consent|redistributed)\b{_TAIL}|[.! ]*)",
    r"(?=\w*\d)[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    # Addresses and origin
    r"write to .{1,80} at:?(?: \S+@\S+)?",
    r"\S+@\S+\.\w+",
    r"(?:https?://|www\.)\S+",
    rf"news in association with\b{_TAIL}|source link",
    r"this (?:post|article|page|story) is also available in\b.*",
    # Page furniture
    r"(?:error|alert): ?content is protected\W*|content is protected !+",
    r"(?:back|return|go) to (?:the )?top(?: button)?",
    r"placeholder(?: (?:canvas|image|text))?|video of (?:the )?day|(?:play|watch) (?:the )?video",
    r"advertisements?|advertising|ad|sponsored(?: content| by)?|promoted(?: content)?|paid post",
    r"(?:show|load|view|see) (?:more|all|less)(?: \w+){0,3}",
    r"loading\W*|please wait\W*|skip to (?:main )?content|toggle navigation|menu|search|home|close",
    rf"(?:click|tap) here\b{_TAIL}|download our(?: \w+)? app\b{_TAIL}|download the(?: \w+)? app",
    rf"(?:click|tap) to (?:read|share|subscribe|enlarge|expand|view|play|tweet|copy|continue)\b{_OPEN}",
    r"listen to (?:this )?article|\d+ min(?:ute)?s? read",
)
_LABELS = (
    # Photo credits that say so, other articles, origin
    r"(?:(?:file |cover |featured |stock )?(?:photo|image|picture|photograph)s?(?: illustration)?"
    r"(?: credits?| courtesy| source| by)?|credits?):",
    r"(?:photo|image|picture|video|illustration|graphic)s? (?:credits?|courtesy)(?: of\b|:)",
    r"(?:read|see|watch|listen)(?: (?:also|more|next|too))?:",
    r"(?:source|via):(?= ?(?:\S+ ?){1,6}\Z)",
    r"copyright by\b",
    r"this (?:article|post|story|piece) (?:was )?(?:first|originally) (?:appeared|published) (?:on|in|at|by)\b",
    r"the post .{1,200} (?:first appeared|appeared first) on\b",
)
"""Beginnings of lines that go on with a title, or with names."""
_BOILERPLATE = re.compile("|".join(f"(?:{form})" for form in _FORMS), re.IGNORECASE)
_LABELLED = re.compile(rf"(?:{'|'.join(_LABELS)})(?P<rest>{_TAIL})", re.IGNORECASE)
_REPORTS = re.compile(
    r"\b(?:said|says|told|tells|asked|asks|wrote|writes|warned|warns|urged|urges|claimed|claims|announced|added|adds|called|"
    r"was|were|had|did)\b",
    re.IGNORECASE,
)
"""Verbs of a sentence that reports something: a page that addresses its reader has no use for them."""
_SAYS = re.compile(
    r"\b(?:that|which|whose|because|unless|until|whether)\b|[$€£]\s?\d|\d(?![^ ]*/)[\d,.]*(?: ?%| \w+)", re.IGNORECASE
)
"""Clauses and figures of a sentence that says something."""
_OF_RIGHTS = re.compile(r"©|\(c\)|copyright|\brights (?:are )?reserved|\bcookies\b|\bmin(?:ute)?s? read", re.IGNORECASE)
_SHORT_FORM = re.compile(r"\b([A-Z]|Inc|Ltd|Co|Corp|Mr|Mrs|Ms|Dr|St|Jr|Sr|[ap]\.m)\.")
_CREDIT_PART = re.compile(r"\s*(?:/|,| via | - | – |\|| for | on | by |©)\s*", re.IGNORECASE)
_AGENCY_ONLY = re.compile(_AGENCY, re.IGNORECASE)
_TRAILING_CREDIT = re.compile(
    r"(?:^|(?<=\s))(?:[(\[][^()\[\]]{1,120}[)\]]"
    r"|(?:File )?(?:Photo|PHOTO|Image|Picture|Credit)s?(?: [Cc]redit| by| courtesy(?: of)?)?:[^()]{1,120})\s*$"
)
_LEADING_CREDIT = re.compile(r"[(\[]([^()\[\]]{1,120})[)\]]\s*")
_SAYS_SO = re.compile(r"/|photo", re.IGNORECASE)
_ENDED = re.compile(r"[.!?…][”’\"')\]]*\s*\Z")
_PARTICLES = frozenset(
    {"de", "da", "di", "du", "del", "der", "den", "van", "von", "la", "le", "al", "bin", "of", "the", "and"}
)
_DATE_LABEL = re.compile(r"(?:last )?(?:updated|modified|published|posted)\b", re.IGNORECASE)
_DATE_PART = re.compile(
    r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|mon|tue|wed|thu|fri|sat|sun|\d{1,4}(?:st|nd|rd|th)?|\d{1,2}[ap]m|[apm]|am|pm|at|on|of|the|gmt|utc|est|edt|cet",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"\b(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}:\d\d)\b")
_DIALLED = 6
"""Digits that a telephone number has."""
_DATE_GAP = re.compile(r"[\s,:/.|()–-]+")


def is_boilerplate(text: str) -> bool:
    """Return whether a block, a line or a sentence belongs to the page and not to the article."""
    if len(text) > LONGEST:
        return False
    plain = _SHORT_FORM.sub(r"\1", " ".join(text.split()))
    return _is_form(plain) or _is_labelled(plain) or _is_credit(plain) or _is_date_line(plain)


def credit_start(text: str) -> int:
    """Return where the photo credit behind a sentence begins; the text's length if there is none."""
    match = _TRAILING_CREDIT.search(text, max(0, len(text) - 160))
    if not match:
        return len(text)
    credit = match.group().strip()
    if credit[0] in "([":
        # A lone agency in brackets is a credit only behind a full stop: "... Agency (EPA)" is prose.
        if not _SAYS_SO.search(credit) and not _ENDED.search(text, max(0, match.start() - 8), match.start()):
            return len(text)
        credit = credit[1:-1]
    elif not _ENDED.search(text, max(0, match.start() - 8), match.start()) and not _only_names(
        credit.partition(":")[2]
    ):
        return len(text)
    return match.start() if is_boilerplate(credit) else len(text)


def credit_end(text: str) -> int:
    """Return where the bracketed photo credit before a sentence ends; 0 if there is none."""
    match = _LEADING_CREDIT.match(text)
    return match.end() if match and _SAYS_SO.search(match[1]) and is_boilerplate(match[1]) else 0


def _is_form(text: str) -> bool:
    """Return whether a text is a phrase with which pages address their readers, or one of their labels."""
    if not _BOILERPLATE.fullmatch(text):
        return False
    says_something = _REPORTS.search(text) or (_SAYS.search(text) and not _OF_RIGHTS.search(text))
    return not (_ENDED.search(text) and says_something)


def _is_labelled(text: str) -> bool:
    """Return whether a text is a label with a title or names behind it, rather than a sentence."""
    labelled = _LABELLED.fullmatch(text)
    return labelled is not None and (not _ENDED.search(text) or _are_names(labelled["rest"]))


def _are_names(text: str) -> bool:
    words = text.strip(" .!").split()
    return all(word in _PARTICLES or not word[:1].islower() for word in words) and not any(map(str.isdigit, text))


def _is_credit(text: str) -> bool:
    """Return whether a text is names, at least one of them a picture agency, and nothing else."""
    if len(text) > 120:
        return False
    parts = [part for part in _CREDIT_PART.split(text.strip("()[]. ")) if part]
    return any(_AGENCY_ONLY.fullmatch(part) for part in parts) and all(map(_names, parts))


def _only_names(text: str) -> bool:
    """Return whether a text is only names, between the signs that separate them in a credit."""
    parts = [part for part in _CREDIT_PART.split(text.strip("()[]. ")) if part]
    return bool(parts) and all(map(_names, parts))


def _names(text: str) -> bool:
    words = text.split()
    named = all(word[0].isupper() or word in _PARTICLES or "." in word[:-1] for word in words)
    return (named and len(words) <= 6) or bool(_AGENCY_ONLY.fullmatch(text))


def _is_date_line(text: str) -> bool:
    """Return whether a text is a date or a time, perhaps labelled, and nothing else."""
    if len(text) > 80 or not any(map(str.isdigit, text)):
        return False
    label = _DATE_LABEL.match(text)
    parts = [part for part in _DATE_GAP.split(text[label.end() if label else 0 :]) if part]
    if not (label or any(map(str.isalpha, text)) or _FIGURES.search(text)) and sum(map(str.isdigit, text)) >= _DIALLED:
        return False
    return len(parts) > 1 and all(map(_DATE_PART.fullmatch, parts))
