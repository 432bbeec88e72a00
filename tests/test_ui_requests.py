"""What the browser may send to the page, and what is refused: nothing that an event of the page carries is trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.ui import requests
from model.errors import BadInput

GIVEN = {"turn_id": "12", "label": "wrong", "tags": ["data", "text"], "comment": " too small ", "rater": "0af3"}


def test_a_judgement_is_read_with_its_tags_in_order() -> None:
    read = requests.judgement(GIVEN)
    assert read == requests.Judgement(12, "wrong", ("text", "data"), "too small", "0af3")


@pytest.mark.parametrize(
    "change",
    [
        {"turn_id": "-1"},
        {"turn_id": True},
        {"turn_id": "1; drop table verdicts"},
        {"turn_id": None},
        {"turn_id": "１２"},
        {"label": "withdrawn"},
        {"label": ["wrong"]},
        {"tags": ["everything"]},
        {"tags": "text"},
        {"tags": [["text"]]},
        {"comment": 5},
        {"rater": "../x"},
        {"rater": None},
    ],
)
def test_a_judgement_that_the_script_would_not_send_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        requests.judgement({**GIVEN, **change})


def test_a_long_comment_is_cut() -> None:
    assert len(requests.judgement({**GIVEN, "comment": "x" * 9999}).comment) == requests.MAX_COMMENT


def test_an_upload_is_read_once_and_removed(tmp_path: Path) -> None:
    file = tmp_path / "hash" / "chart.png"
    file.parent.mkdir()
    file.write_bytes(b"picture")
    assert requests.uploaded({"path": str(file), "name": "../../etc/chart.png"}, tmp_path) == (b"picture", "chart.png")
    assert not file.exists()
    with pytest.raises(BadInput, match="Drop it again"):
        requests.uploaded({"path": str(file), "name": "chart.png"}, tmp_path)


def test_a_path_outside_the_upload_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    (folder / "link.png").symlink_to(secret)
    for path in (str(secret), str(folder / ".." / "secret.png"), str(folder / "link.png"), "", None, 3):
        with pytest.raises(BadInput, match="makes no sense"):
            requests.uploaded({"path": path, "name": "x.png"}, folder)
    assert secret.exists()


def test_the_upload_folder_itself_is_no_upload(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        requests.uploaded({"path": str(tmp_path), "name": "x.png"}, tmp_path)
