"""Picture of a chart -> checked matplotlib code. Imports nothing else of Chartloop."""
