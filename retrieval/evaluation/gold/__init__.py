"""Reads gold question sets: quoth's own JSONL, SQuAD, BEIR.

A file or folder comes in, questions with gold spans located in the index go out. Nothing is asked or
measured here.
"""
