"""All versions as a list to choose from, newest first, each with where it comes from and what it is now.

Pure functions to HTML. A native radio group, so that arrow keys walk along it. Leaves out: one version in full
(version.py).
"""

from __future__ import annotations

from html import escape

from app.refreshes import Lineage
from app.ui import text_models
from app.ui.markup import when
from storage.records import ModelVersion, VersionState

LOOKS = {
    VersionState.CHAMPION: "cl-best",
    VersionState.CANDIDATE: "cl-waiting",
    VersionState.REJECTED: "cl-wrong",
    VersionState.RETIRED: "",
}


def versions_html(lineage: Lineage, chosen: int | None) -> str:
    if not lineage.versions:
        body = f'<p class="cl-note">{text_models.NO_VERSIONS}</p>'
    else:
        body = "".join(_item(version, lineage, version.number == chosen) for version in lineage.versions)
    return (
        '<section class="cl-card cl-versions"><fieldset class="cl-version-list">'
        f"<legend>{text_models.VERSIONS}</legend>{body}</fieldset></section>"
    )


def _item(version: ModelVersion, lineage: Lineage, chosen: bool) -> str:
    parent = lineage.get(version.parent)
    moment = when(version.created)
    beneath = text_models.BENEATH.format(parent=escape(parent.label), when=moment) if parent else moment
    return (
        f'<label class="cl-version-item cl-is-{version.state.value}"><input type="radio" name="cl-version"'
        f' value="{version.number}"{" checked" if chosen else ""}><i aria-hidden="true"></i>'
        f"<span><b>{escape(version.label)}</b> {_role(version, lineage)}"
        f'<span class="cl-note">{beneath}</span></span></label>'
    )


def _role(version: ModelVersion, lineage: Lineage) -> str:
    previous = lineage.previous is not None and lineage.previous.number == version.number
    word = text_models.ROLE_PREVIOUS if previous else text_models.ROLE[version.state]
    return f'<span class="cl-badge {LOOKS[version.state]}">{word}</span>'
