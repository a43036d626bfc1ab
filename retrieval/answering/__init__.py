"""Answer a question with quotes: search, score sentences, choose among them, and estimate the confidence.

A question and a generation come in; quotes with their scores go out. Nothing here knows how an index is built or how
an answer is displayed.
"""
