"""Tests of every room: flat, one file per module, with real parts. Browser tests have a folder of their own."""
