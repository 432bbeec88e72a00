"""Commands that print figures of this machine. Tests assert none of them, and none is kept by hand."""
