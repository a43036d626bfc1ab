"""What chats remember in SQLite: answers that were posted, votes, and questions without an answer or that wait for one.

Records come in and go out. Nothing here knows Discord or the engine.
"""
