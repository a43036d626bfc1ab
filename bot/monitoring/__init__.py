"""The running bot watched: each question's id, stages and outcome come in; figures, traces and its health go out.

Nothing here knows of Discord, and nobody's words or ids are kept. What needs the extra `metrics` is imported only where
it is switched on.
"""
