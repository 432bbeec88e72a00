"""Commands that print figures of this machine. Nothing here is asserted in tests, and no figure is kept by hand."""
