"""Keeps the index on disk: builds generations, publishes them whole, opens and checks them.

Articles and an encoder come in, an index that can be searched goes out. Nothing here knows questions or answers.
"""
