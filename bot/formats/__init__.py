"""Forms of an answer that several front ends share: its parts as text, JSON, links and pages; and files of questions.

Records come in, strings go out, or the other way round. Nothing here prints, asks, or knows a medium.
"""
