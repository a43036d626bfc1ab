"""Reads articles and cuts them into what may be quoted and what is searched.

Files come in; articles, sentences and passages go out, with their offsets. Nothing here knows vectors or questions.
"""
