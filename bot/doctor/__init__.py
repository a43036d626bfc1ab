"""What `quoth doctor` checks: whether quoth can do its work here, and what to do where it cannot.

Settings come in, findings go out, each one line with its remedy. Nothing is changed, built or fetched, and the bot's
token is in no finding.
"""
