"""Flags of the commands that work on what the application keeps; their defaults are the application's own."""

from __future__ import annotations

import argparse
from pathlib import Path

import platformdirs


def add_store_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, default=Path(platformdirs.user_data_dir("chartloop")))
    parser.add_argument("--database-url", default="", help="if it is not the SQLite file in there")
