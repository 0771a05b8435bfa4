"""The space and the facade of SMAC3, without its files and its logging."""

from __future__ import annotations

import logging
import math
import warnings
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import ConfigSpace
import numpy as np
from ConfigSpace import (
    AndConjunction,
    CategoricalHyperparameter,
    ConfigurationSpace,
    InCondition,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)
from smac import HyperparameterOptimizationFacade, Scenario
from smac.acquisition.maximizer import LocalAndSortedRandomSearch
from smac.main.exceptions import ConfigurationSpaceExhaustedException
from smac.model.random_forest import RandomForest
from smac.runhistory import StatusType, TrialInfo, TrialValue

from ..configuration import Configuration, Value
from ..parameter import Categorical, Float, Integer, Parameter
from ..space import Condition, SearchSpace
from .smac_options import SmacOptions

Hyperparameter: TypeAlias = (
    UniformFloatHyperparameter | UniformIntegerHyperparameter | OrdinalHyperparameter | CategoricalHyperparameter
)
"""What SMAC calls a parameter."""
_PATIENCE = 1000
"""So many random configurations are looked at for a new one."""
_FEW = 10_000
_MOST_LEAVES = 1 << 14

logging.getLogger("smac").addHandler(logging.NullHandler())  # heard only by whoever listens


class SmacOptimizer:
    """A facade that is asked and told; it writes no files, once it is made."""

    def __init__(self, space: SearchSpace, seed: int, trials: int, options: SmacOptions) -> None:
        self._space = space
        self._configspace = _configspace_of(space, seed)
        self._pending: dict[Configuration, deque[TrialInfo]] = {}
        self._seen: set[Configuration] = set()
        self._size = _size_of(space)
        self._rng = np.random.default_rng(seed)
        with TemporaryDirectory() as folder:
            self._facade = _make_facade(self._configspace, seed, trials, options, Path(folder))
        self._trial_seed: int | None = 0  # SMAC takes that of the first trial for all

    def ask(self) -> Configuration | None:
        """The next configuration, which is pending from now on; None where the space is exhausted.

        Where SMAC has found nothing but what it knows, the next one is random.
        """
        if len(self._seen) >= self._size:  # SMAC itself would look for another one for ever
            return None
        try:
            with _quiet():
                info = self._facade.ask()
        except (StopIteration, ConfigurationSpaceExhaustedException):
            return self._draw()
        self._trial_seed = info.seed
        found = dict(info.config)
        parameters = self._space.parameters
        configuration = Configuration(
            {name: _decode(p, found[name]) for name, p in parameters.items() if name in found}
        )
        self._expect(configuration, info)
        return configuration

    def _draw(self) -> Configuration | None:
        """A random configuration that is new; None where none is found."""
        drawn = (self._space.sample(self._rng) for _ in range(_PATIENCE))
        configuration = next((one for one in drawn if one not in self._seen), None)
        if configuration is not None:
            self._expect(configuration, self._info_of(configuration))
        return configuration

    def _expect(self, configuration: Configuration, info: TrialInfo) -> None:
        self._seen.add(configuration)
        self._pending.setdefault(configuration, deque()).append(info)

    def tell(self, configuration: Configuration, cost: float, *, has_failed: bool) -> None:
        """How a trial ended, pending or not."""
        self._seen.add(configuration)
        waiting = self._pending.get(configuration)
        info = waiting.popleft() if waiting else self._info_of(configuration)
        if waiting is not None and not waiting:
            del self._pending[configuration]
        status = StatusType.CRASHED if has_failed else StatusType.SUCCESS
        with _quiet():
            self._facade.tell(info, TrialValue(cost=cost, status=status), save=False)

    def _info_of(self, configuration: Configuration) -> TrialInfo:
        parameters = self._space.parameters
        values = {name: _encode(parameters[name], value) for name, value in configuration.items()}
        return TrialInfo(ConfigSpace.Configuration(self._configspace, values=values), seed=self._trial_seed)


def _size_of(space: SearchSpace) -> float:
    """How many configurations there are, counted where they are few; infinity otherwise."""
    most = math.prod(parameter.count for parameter in space.parameters.values())
    if most > _FEW:
        return math.inf
    return sum(1 for _ in space.grid({name: int(parameter.count) for name, parameter in space.parameters.items()}))


def _make_facade(
    space: ConfigurationSpace, seed: int, trials: int, options: SmacOptions, folder: Path
) -> HyperparameterOptimizationFacade:
    facade = HyperparameterOptimizationFacade
    scenario = Scenario(space, name="study", output_directory=folder, deterministic=True, n_trials=trials, seed=seed)
    design = facade.get_initial_design(
        scenario,
        n_configs=options.n_configs,
        n_configs_per_hyperparameter=options.n_configs_per_hyperparameter,
        max_ratio=options.max_ratio,
    )
    maximizer = facade.get_acquisition_maximizer(scenario, challengers=options.challengers)
    _put_in_order(maximizer)
    return facade(
        scenario,
        initial_design=design,
        model=_made_frugal(facade.get_model(scenario, n_trees=options.n_trees)),
        acquisition_function=facade.get_acquisition_function(scenario, xi=options.xi),
        acquisition_maximizer=maximizer,
        config_selector=facade.get_config_selector(scenario, retrain_after=options.retrain_after),
        logging_level=False,
        overwrite=True,
    )


def _made_frugal(model: RandomForest) -> RandomForest:
    """The same forest, made on one thread, as everything in a worker is, and without room for a million leaves a tree.

    It grows the same trees from up to `_MOST_LEAVES` trials.
    """
    model._rf_opts.update(n_jobs=1, max_leaf_nodes=_MOST_LEAVES)  # noqa: SLF001  the facade passes neither on
    return model


def _put_in_order(maximizer: LocalAndSortedRandomSearch) -> None:
    """Let local searches start in an order that does not hang on the hashes of a set, which no two processes share."""
    search: Any = maximizer._local_search  # noqa: SLF001  there is no other way in
    unordered = search._get_init_points_from_previous_configs  # noqa: SLF001  the same

    def ordered(*arguments: Any, **more: Any) -> list[ConfigSpace.Configuration]:
        return sorted(unordered(*arguments, **more), key=lambda one: repr(sorted(dict(one).items())))

    search._get_init_points_from_previous_configs = ordered  # noqa: SLF001  the same


def _configspace_of(space: SearchSpace, seed: int) -> ConfigurationSpace:
    found = ConfigurationSpace(seed=seed)
    for name, parameter in space.parameters.items():
        found.add(_hyperparameter_of(name, parameter))
    for child in space.names:
        mine = list(_conditions_of(child, space, found))
        if mine:
            found.add(mine[0] if len(mine) == 1 else AndConjunction(*mine))
    return found


def _hyperparameter_of(name: str, parameter: Parameter) -> Hyperparameter:
    if isinstance(parameter, Float):
        return UniformFloatHyperparameter(name, parameter.low, parameter.high, log=parameter.log)
    if isinstance(parameter, Integer):
        return UniformIntegerHyperparameter(name, parameter.low, parameter.high, log=parameter.log)
    choices = list(range(len(parameter.choices)))
    return OrdinalHyperparameter(name, choices) if parameter.ordered else CategoricalHyperparameter(name, choices)


def _conditions_of(child: str, space: SearchSpace, found: ConfigurationSpace) -> Iterator[InCondition]:
    for condition in space.conditions:
        if condition.parameter == child:
            yield _condition_of(condition, space, found)


def _condition_of(condition: Condition, space: SearchSpace, found: ConfigurationSpace) -> InCondition:
    values = [_encode(space.parameters[condition.parent], value) for value in condition.values]
    return InCondition(found[condition.parameter], found[condition.parent], values)


def _encode(parameter: Parameter, value: Value) -> Value:
    return parameter.choices.index(value) if isinstance(parameter, Categorical) else value


def _decode(parameter: Parameter, found: float) -> Value:
    """The parameter's value for a numpy scalar, clipped where rounding left the range."""
    if isinstance(parameter, Categorical):
        return parameter.choices[int(found)]
    number = int(found) if isinstance(parameter, Integer) else float(found)
    return min(max(number, parameter.low), parameter.high)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence, for this moment, what numpy says of empty means and of exponents that are too large."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
