"""Which vectors of words tell senses or topics apart, and at what cost."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from tuner.errors import InvalidOption, suggest
from tuner.parameter import Categorical, Float, Integer, Parameter
from tuner.problem import Objective, Problem
from tuner.seeds import derive_seed
from tuner.space import Condition, SearchSpace
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Trial

from .classification import score
from .packages import MODULES, check_installed
from .representation import POOLINGS, REPRESENTATIONS, Representation
from .texts import TARGETS, load, split

if TYPE_CHECKING:
    from results.exhibits import Exhibit

_WORD2VEC: Final[dict[str, Parameter]] = {
    "algorithm": Categorical(("skip-gram", "cbow")),
    "dimension": Integer(8, 128, log=True, default=32),
    "window": Integer(1, 10, default=5),
    "epochs": Integer(1, 32, log=True, default=5),
    "learning_rate": Float(0.003, 0.3, log=True, default=0.025),
}


@dataclass(frozen=True, kw_only=True)
class WordVectors(Task):
    """Represent short texts by vectors of their words and classify them: static vectors against contextual ones."""

    card: ClassVar[TaskCard] = TaskCard(
        summary="word vectors, static or contextual, tell senses of words or topics of texts apart; accuracy counts",
        data="senses: 480 sentences with one of 10 ambiguous words in one of two senses, half to train on, a quarter "
        "each for validation and held out; topics: 640 definitions of nouns from WordNet in 8 topics, a quarter to "
        "train on, three eighths each for validation and held out; both stratified",
        licence="sentences Apache-2.0; definitions WordNet 3.1; GloVe PDDL 1.0; MiniLM Apache-2.0",
        source="https://arxiv.org/abs/1301.3781, https://aclanthology.org/D14-1162, https://arxiv.org/abs/1810.04805, "
        "https://arxiv.org/abs/2002.10957",
        cost="0.01 to 0.4 seconds; Word2Vec 0.1 to 4 seconds; 4 seconds once a process for the encoder",
        extra="text",
        modules=MODULES,
    )

    target: str = "senses"
    """What to tell apart: `senses` of an ambiguous word in a sentence, or `topics` of definitions."""
    repeats: int = 4
    """How often the texts that are not held out are divided anew into those to train on and those to validate on, in
    [1, 100]: the accuracies are means, since one division of so few texts tells little."""

    def __post_init__(self) -> None:
        if self.target not in TARGETS:
            raise InvalidOption(f"no target called {self.target!r}{suggest(str(self.target), TARGETS)}")
        if type(self.repeats) is not int or not 1 <= self.repeats <= 100:
            raise InvalidOption(f"repeats is a whole number in [1, 100], not {self.repeats!r}")

    @property
    def problem(self) -> Problem:
        """Fourteen parameters (topics: thirteen), most under conditions; maximise `balanced_accuracy`."""
        return Problem(_space(self.target), (Objective("balanced_accuracy", "maximize"),))

    def prepare(self) -> None:
        """Load the packages and the texts, and run the encoder over all texts once."""
        _prepare(self.target)

    def evaluate(self, trial: Trial) -> Measurement:
        """Balanced accuracy of classifiers fitted on the vectors of the training texts, in the mean over repeats."""
        self.prepare()
        representation = Representation(self.target, trial.configuration)
        vectors = representation.vectors(derive_seed(trial.seed, "word2vec"))
        splits = [split(self.target, trial.data_seed, repeat) for repeat in range(self.repeats)]
        scores = [score(trial.configuration, load(self.target), vectors, one) for one in splits]
        validation, held_out = np.mean(scores, axis=0)
        return Measurement(
            values={"balanced_accuracy": float(validation)},
            held_out={"balanced_accuracy": float(held_out)},
            extras={"dimension": float(vectors.shape[1]), "multiply_adds": representation.multiply_adds()},
        )

    def explain(self, trial: Trial) -> Sequence[Exhibit]:
        """One word in two contexts, accuracy by layer and against cost, confusions, nearest texts."""
        self.prepare()
        from .exhibits import exhibits_of

        return exhibits_of(self, trial)


@functools.cache
def _prepare(target: str) -> None:
    check_installed()
    import gensim  # noqa: F401  loaded so that its arithmetic is kept on one thread too
    import sklearn.linear_model  # noqa: F401  the same
    import torch
    from threadpoolctl import threadpool_limits

    from . import contextual, static

    torch.set_num_threads(1)
    threadpool_limits(limits=1)
    contextual.layers(target)
    static.glove(target)


def _space(target: str) -> SearchSpace:
    parameters: dict[str, Parameter] = {
        "representation": Categorical(REPRESENTATIONS, default="word2vec"),
        **_WORD2VEC,
        "layer": Integer(0, 6, default=6),
        "pooling": Categorical(POOLINGS[target], default="sentence"),
        **({"radius": Integer(1, 8, default=3)} if target == "senses" else {}),
        "scaling": Categorical(("none", "unit", "standard")),
        "classifier": Categorical(("logistic", "neighbours")),
        "C": Float(1e-3, 1e3, log=True, default=1.0),
        "k": Integer(1, 15, default=5),
    }
    conditions = [Condition(name, "representation", ("word2vec",)) for name in _WORD2VEC]
    conditions += [Condition("layer", "representation", ("contextual",))]
    conditions += [Condition("radius", "pooling", ("window",))] if target == "senses" else []
    conditions += [Condition("C", "classifier", ("logistic",)), Condition("k", "classifier", ("neighbours",))]
    return SearchSpace(parameters, tuple(conditions))
