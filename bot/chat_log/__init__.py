"""What chats remember in SQLite: posted answers, votes, questions without an answer yet, and settings of servers.

Records come in and go out. Nothing here knows Discord or the engine.
"""
