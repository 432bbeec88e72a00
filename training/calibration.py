"""How often people call an answer of this automatic score correct: a probability out of a score, and its reliability.

Fitted on verdicts by logistic regression over the components of the score that needs no reference, checked on answers
that each fit did not see (reliability curve, Brier score, area under the curve). It judges answers that nobody was
asked about; a verdict is then one more piece of evidence, worth as much as people are reliable, by Bayes' rule.
Leaves out: how a score is made (model/scoring).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from model.records import JsonDict, Score

FEATURES = ("text", "layout", "kind", "colour", "visual")  # what can be judged without a reference
FOLDS, BINS = 5, 10
LEAST = 20  # verdicts, and a fifth of them of the rarer kind; below, the plain rate is all that can be said


@dataclass(frozen=True, slots=True)
class Reliability:
    """Answers in tenths of what was foretold: how many, what was foretold on average, what people said."""

    count: tuple[int, ...]
    foretold: tuple[float, ...]
    observed: tuple[float, ...]
    brier: float
    auc: float
    score_auc: float  # of the plain mean score: below a half, people contradict it

    def to_json(self) -> JsonDict:
        curve = zip(self.count, self.foretold, self.observed, strict=True)
        bins = [{"n": n, "foretold": round(f, 4), "observed": round(o, 4)} for n, f, o in curve]
        return {"bins": bins, "brier": self.brier, "auc": self.auc, "score_auc": self.score_auc}


@dataclass(frozen=True, slots=True)
class Calibration:
    """P(a person accepts | score). Without a `model` it is the `rate` of all verdicts."""

    rate: float
    model: Any = field(repr=False, default=None)
    reliability: Reliability | None = None

    def __call__(self, scores: Sequence[Score]) -> NDArray[np.float64]:
        if not len(scores):
            return np.zeros(0)
        ran = np.array([score.execution for score in scores]) > 0
        found = np.full(len(scores), self.rate)
        if self.model is not None:
            found = self.model.predict_proba(_features(scores))[:, 1]
        return np.where(ran, found, 0.01)  # nobody accepts a program that does not run


def calibrate(scores: Sequence[Score], accepted: Sequence[bool], charts: Sequence[str], seed: int = 0) -> Calibration:
    """From judged answers. All answers to one chart fall into the same fold: the check must not know the chart."""
    labels = np.array(accepted, bool)
    rate = float((labels.sum() + 1) / (len(labels) + 2))
    if len(labels) < LEAST or min(labels.sum(), (~labels).sum()) < LEAST / 5 or len(set(charts)) < FOLDS:
        return Calibration(rate)
    features = _features(scores)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fold without one of the classes is said below, by the curve
        unseen = cross_val_predict(model, features, labels, cv=folds, groups=charts, method="predict_proba")[:, 1]
    overall = np.array([score.overall for score in scores])
    return Calibration(rate, model.fit(features, labels), reliability(unseen, labels, overall))


def reliability(foretold: NDArray[np.float64], labels: NDArray[np.bool_], overall: NDArray[np.float64]) -> Reliability:
    """The curve over tenths that hold any answer."""
    tenth = np.minimum((foretold * BINS).astype(int), BINS - 1)
    there = [bin for bin in range(BINS) if (tenth == bin).any()]
    return Reliability(
        count=tuple(int((tenth == bin).sum()) for bin in there),
        foretold=tuple(float(foretold[tenth == bin].mean()) for bin in there),
        observed=tuple(float(labels[tenth == bin].mean()) for bin in there),
        brier=round(float(brier_score_loss(labels, foretold)), 4),
        auc=round(float(roc_auc_score(labels, foretold)), 4),
        score_auc=round(float(roc_auc_score(labels, overall)), 4),
    )


def _features(scores: Sequence[Score]) -> NDArray[np.float64]:
    """Components, their squares, and which were missing."""
    values = np.array([[getattr(score, name) for name in FEATURES] for score in scores], dtype=float)
    missing = np.isnan(values)
    filled = np.where(missing, 0.5, values)
    return np.concatenate([filled, filled**2, missing.astype(float)], axis=1)


def posterior(prior: float, says_correct: bool, noise: float) -> float:
    """P(right) after one verdict by somebody who errs in `noise` of all cases, by Bayes' rule."""
    if_right = prior * (1 - noise if says_correct else noise)
    if_wrong = (1 - prior) * (noise if says_correct else 1 - noise)
    return if_right / (if_right + if_wrong)
