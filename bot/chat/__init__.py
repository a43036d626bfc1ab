"""`quoth chat`: a conversation with the corpus in the terminal, or line by line through a pipe."""
