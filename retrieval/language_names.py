"""Names of languages, as people type them, and their codes."""

from __future__ import annotations

import re
from functools import cache

_CODE = re.compile(r"[a-z]{2,3}", re.ASCII)


def language_code(text: str) -> str:
    """Return the code of a language that is named by it, in English ("German") or in itself ("Deutsch").

    A region behind a code ("de-AT") is left out. What names no language is returned in small letters.
    """
    name = " ".join(text.casefold().split())
    code = re.split("[-_]", name)[0]
    if _CODE.fullmatch(code):
        return code
    return _codes().get(name, name)


@cache
def _codes() -> dict[str, str]:
    """Return the codes of languages by their names, folded; it takes half a second to gather them."""
    from babel import Locale, localedata

    codes = [code for code in localedata.locale_identifiers() if _CODE.fullmatch(code)]
    named = ((Locale(locale).languages.get(code), code) for code in codes for locale in (code, "en"))
    return {str(name).casefold(): code for name, code in named if name}
