"""What `quoth help` tells, a topic in each Markdown file beside this one; their commands are tested to exist."""
