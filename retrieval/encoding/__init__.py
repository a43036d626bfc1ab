"""Finds, prepares and runs the encoder.

Text comes in, token vectors with their places go out. Nothing here knows articles, indexes or questions.
"""
