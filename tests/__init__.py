"""Tests of every room: flat, one file per module, with real parts. Browser tests live in tests/browser/."""
