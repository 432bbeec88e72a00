"""Every word of the workbench and the history, and what became of a verdict.

Leaves out: the words of the models page (text_models.py), messages that the service composes (model/errors.py).
"""

from __future__ import annotations

from app.fates import Now
from model.records import Outcome
from storage.records import JobState, Label, VersionState

NAME = "Chartloop"
TAGLINE = "A picture of a chart becomes the matplotlib code that draws it. Drop one, or try an example."

# header
NAV_WORKBENCH = "Workbench"
NAV_HISTORY = "History"
NAV_MODELS = "Models"
NAV_LABEL = "Pages"
THEME = "Switch between light and dark"
SHORTCUTS = "Keyboard shortcuts"
SHORTCUT_LIST = (
    ("Ctrl V", "turn a picture from the clipboard into code"),
    ("C", "the rendering is correct"),
    ("W", "the rendering is wrong"),
    ("U", "undo the verdict"),
    ("E", "edit the code"),
    ("Ctrl ↵", "run the edited code"),
    ("1 – 9", "show that turn"),
    ("← →", "move the slider of the comparison, or along the turns"),
    ("?", "show or hide this list"),
)
CLOSE = "Close"
MODEL = "Model"
SANDBOX = "Sandbox"

# intake
DROP = "Drop a chart anywhere on this page, paste it, or"
CHOOSE = "choose a picture"
DROP_NOW = "Let go to turn this chart into code"
LIMITS = "PNG, JPEG, WebP or GIF up to {max_mb} MB. It stays on this machine."
EXAMPLES = "Examples"
EXAMPLE_TITLE = "Turn the example “{name}” into code"
PASTED = "Pasted chart.png"
NOT_A_PICTURE = "That is not a picture. Drop or paste a PNG, JPEG, WebP or GIF file."
TOO_LARGE = "The picture is larger than {max_mb} MB. Save it smaller, or crop it to the chart."
UPLOAD_FAILED = "The picture did not arrive. Is Chartloop still running? Try again."
UPLOAD_LOST = "The uploaded picture is no longer there. Drop it again."
DISMISS = "Dismiss"

# comparison
ORIGINAL = "Original"
RENDERING = "Rendering"
COMPARE_LABEL = "How to compare"
MODES = (("side", "Side by side"), ("slider", "Slider"), ("overlay", "Overlay"), ("difference", "Difference"))
SLIDER_LABEL = "Where the rendering begins"
OVERLAY_LABEL = "How much of the rendering shows"
DIFFERENCE_NOTE = "Black is where both agree."
ZOOM = "Zoom"
ORIGINAL_ALT = "The chart that was uploaded: {name}"
RENDERING_ALT = "What the program of turn {number} draws"
RENDERING_OF = "Rendering of turn {number}"
NO_RENDERING = {
    Outcome.ERROR: "The program stopped with an error, so there is no picture.",
    Outcome.TIMEOUT: "The program ran too long and was ended, so there is no picture.",
    Outcome.OUT_OF_MEMORY: "The program asked for too much memory, so there is no picture.",
    Outcome.FORBIDDEN: "The program tried something that the sandbox forbids, so there is no picture.",
    Outcome.NO_FIGURE: "The program ended without drawing a figure.",
    Outcome.BLANK: "The program drew an empty figure.",
    Outcome.OK: "The rendering is not stored.",
}
RENDERING_SOON = "The rendering appears here as soon as the code has run."
RENDERING_NEVER = "No program was written, so there is no rendering."

# status
QUEUED_NEXT = "Waiting, next to start"
QUEUED = "Waiting, {ahead} ahead"
ACTIVITY = {
    "": "Starting",
    "loading": "Loading the model",
    "reading": "Reading the chart",
    "writing": "Writing the code",
    "running": "Running the code",
}
WORKING = "Turn {number} of {limit}: {activity}"
DONE = "Done after {turns} in {seconds}."
STOPPED = "Stopped after {turns}."
FAILED = "This did not work: {error}"
ONE_TURN = "1 turn"
MANY_TURNS = "{count} turns"
STATE = {
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "running",
    JobState.DONE: "done",
    JobState.STOPPED: "stopped",
    JobState.FAILED: "failed",
}
STOP = "Stop"
AGAIN = "Run again"

# turns
TURNS = "Turns"
BEST = "best"
BY_PERSON = "your edit"
OUTCOME = {
    Outcome.OK: "ran",
    Outcome.ERROR: "error",
    Outcome.TIMEOUT: "ran too long",
    Outcome.OUT_OF_MEMORY: "out of memory",
    Outcome.FORBIDDEN: "forbidden",
    Outcome.NO_FIGURE: "no figure",
    Outcome.BLANK: "blank figure",
}
OUTCOME_SENTENCE = {
    Outcome.OK: "The program ran.",
    Outcome.ERROR: "The program stopped with an error.",
    Outcome.TIMEOUT: "The program ran too long and was ended.",
    Outcome.OUT_OF_MEMORY: "The program asked for more memory than it may have.",
    Outcome.FORBIDDEN: "The program tried something that the sandbox forbids.",
    Outcome.NO_FIGURE: "The program ended without drawing a figure.",
    Outcome.BLANK: "The program drew a figure with nothing in it.",
}
PARTS = {
    "execution": "Run",
    "text": "Text",
    "layout": "Layout",
    "kind": "Kind",
    "colour": "Colour",
    "data": "Data",
    "visual": "Picture",
    "other": "Other",
}
PART_HELP = {
    "text": "the words in the chart",
    "layout": "the panels and their places",
    "kind": "the kinds of chart",
    "colour": "the colours",
    "data": "the values drawn",
    "visual": "how alike both pictures look",
}
OVERALL = "Score"
NOT_JUDGED = "not judged"
NOT_JUDGED_HELP = "This part cannot be judged from the picture alone."
WHAT_WAS_WRONG = "What was wrong"
WHAT_CHANGED = "What changed since turn {number}"
LINES = "Lines"
LINES_CHANGED = "{added} added, {removed} removed"
SHOW_CHANGES = "Show"
NOTHING_FOUND = "Nothing was found to be wrong. Your eye decides."
READING = "How the chart was read"
NO_TURNS = "The turns appear here: what was tried, what was wrong with it, and what changed."
CUT_OFF = "The answer was cut off at the token limit."

# code
CODE = "Code"
PROGRAM = "Program"
CHANGES = "Changes"
CHANGES_SINCE = "Changed since turn {number}: {added} added, {removed} removed."
SAME_CODE = "The same program as in turn {number}."
FIRST_TURN = "This is the first turn, so nothing changed yet."
COPY = "Copy"
COPIED = "Copied"
EDIT = "Edit"
DOWNLOAD = "Download"
FORMATS = (("py", "Python"), ("png", "PNG"), ("svg", "SVG"))
NO_CODE = "The code streams in here while the model writes it."
EMPTY_PROGRAM = "The answer held no program."
EDITOR = "Your edit"
EDITOR_NOTE = "runs as a further turn"
RUN_EDIT = "Run (Ctrl ↵)"
CANCEL_EDIT = "Cancel"

# verdict
ASK = "Does the rendering match the chart?"
CORRECT = "Correct"
WRONG = "Wrong"
UNDO = "Undo"
MARKED = {"correct": "You marked turn {number} correct.", "wrong": "You marked turn {number} wrong."}
WHICH_PART = "What is wrong with it?"
COMMENT = "Comment (optional)"
NOT_YET = "A verdict can be given as soon as a program has run."
DID_NOT_RUN = "This turn has no rendering to judge. Pick another turn."

# what became of a verdict
WAITS = "Waits for the next refresh."
AT_WORK = "In run {run}, which is at work."
AT_WORK_HELD_OUT = "Held out in run {run}: versions are compared by it, none is trained on it."
LEFT_OUT = "Left out of run {run}: {reason}."
CAME_TO_NOTHING = "Run {run} ended without a version; the next one takes it up again."
LEARNT = "{version} learnt from it and {state}."
HELD_OUT = "{version} was compared by it, not trained on it, and {state}."
ALSO_IN = "Also in {versions}."
AGAIN_IN = "Run {run} takes it up again."
IS_NOW = {
    VersionState.CHAMPION: "answers now",
    VersionState.CANDIDATE: "waits for a yes",
    VersionState.REJECTED: "was refused by the gate",
    VersionState.RETIRED: "answered before",
}
GETS_RIGHT = {Label.WRONG: "It now gets this chart right.", Label.CORRECT: "It still gets this chart right."}
GETS_WRONG = {Label.WRONG: "It still gets this chart wrong.", Label.CORRECT: "It now gets this chart wrong."}
GETS_OTHER = "It draws this chart differently now: score {before} before, {after} now."
NOT_TRIED_ON = "It has not been tried on this chart yet."
GETS_BY_PERSON = {
    Now.RIGHT: "A person found its answer to this chart correct.",
    Now.WRONG: "A person found its answer to this chart wrong.",
}
FATE_SHORT = {
    "waiting": "waiting",
    "at work": "in run {run}",
    "left out": "left out",
    "nothing": "waiting",
    "in version": "{version}: {now}",
}
NOW_SHORT = {
    Label.WRONG: {Now.RIGHT: "now right", Now.WRONG: "still wrong", Now.UNSURE: "changed", Now.UNTRIED: "not tried"},
    Label.CORRECT: {Now.RIGHT: "still right", Now.WRONG: "now wrong", Now.UNSURE: "changed", Now.UNTRIED: "not tried"},
}

# history
HISTORY_TITLE = "History"
SEARCH = "Search names and code, or #12"
COLUMNS = ("Chart", "Rendering", "Name", "State", "Score", "Verdict", "When")
NO_JOBS = "Nothing here yet. Turn a chart into code on the workbench."
NO_MATCHES = "Nothing matches “{search}”."
SHOWING = "{first}–{last} of {total}"
PREVIOUS = "Newer"
NEXT = "Older"
NO_VERDICT = "–"
VERDICT = {"correct": "correct", "wrong": "wrong"}
NO_RENDER = "no rendering"

# problems
UNKNOWN_VERSION = "There is no version with that number."
UNKNOWN_JOB = "There is no job with that number. It may have been deleted."
BAD_REQUEST = "The page sent something that makes no sense here. Reload it and try again."
