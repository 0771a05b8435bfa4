"""Any strategy as a searcher of Ray Tune."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping
from dataclasses import replace

from ray.tune.result import DEFAULT_METRIC
from ray.tune.search import Searcher

from ...configuration import Value
from ...errors import InvalidOption
from ...problem import Budget, Problem
from ...space import SearchSpace
from ...strategy import SearchStrategy
from ..given_strategy import GivenStrategy, checked_seed
from .exchange import Exchange
from .param_space import ParamSpace
from .reported import objective_of, outcome_of
from .saved_search import SavedSearch


class StrategySearcher(Searcher):
    """Suggests to Ray Tune what a strategy proposes.

    `strategy` is a name as in a suite, or a class; `options` are its own. The space is a param_space of Tune or a
    `SearchSpace`; without one, space, metric, mode and the number of trials are those of the Tuner. Suggestions are
    deterministic given the seed and the order in which trials begin and end. A trial that raised, or whose metric is
    no finite number, is told as a failure; one that a scheduler stopped early counts with the last value it reported.
    """

    CKPT_FILE_TMPL = "searcher-state-{}.json"

    def __init__(
        self,
        strategy: str | type[SearchStrategy] = "bayesian",
        space: SearchSpace | Mapping[str, object] | None = None,
        metric: str | None = None,
        mode: str | None = None,
        *,
        seed: int = 0,
        num_trials: int | None = None,
        **options: Value,
    ) -> None:
        """Find the strategy; raises `UnknownPlugin`, `InvalidOption` or what the space cannot hold, at once."""
        if metric is not None and mode is not None:
            objective_of(metric, mode)
        super().__init__(metric=metric, mode=mode)
        self._strategy = GivenStrategy.of(strategy, options)
        self._seed = checked_seed(seed)
        self._options = options
        self._budget = None if num_trials is None else Budget(trials=num_trials)
        self._space = None if space is None else _converted(space)
        self._saved: SavedSearch | None = None
        self._live: tuple[Exchange, Problem, Budget] | None = None

    def set_search_properties(
        self, metric: str | None, mode: str | None, config: dict[str, object], **spec: object
    ) -> bool:
        if self._live is not None:
            return False
        self._metric = _agreed("metric", self._metric, metric)
        self._mode = _agreed("mode", self._mode, mode)
        self._budget = self._budget or _budget_of(spec)
        if self._space is not None:
            return False
        self._space = ParamSpace.of_config(config)
        self._start()
        return True

    def suggest(self, trial_id: str) -> dict[object, object] | None:
        exchange, _, budget = self._live or self._start()
        if budget.trials is not None and exchange.count >= budget.trials:
            return Searcher.FINISHED  # type: ignore[return-value]  # Tune's own sign
        configuration = exchange.ask(trial_id)
        if configuration is None:
            return None if exchange.has_pending else Searcher.FINISHED  # type: ignore[return-value]  # Tune's own sign
        assert self._space is not None
        return self._space.decode(configuration)

    def on_trial_complete(
        self,
        trial_id: str,
        result: Mapping[str, object] | None = None,
        error: bool = False,  # noqa: FBT001, FBT002  Tune's
    ) -> None:
        exchange, problem, _ = self._live or self._start()
        if not exchange.is_pending(trial_id):
            warnings.warn(f"trial {trial_id} was not suggested here, or has ended before: left out", stacklevel=2)
            return
        exchange.tell(trial_id, outcome_of(result, problem.objectives[0], error=error))

    def save(self, checkpoint_path: str) -> None:
        """Write what the strategy was asked and told, as JSON."""
        self._state().write(checkpoint_path)

    def restore(self, checkpoint_path: str) -> None:
        """Take up a saved search: once space and metric are known, a fresh strategy is asked and told it all again.

        Raises `RunChanged` where this searcher was made otherwise than the one that saved.
        """
        saved = SavedSearch.read(checkpoint_path)
        saved.require_same(self._identity())
        self._saved, self._live = saved, None

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_saved": self._state() if self._live else self._saved, "_live": None}

    def _identity(self) -> SavedSearch:
        """How this searcher was made, as far as is known."""
        objective = objective_of(self._metric or DEFAULT_METRIC, self._mode) if self._mode else None
        space = None if self._space is None else self._space.to_json()
        return SavedSearch(self._strategy.name, self._options, self._seed, objective, self._budget, space)

    def _state(self) -> SavedSearch:
        if self._live is None:
            return self._saved or self._identity()
        exchange, problem, budget = self._live
        made = replace(self._identity(), objective=problem.objectives[0], budget=budget)
        return replace(made, events=tuple(exchange.events))

    def _start(self) -> tuple[Exchange, Problem, Budget]:
        """Make the strategy, and bring it to where the saved one was."""
        saved = self._saved
        if self._space is None and saved and saved.space:
            self._space = ParamSpace.from_json(saved.space)
        mine = self._identity()
        objective = mine.objective or (saved.objective if saved else None)
        budget = mine.budget or (saved.budget if saved else None)
        if self._space is None:
            raise InvalidOption("StrategySearcher has no space: give it one, or a param_space to the Tuner")
        if objective is None:
            raise InvalidOption("StrategySearcher has no metric and mode: give them to it or to TuneConfig")
        if budget is None:
            raise InvalidOption("StrategySearcher does not know for how many trials: give it num_trials")
        if saved:
            saved.require_same(mine)
        problem = Problem(self._space.space, (objective,))
        strategy = self._strategy.load()(problem, seed=self._seed, budget=budget, **self._options)
        exchange = Exchange(strategy, problem, self._seed)
        exchange.replay(saved.events if saved else ())
        self._live = exchange, problem, budget
        return self._live


def _converted(space: SearchSpace | Mapping[str, object]) -> ParamSpace:
    return ParamSpace.of_space(space) if isinstance(space, SearchSpace) else ParamSpace.of_config(space)


def _agreed(name: str, mine: str | None, given: str | None) -> str | None:
    if mine and given and mine != given:
        raise InvalidOption(f"the searcher has the {name} {mine!r}, TuneConfig {given!r}: give it to one of them")
    return mine or given


def _budget_of(spec: Mapping[str, object]) -> Budget | None:
    """What the Tuner allows: its number of trials, or else its seconds; None where it sets neither."""
    trials, seconds = spec.get("num_samples"), spec.get("time_budget_s")
    if isinstance(trials, int) and trials > 0:
        return Budget(trials=trials)
    if isinstance(seconds, dt.timedelta):
        seconds = seconds.total_seconds()
    return Budget(seconds=float(seconds)) if isinstance(seconds, int | float) and seconds > 0 else None
