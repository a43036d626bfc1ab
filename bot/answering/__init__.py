"""What stands between every front end and the engine: the index opened or built, questions queued, links made.

Settings and questions come in, answers go out. Nothing here knows who asks or how an answer is shown.
"""
