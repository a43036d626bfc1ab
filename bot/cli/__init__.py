"""The commands of `quoth`: their options, what each does, and how errors become a sentence and an exit status.

Arguments and settings come in, printed lines and a status go out. Nothing here searches or knows Discord's messages.
"""
