"""Measures the engine on questions whose answers are known.

Gold questions come in, a run goes out: what became of each question; from runs come figures, comparisons, a
calibration, and what the corpus cannot answer. Nothing here knows how any of it is shown.
"""
