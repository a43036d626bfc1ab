"""quoth over HTTP: the search page and the JSON API of `quoth serve`.

Requests come in, pages and the command line's own JSON go out. Nothing here knows Discord, a terminal, or how answers
are found: `bot.answering` does what a request asks for.
"""
