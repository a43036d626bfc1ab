"""Reads gold question sets: quoth's own JSONL, SQuAD, BEIR.

A file or folder comes in, questions with their gold places in the index go out. Nothing is asked or measured here.
"""
