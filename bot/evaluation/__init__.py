"""Evaluations as users start and read them: questions prepared, figures and failures laid out as tables.

Settings and gold sets come in, lines for the terminal go out. Nothing here measures: `retrieval.evaluation` does.
"""
