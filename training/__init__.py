"""Makes a better model from data, rewards and verdicts: `python -m training`. Imports model and storage, never app."""
