"""quoth in Discord: questions in, proved messages out."""
