"""Charts to learn from: real tables become programs, programs become pictures; running them is the filter."""
