"""quoth in Discord: who may ask what where, and what becomes of their questions.

Events come in, proved messages go out. Nothing here finds an answer by itself: the answer service does.
"""
