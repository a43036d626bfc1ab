"""Answers a question with quotes: searches, scores sentences, chooses among them, and says how sure it is.

A question and a generation come in, quotes with their numbers go out. Nothing here knows how an index is built or an
answer is shown.
"""
