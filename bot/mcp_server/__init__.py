"""quoth as tools of an assistant, by the Model Context Protocol: `quoth mcp`.

Calls of tools come in, the command line's own JSON goes out, as text and as structured content. Nothing here knows how
answers are found: `bot.answering` does what a call asks for.
"""
