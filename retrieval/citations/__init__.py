"""Find the words of a citation, or any text, in the corpus again.

A permalink or a text comes in; its place goes out, with whether the words are still there. Nothing here chooses quotes.
"""
