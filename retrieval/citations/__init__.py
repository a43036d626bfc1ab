"""Leads from a citation, or any text, back to the words of the corpus.

A permalink or a text comes in; its place goes out, with whether the words still stand there. Nothing here chooses
quotes.
"""
