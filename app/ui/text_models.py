"""The words of the models page: who answers, the refresh, the versions and their gate reports."""

from __future__ import annotations

from storage.records import Decision, Label, VersionState

# models: who answers
MODELS_TITLE = "Models"
ANSWERING = "Answering now"
SINCE = "since {when}"
OTHER_ANSWERS = "{model} answers, as CHARTLOOP_MODEL__NAME says. Versions answer when it says “nano”."
NOBODY_ANSWERS = "No version is there yet: the built-in model has no weights."
NOBODY_BEFORE = "No version answered before it."
ROLL_BACK = "Roll back to {version}"
WAITING_VERSION = "Waiting for a yes"
LET_ANSWER = "Let {version} answer"
LET_ANSWER_ANYWAY = "Let it answer all the same"
KEEP_AS_IS = "Leave things as they are"
ASK_REFUSED = "The gate refused {version}"
ASK_UNJUDGED = "Not everything could be judged of {version}"
ASK_NO_GATE = "{version} has no gate report"
ASK_NOTHING_KNOWN = "Nothing says that it is better than {champion}."
ASK_UNDONE = "One click brings {champion} back."

# models: refresh
REFRESH_TITLE = "Refresh"
REFRESH = "Refresh now"
CANCEL_RUN = "Stop run {run}"
TAKES = "Takes about {time}, as {count} before did."
TAKES_ONE = "Takes about {time}, as the one before did."
TAKES_UNKNOWN = "How long it takes is not known yet: none has ended well so far."
NOTHING_TO_LEARN = "No verdict was given yet, so there is nothing to learn from."
RUN_WAITS = "Run {run} waits for the refresh process."
RUN_WAITS_LONG = "If it stays so, start one: python -m training refresh --watch"
RUN_WORKS = "Run {run}: {phase}"
RUN_STOPS = "Run {run} is asked to stop: it ends after the step at hand"
PART_OF = "{done} of {of}"
ELAPSED = "{time} so far"
LEFT = "about {time} left"
WHY_RUN = "Started because {trigger}."
LAST_RUN = "Run {run} ended {when} after {time}: {what}."
LAST_RUN_MADE = "it made {version}"
LAST_RUN_NOTHING = "it made no version"
LAST_RUN_FAILED = "Run {run} failed {when}: {error}"
LAST_RUN_CANCELLED = "Run {run} was stopped {when}."
NO_RUN = "No refresh has run yet."
PHASES = {
    "snapshot": "freezing the verdicts",
    "sample": "trying the judged charts again",
    "weigh": "weighing the answers",
    "tune": "training",
    "polish": "training further on the charts judged wrong",
    "publish": "keeping the new version",
    "exam": "comparing it with the champion",
    "decide": "deciding",
}
PHASES_SHORT = {
    "snapshot": "Freeze",
    "sample": "Try",
    "weigh": "Weigh",
    "tune": "Train",
    "polish": "Polish",
    "publish": "Keep",
    "exam": "Compare",
    "decide": "Decide",
}
PHASES_LABEL = "The steps of a refresh"
STARTING = "starting"
LOSS_TITLE = "Loss over {steps} steps, from {first} to {last}"
RATIO_TITLE = "Log-likelihood of answers against before: right ones {right}, wrong ones {wrong}"
NEXT_NEEDS = "The next one starts by itself after {what}."
NEXT_NEEDS_AND = " and "
NEXT_LABEL = {Label.CORRECT: "{count} more correct", Label.WRONG: "{count} more wrong"}
NEXT_ANY = "{count} more of any kind"
NEXT_DUE = "Enough verdicts are there: the next one starts by itself soon."
NEXT_HOURS = "Any new verdict starts one {hours:g} hours after the one before."
NEXT_QUIET = "None starts by itself from {start}:00 to {end}:00."
NEW_SO_FAR = "New since the last one: {correct} correct, {wrong} wrong."
POLICY_TITLE = "When a version passes the gate"
POLICIES = (
    ("auto", "it answers at once"),
    ("ask", "it waits for your yes"),
    ("off", "it is only kept"),
)
POLICY_SET = "set by CHARTLOOP_REFRESH__POLICY"

# models: versions
VERSIONS = "Versions"
NO_VERSIONS = "Versions appear here. The first is the built-in model."
ROLE = {
    VersionState.CHAMPION: "answers now",
    VersionState.CANDIDATE: "candidate",
    VersionState.REJECTED: "refused",
    VersionState.RETIRED: "retired",
}
ROLE_PREVIOUS = "the one before"
NOT_TRAINED = "It was not made by a refresh: it came with Chartloop, or was added by hand."
FACTS = {
    "parent": "Trained from",
    "made": "Made",
    "method": "Method",
    "weights": "Weights",
    "verdicts": "Verdicts",
}
MADE_BY = "{when} by run {run}, in {time}"
METHOD = "{method}, {epochs:g} epochs, learning rate {rate:g}"
BENEATH = "from {parent} · {when}"
LEARNT_FROM = "What it learnt from"
COUNTS = "Verdicts trained on: {train} ({correct} correct, {wrong} wrong). Held out to compare versions by: {gate}."
COUNTS_LEFT_OUT = "Left out: {count}, because {reason}."
STEPS_TOOK = "Its training"
GATE = "The gate"
DECISION = {
    (Decision.PROMOTED, True): "Passed, and let in at once.",
    (Decision.WAITING, True): "Passed.",
    (Decision.WAITING, False): "Could not be judged in full.",
    (Decision.REFUSED, False): "Refused.",
}
WAITS_FOR_YES = "It waits for your yes."
DECISION_AGAINST = "Compared with {version} on the same charts."
NO_REPORT = "The gate has not judged this version."
CONDITIONS = {
    "charts": "Frozen charts are drawn no worse",
    "verdicts": "More would be accepted on held-out charts",
    "kept": "What was right stays right",
    "drift": "It stays near the version it came from",
    "turns": "A second turn does no more harm",
    "conduct": "Answers stay short, whole and honest",
    "people": "The verdicts can be trusted",
}
PASSED = {True: "passed", False: "not passed", None: "could not be judged"}
FIGURES = "Figures"
FIGURE_COLUMNS = ("", "Charts", "Change", "90 % of resamples", "Better for sure")
RELIABILITY = "How well the automatic score foretells verdicts"
RELIABILITY_COLUMNS = ("Foretold", "Found correct", "Answers")
RELIABILITY_SAYS = "Area under the curve {auc}, Brier score {brier}. Points on the diagonal are foretold exactly."
RELIABILITY_ALT = "Of answers foretold to be accepted in x of all cases, people accepted y"
RETRIED = "Charts that were judged wrong"
RETRIED_RIGHT = "{right} of {count} now right"
RETRIED_NONE = "No answer was judged wrong among what it learnt from."
THE_CHART = "The chart"
JUDGED_WRONG = "Judged wrong"
JUDGED_WRONG_BY = "{model}, judged wrong"
DRAWN_NOW = "{version} now"
DRAWN_ALT = "What {version} draws for {name}"
NO_DRAWING = "Its program drew nothing."
NOT_TRIED = "Not tried yet"
RETRIED_NEWEST = "the newest {count}: {right} now right"
KEPT = "Charts that were judged correct"
KEPT_RIGHT = "{right} of {count} still right"
BADGE_UNSURE = "{before} → {after}"
HELD_OUT_BADGE = "held out"
CHAMPIONS = "Who answered when"
EARLIER = "Earlier"
CHANGE = {"promote": "{version} took over", "rollback": "rolled back to {version}"}
