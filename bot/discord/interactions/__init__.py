"""The commands, menus and buttons that people use in Discord.

An interaction comes in, a reply to it goes out. Nothing here speaks to the gateway or sends what was not proved.
"""
