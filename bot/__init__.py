"""The front ends: the command line, the terminal chat, and Discord.

Words that users type come in, answers as each medium shows them go out. What is quoted is decided by `retrieval` alone.
"""
