"""Charts to learn from: real tables become programs, programs become pictures, and both are filtered by running them."""
