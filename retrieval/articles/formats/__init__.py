"""Reads the formats of documents, tables, notebooks, letters and exports: each becomes articles of blocks.

A file's bytes come in, articles with their blocks go out. Nothing is fetched, nothing in a file is executed, and all of
it runs in the process that `conversion` limits. A module here reads one format, or a few of a kind, and knows no other.
"""
