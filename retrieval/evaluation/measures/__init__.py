"""Turns runs into figures with their intervals, and two runs into a comparison.

Runs come in, numbers go out. Nothing here knows the engine, the index or how a figure is displayed.
"""
