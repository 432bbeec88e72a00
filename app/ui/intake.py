"""Where a chart comes in: the drop target that is the whole page, the clipboard, a file dialog, the examples.

Pure functions to HTML. assets/chartloop.js uploads the file and names it to the page. What may be uploaded is checked
by the service; the script checks type and size too, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from app.service import Example
from app.ui import text
from app.ui.markup import icon

ACCEPTED = "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/tiff"


def intake_html(examples: Sequence[tuple[Example, str]], max_mb: int) -> str:
    """`examples` come with the address of their picture. Refusals are put in by problem_html, a panel of its own."""
    words = {
        "data-max-mb": str(max_mb),
        "data-pasted": text.PASTED,
        "data-not-a-picture": text.NOT_A_PICTURE,
        "data-too-large": text.TOO_LARGE.format(max_mb=max_mb),
        "data-upload-failed": text.UPLOAD_FAILED,
    }
    attributes = " ".join(f'{name}="{escape(value)}"' for name, value in words.items())
    return (
        f'<section class="cl-intake" {attributes}>'
        f'<div class="cl-drop">{icon("picture")}<div><p><span>{text.DROP}</span> '
        f'<label class="cl-choose" for="file-intake">{text.CHOOSE}</label>'
        f'<input class="cl-hidden" id="file-intake" type="file" accept="{ACCEPTED}"></p>'
        f'<p class="cl-note">{text.LIMITS.format(max_mb=max_mb)}</p></div></div>'
        f'<div class="cl-examples" role="group" aria-label="{text.EXAMPLES}">{"".join(map(_example, examples))}</div>'
        f'<div class="cl-overlay" aria-hidden="true" hidden><p>{text.DROP_NOW}</p></div></section>'
    )


def _example(item: tuple[Example, str]) -> str:
    example, url = item
    title = escape(text.EXAMPLE_TITLE.format(name=example.name))
    return (
        f'<button type="button" class="cl-example" data-event="example" data-name="{escape(example.name)}"'
        f' title="{title}" aria-label="{title}"><img src="{escape(url)}" alt="" draggable="false"></button>'
    )


def problem_html(problem: str, nonce: str = "") -> str:
    """A refusal in plain words, or nothing. The script puts its own refusals into the same place.

    A fresh `nonce` makes the same refusal show again after it was dismissed.
    """
    hidden = "" if problem else " hidden"
    return (
        f'<div class="cl-problem" role="alert" data-nonce="{nonce}"{hidden}><p data-problem>{escape(problem)}</p>'
        f'<button type="button" class="cl-button cl-quiet" data-dismiss aria-label="{text.DISMISS}">'
        f"{icon('cross')}</button></div>"
    )
