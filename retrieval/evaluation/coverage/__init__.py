"""Finds what a corpus cannot answer: sentences that no question reaches, and sentences too alike to distinguish.

An engine comes in, sentences with citations go out. Nothing here knows gold answers or how a report is displayed.
"""
