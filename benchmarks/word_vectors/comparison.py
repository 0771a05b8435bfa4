"""A trial's configuration and its neighbours: the same texts and split, some parameters changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tuner.configuration import Configuration, Value
from tuner.parameter import default_of
from tuner.seeds import derive_seed

from .classification import balanced_accuracy, group_accuracies, predict
from .representation import Representation
from .texts import load, split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tuner.space import SearchSpace
    from tuner.trial import Trial


class Comparison:
    """Measures variants of a trial on its validation and held-out texts together; remembers their vectors."""

    def __init__(self, target: str, space: SearchSpace, trial: Trial) -> None:
        self.target = target
        self._space, self._trial = space, trial
        self._parts = split(target, trial.data_seed)
        self._vectors: dict[Configuration, NDArray[np.float64]] = {}

    @property
    def unseen(self) -> NDArray[np.int64]:
        """The texts that no classifier was fitted to."""
        return np.sort(np.concatenate([self._parts.validation, self._parts.held_out]))

    @property
    def held_out(self) -> NDArray[np.int64]:
        """The held-out texts."""
        return self._parts.held_out

    @property
    def pooling(self) -> str:
        """The trial's pooling."""
        return self._trial.configuration.text("pooling")

    @property
    def layer(self) -> int:
        """The trial's layer; the last one where it has none."""
        return self._variant(representation="contextual").integer("layer")

    def vectors(self, **changes: Value) -> NDArray[np.float64]:
        """One vector for each text [texts, d]."""
        variant = self._variant(**changes)
        if variant not in self._vectors:
            seed = derive_seed(self._trial.seed, "word2vec")
            self._vectors[variant] = Representation(self.target, variant).vectors(seed)
        return self._vectors[variant]

    def cost(self, **changes: Value) -> float:
        """Multiplications for the vector of one text."""
        return Representation(self.target, self._variant(**changes)).multiply_adds()

    def accuracy(self, **changes: Value) -> float:
        """Balanced accuracy on the unseen texts."""
        return balanced_accuracy(load(self.target), self._predict(**changes), self.unseen)

    def by_group(self, **changes: Value) -> dict[str, float]:
        """Balanced accuracy on the unseen texts of each group."""
        return group_accuracies(load(self.target), self._predict(**changes), self.unseen)

    def confusions(self) -> list[tuple[str, str, float]]:
        """The share of each label's unseen texts that is given each label: (given, true, share)."""
        true, given = np.array(load(self.target).labels)[self.unseen], self._predict()[self.unseen]
        names = np.unique(true).tolist()
        return [(g, t, float((given[true == t] == g).mean())) for t in names for g in names]

    def wrong(self) -> list[tuple[str, str, str, str, str]]:
        """Each unseen text with a wrong label: text, label, given label, nearest training text, its label."""
        texts, given, vectors = load(self.target), self._predict(), self.vectors()
        groups = np.array(texts.groups)
        found = []
        for row in self.unseen:
            if given[row] != texts.labels[row]:
                mates = self._parts.train[groups[self._parts.train] == groups[row]]
                near = mates[np.linalg.norm(vectors[mates] - vectors[row], axis=1).argmin()]
                found.append(
                    (
                        texts.sentences[row],
                        texts.labels[row],
                        str(given[row]),
                        texts.sentences[near],
                        texts.labels[near],
                    )
                )
        return found

    def _predict(self, **changes: Value) -> NDArray[np.str_]:
        return predict(self._variant(**changes), load(self.target), self.vectors(**changes), self._parts.train)

    def _variant(self, **changes: Value) -> Configuration:
        defaults = {name: default_of(parameter) for name, parameter in self._space.parameters.items()}
        return self._space.restrict({**defaults, **self._trial.configuration, **changes})
