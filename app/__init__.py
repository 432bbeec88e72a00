"""What a person or a program touches: page, HTTP, command line, and the jobs behind them. Imports model and storage."""
