"""The page in a real Chromium, driven through playwright."""
