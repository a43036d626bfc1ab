"""What a terminal shows: answers, scores and progress, wrapped and styled, or plain lines for a pipe.

Records of the engine come in, printed lines go out. Nothing here asks the engine or knows the commands.
"""
