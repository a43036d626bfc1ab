"""Finds what a corpus cannot answer: what no question reaches, and sentences too alike to tell apart.

An engine comes in, sentences with their places go out. Nothing here knows gold answers or how a report is shown.
"""
