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


def without_stops(flat: str) -> str:
    """Return the text at its length with another sign for each full stop that ends no sentence."""
    return _STOPS.sub(lambda match: match.group().replace(".", "_"), flat) if "." in flat else flat
