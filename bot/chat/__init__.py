"""`quoth chat`: a conversation with the corpus in the terminal, or line by line through a pipe.

Typed lines come in, replies go out, to read or as JSON. Nothing here knows how an answer is found.
"""
