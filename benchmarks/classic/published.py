"""The best values published for Bayesmark's problems, by model, data set and metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BEST: Final[Mapping[str, Mapping[str, Mapping[str, float]]]] = {
    "SVM": {
        "breast": {"acc": 0.949451},
        "diabetes": {"mae": 65.4904, "mse": 6074.24},
        "digits": {"acc": 0.992372},
        "iris": {"acc": 0.965818},
        "wine": {"acc": 0.838424},
    },
    "kNN": {
        "breast": {"acc": 0.942857, "nll": 0.309185},
        "diabetes": {"mae": 44.4768, "mse": 3021.76},
        "digits": {"acc": 0.986773, "nll": 0.0863379},
        "iris": {"acc": 0.974909, "nll": 0.108287},
        "wine": {"acc": 0.831527, "nll": 0.767922},
    },
    "lasso": {
        "breast": {"acc": 0.969231, "nll": 0.0971189},
        "diabetes": {"mae": 43.7794, "mse": 2862.6},
        "digits": {"acc": 0.968009, "nll": 0.161354},
        "iris": {"acc": 0.965818, "nll": 0.200103},
        "wine": {"acc": 0.978818, "nll": 0.142397},
    },
    "linear": {
        "breast": {"acc": 0.962637, "nll": 0.10808},
        "diabetes": {"mae": 43.9199, "mse": 2872.89},
        "digits": {"acc": 0.969427, "nll": 0.154798},
        "iris": {"acc": 0.965818, "nll": 0.196415},
        "wine": {"acc": 0.985961, "nll": 0.138925},
    },
}
"""The estimates of the optimum ("best") that the NeurIPS 2020 black-box optimisation challenge normalised by.

From input/baseline-100-1.json of https://github.com/rdturnermtl/bbo_challenge_starter_kit (Apache 2.0), to six digits.
Trees, forests and nets are absent, since their best values are lucky draws; so are AdaBoost and the log loss of the
support vector machine, since today's scikit-learn computes them in another way.
"""


def best_of(model: str, data: str, metric: str) -> float | None:
    """The published best value, where there is one that still applies."""
    return BEST.get(model, {}).get(data, {}).get(metric)
