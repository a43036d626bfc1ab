"""The page of an evaluation: one HTML file that loads nothing from anywhere.

A measured run comes in, the page's text goes out. Nothing here knows the terminal, the settings or the engine.
"""
