"""Measuring the engine on gold question sets: gold -> run -> figures -> comparison, calibration, reach."""
