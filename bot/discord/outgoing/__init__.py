"""What leaves for Discord: messages laid out, proved against their sources, and sent.

Answers come in, messages that were read back and compared go out. Nothing here knows who asked, or how to answer.
"""
