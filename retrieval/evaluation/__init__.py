"""Measures the engine on questions whose answers are known.

Gold questions come in, a run with the outcome of each goes out; runs are turned into figures, comparisons and a
calibration, and the corpus is searched for what it cannot answer. Nothing here knows how the results are displayed.
"""
