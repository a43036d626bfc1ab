"""Full stops that end no sentence: those of abbreviations, times and names such as .NET."""

from __future__ import annotations

import re

_STOPS = re.compile(
    # a.m. and p.m., where what follows belongs to the time: a weekday, a month, a time zone, a small letter
    r"\b[ap]\.m\.(?=\s+(?:(?:on\s+)?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)(?:day)?s?\b|"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b|(?-i:[A-Z]{2,5}\b)|(?-i:[a-z(])|"
    r"(?:Eastern|Central|Mountain|Pacific|Greenwich|Central European|British|local)\b))"
    # abbreviations before a number, a bracket or a small letter
    r"|\b(?:approx|est|ca|c|circa|vol|vols|no|nos|nr|eq|eqs|fig|figs|ch|sec|sect|art|arts|par|para|pp|pt|pts|ed|eds|"
    r"max|min|avg|dept|tel|ext|al|cf|ibid|viz|resp|incl|excl|temp|wt|ht|sq)\.(?=\s*(?:[\d(\[§#~]|(?-i:[a-z])))"
    # titles before a name
    r"|\b(?:Cllr|Amb|Atty|Supt|Insp|Det|Cmdr|Adm|Maj|Brig|Fr|Br|Sr|Pres|Supt|Pvt|Cpl|Hon|Messrs|Mme|Mlle|Ald|Assn|Dir|Treas|Mgr|Mag|Bp|Abp|Card|Msgr|Ft|Mt|Rt|Sgt|Lt|Col|Capt|Gen|Gov|Sen|Rep|Prof|Rev)\.(?=\s+[A-Z])"
    # Dutch and Spanish titles before a name, and countries in the plural
    r"|\b(?:dhr|mevr|mw|mej|drs|ir|ing|mr|ds|Sr|Sra|Srta|Sres|Dr|Dra|Drs|Lic|Ldo|Arq|Ing|Excmo|Excma|Ud|Uds|Dña|D)\."
    r"(?=\s+[A-ZÀ-Þ])"
    r"|\b(?-i:EE\.(?=\s?UU\.)|UU\.(?=\s+[a-zà-ÿ])|RR\.(?=\s?HH\.)|FF\.(?=\s?AA\.)|CC\.(?=\s?AA\.))"
    r"|\b(?:bijv|bv|blz|resp|enz|p\. ?ej|pág|págs|núm|aprox|tel)\.(?=\s+[\da-zà-ÿ])"
    r"|\b(?:e\.g|i\.e|et al|a\.k\.a|Ph\.D|M\.D|B\.A|w\.r\.t|vs)\.(?=\s)"
    # ordinals and names
    r"|\b\d{1,2}(?:st|nd|rd|th)?\.(?=\s+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))"
    r"|(?<!\S)\.(?=[A-Za-z])",
    re.IGNORECASE,
)


_BEFORE_NUMBERS = re.compile(
    r"\b(?:(?:ex|exs|app|annex|tab|tbl|abb|kap|bd|ziff|abs|anm|lem|thm|prop|def|cor|alg|rys|tabl|str|obr|čl|tav|cap|num|tom|"
    r"рис|табл|стр|гл|разд|ст|см|ил|вып|пп|кн|мал|сл|(?-i:[nps§cvlпстч]))\.(?=\s*(?:\d|№|(?-i:[IVX]+\b)))"
    r"|\d{1,3}\.(?=\s+(?-i:[a-zß-öø-ÿа-яё])))",
    re.IGNORECASE,
)
"""What stands before a number; and ordinals before a small letter, with which no sentence begins."""
_INITIAL = r"|(?<!\S)(?:[A-ZÀ-ÞА-Я]|MM)\.(?=\s+[A-ZÀ-ÞА-Я])"
_GERMAN_OPENERS = (
    r"(?:D(?:er|ie|as|ann|anach|och|ort|abei|amit|eshalb|iese[rs]?)|E(?:r|s|in|ine)|Sie|Wir|Ich|Ihr|Man|Und|Aber|Auch|Im|In|"
    r"Am|An|Auf|Aus|Bei|Mit|Nach|Seit|Von|Vor|Zu|Zum|Zur|Für|Als|Wenn|Weil|So|Nicht|Kein|Keine|Nun|Jetzt|Heute|Später)\b"
)
_OF_LANGUAGE = {
    "de": re.compile(
        rf"(?<![\d.,])\b\d{{1,2}}\.(?=\s+(?!{_GERMAN_OPENERS})[A-ZÄÖÜ])"
        r"|\b(?:[Dd](?:er|ie|as|es|em|en)|[AaIi]m|[Vv]om|[Zz]u[mr]|[Bb]eim|[Aa]ls|[Ee]ine?[nmrs]?) \d{1,3}\."
        r"(?=\s+[A-ZÄÖÜ])"
        r"|\b(?:Fa|Fam|Frl|Hr|Hrn|Fr|Pfr|Nr|lt|gem|vgl|Vgl|sog|ggf|evtl|inkl|exkl|bzw|geb|Abs|Mio|Mrd|Tsd|zzgl|Dipl)\."
        r"(?=\s+[\wÄÖÜ])" + _INITIAL
    ),
    "ru": re.compile(r"\b(?:им|ул|просп|пер|проф|акад|доц|ген|полк|св|тов|гр)\.(?=\s+[А-Я])" + _INITIAL),
    "en": re.compile(r"(?!)"),
}
"""Abbreviations that another language reads as words."""
_OF_OTHERS = re.compile(_INITIAL.removeprefix("|"))
_FOREIGN = re.compile(
    r"\b(?:Der|Die|Das|Am|Im|Dem|Den) \d{1,2}\.(?=\s+[A-ZÄÖÜ])|\bM\.(?=\s+[A-ZÀ-Þ][\w’'-]+ (?:n['’]|est|a|fut)\b)"
)
"""The same within a text too short to tell its language."""


def without_stops(flat: str, language: str) -> str:
    """Return the text at its length with another sign for each full stop that ends no sentence."""
    if "." in flat:
        for stops in (_STOPS, _BEFORE_NUMBERS, _FOREIGN, _OF_LANGUAGE.get(language, _OF_OTHERS)):
            flat = stops.sub(lambda match: match.group().replace(".", "_"), flat)
    return flat
