"""`chartloop verdicts quarantine`: a rater is left out of what is learnt, and let in again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.cli import main
from storage.repository import Store
from tests.judged_store import judge


def test_a_rater_is_left_out_and_let_in_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHARTLOOP_DATA_DIR", str(tmp_path / "data"))

    def command(*arguments: str) -> int | str | None:
        monkeypatch.setattr(sys, "argv", ["chartloop", "verdicts", "quarantine", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code

    with Store.open(tmp_path / "data") as store:
        judge(store, 1, right=True, rater="troll")
        assert command("nobody") == 2
        assert store.raters.marks() == ()
        assert command("troll", "--reason", "flips") == 0
        assert store.raters.quarantined() == {"troll"}
        assert store.raters.marks()[0].reason == "flips"
        assert command("troll", "--release") == 0
        assert store.raters.quarantined() == frozenset()
