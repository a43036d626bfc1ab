"""Builds on a Ray cluster: its workers read, split and encode what a build gives them, and the build writes.

In come the units of a corpus, as bytes, and the passages to encode; out go readings and encoded passages, the same
bytes that one machine makes. It knows nothing of how an index lies on disk, nor of what becomes of a worker's answer.
"""
