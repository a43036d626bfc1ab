"""The words that ask: articles hardly have them, and a question is about its others. `cues` has the English ones."""

from __future__ import annotations

import re
from functools import cache

_SPACED = {
    "da": "hvem hvad hvornår hvor hvorfor hvordan hvilken hvilket hvilke",
    "de": "wer wen wem wessen was wann wo woher wohin wie viel viele warum weshalb wieso welche[mnrs]? "
    "wo(?:ran|rauf|raus|rin|rüber|runter|von|vor|zu|bei|durch|für|gegen|mit|nach)",
    "es": "qui[eé]n(?:es)? qu[eé] cu[aá]ndo d[oó]nde ad[oó]nde c[oó]mo cu[aá]nt[oa]s? cu[aá]l(?:es)?",
    "fi": "kuka ketä kenen mikä mitä minkä mitkä milloin koska missä mistä mihin miten miksi "
    "kuinka moni monta paljonko",
    "fr": "qui que quoi quand où comment pourquoi combien quel(?:le)?s? lequel laquelle est-ce",
    "id": "siapa(?:kah)? apa(?:kah)? kapan(?:kah)? di mana(?:kah)? mengapa kenapa bagaimana(?:kah)? berapa(?:kah)?",
    "it": "chi che cosa quando dove come perché quant[oaie] qual[ei]?",
    "nb": "hvem hva når hvor hvorfor hvordan hvilken hvilket hvilke",
    "nl": "wie wat wanneer waar waarom hoe hoeveel welke?",
    "pl": "kto kogo co kiedy gdzie skąd dokąd jak dlaczego ile ilu który która które",
    "pt": "quem que quê quando onde como por quê quant[oa]s? qual quais",
    "ru": "кто кого кому кем что чего чем когда где куда откуда как почему зачем сколько как(?:ой|ая|ое|ие|ого|им|их)",
    "sv": "vem vad när var varför hur vilken vilket vilka",
    "sw": "nani nini lini wapi vipi ngapi gani",
    "tr": "kim kimin kime ne neyi nerede nereye nereden niçin neden nasıl kaç hangi m[iıuü]",
}
"""Patterns, with white space between them, by ISO 639-1 code."""
_UNSPACED = {
    "ja": "いつ どこ だれ 誰 何 なに なぜ どうして どう どのくらい どれ いくら いくつ "
    "ですか でしょうか ますか ましたか ませんか か\\W*\\Z",
    "ko": "누구 언제 어디 무엇 무슨 왜 어떻게 얼마 어느 어떤 몇",
    "th": "เมื่อใด เมื่อไร เมื่อไหร่ ที่ไหน ใคร อะไร ทำไม อย่างไร เท่าไร เท่าไหร่ กี่ ไหน ใด",
    "zh": "什么时候 什么 何时 哪里 哪儿 哪个 哪些 谁 怎么样 怎么 如何 为什么 多少 多久 几 吗 呢 是",
}


def without_question_words(question: str, language: str) -> str:
    """Return a question without the words that ask in its language; all of it in English, and where no list is."""
    pattern = _pattern(language)
    return pattern.sub(" ", question) if pattern else question


@cache
def _pattern(language: str) -> re.Pattern[str] | None:
    if language in _SPACED:
        return re.compile(rf"\b(?:{'|'.join(_SPACED[language].split())})\b", re.IGNORECASE)
    return re.compile("|".join(_UNSPACED[language].split())) if language in _UNSPACED else None
