"""A strategy as a plain function: configurations, given the results so far."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar, overload

import numpy as np

from ..configuration import Configuration, Value
from ..errors import BrokenPlugin, StrategyMisbehaved
from ..problem import Budget, Feature, Problem
from ..space import SearchSpace
from ..strategy import SearchStrategy
from ..trial import Proposal, TrialResult

_GIVEN = ("history", "space", "count", "rng")
_FIXED = ("problem", "seed", "budget")
_Wanted = Mapping[str, object] | Proposal
_Function = TypeVar("_Function", bound=Callable[..., Iterable[_Wanted]])


class Propose(Protocol):
    """`propose(history, space, count, rng)`, perhaps with keyword-only options that have defaults.

    `history` holds the results so far, in the order in which they were told, and cannot be changed; `rng` is the
    study's generator. It returns at most `count` configurations (mappings from names to values; `Proposal` where a
    fidelity or a trial to continue is wanted); fewer, or none, means "nothing more for now".
    """

    def __call__(
        self, history: Sequence[TrialResult], space: SearchSpace, count: int, rng: np.random.Generator, /
    ) -> Iterable[_Wanted]: ...


class History(Sequence[TrialResult]):
    """The results so far: reads as a tuple, and grows with the study without being copied."""

    __slots__ = ("_results",)

    def __init__(self, results: list[TrialResult]) -> None:
        self._results = results

    @overload
    def __getitem__(self, index: int) -> TrialResult: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[TrialResult, ...]: ...
    def __getitem__(self, index: int | slice) -> TrialResult | tuple[TrialResult, ...]:
        return tuple(self._results[index]) if isinstance(index, slice) else self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[TrialResult]:
        return iter(self._results)

    def __repr__(self) -> str:
        return f"History of {len(self._results)} results"


def declares(
    *, supports: Feature = Feature.MIXED, needs_fidelity: bool = False, packages: tuple[str, ...] = ()
) -> Callable[[_Function], _Function]:
    """A decorator that says of a function what a class says of itself: see `SearchStrategy`."""

    def declare(function: _Function) -> _Function:
        vars(function).update(supports=supports, needs_fidelity=needs_fidelity, packages=packages)
        return function

    return declare


def strategy_of(function: Callable[..., Iterable[_Wanted]]) -> type[SearchStrategy]:
    """The strategy that proposes what the function returns; its keyword-only parameters are the options.

    It supports what the decorator `declares` says: by default every kind of parameter, without conditions and with
    one objective. Raises `BrokenPlugin` where the function takes something else than it is given.
    """
    name = getattr(function, "__name__", type(function).__name__)
    own = _own_parameters(function, name)

    class FunctionStrategy(SearchStrategy):
        def __init__(self, problem: Problem, *, seed: int, budget: Budget, **options: Value) -> None:
            super().__init__(problem, seed=seed, budget=budget)
            self._options = options
            self._results: list[TrialResult] = []
            self._history = History(self._results)

        def ask(self, count: int) -> Sequence[Proposal]:
            return _proposals(function(self._history, self.space, count, self.rng, **self._options), name)

        def tell(self, result: TrialResult) -> None:
            self._results.append(result)

    declared = getattr(function, "__dict__", {})
    FunctionStrategy.supports = declared.get("supports", Feature.MIXED)
    FunctionStrategy.needs_fidelity = declared.get("needs_fidelity", False)
    FunctionStrategy.packages = declared.get("packages", ())
    FunctionStrategy.__name__ = FunctionStrategy.__qualname__ = name
    FunctionStrategy.__module__ = getattr(function, "__module__", __name__)
    FunctionStrategy.__doc__ = getattr(function, "__doc__", None)
    vars(FunctionStrategy.__init__).update(__signature__=_signature(FunctionStrategy, own))
    return FunctionStrategy


def _own_parameters(function: Callable[..., object], name: str) -> list[inspect.Parameter]:
    parameters = _parameters(function)
    own = [parameter for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
    given = [parameter for parameter in parameters if parameter not in own]
    shown = f"{name}{inspect.Signature([parameter.replace(annotation=parameter.empty) for parameter in parameters])}"
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in given) or not _takes(given, len(_GIVEN)):
        raise BrokenPlugin(f"a strategy's function is {name}({', '.join(_GIVEN)}), not {shown}")
    for parameter in own:
        if parameter.default is parameter.empty:
            raise BrokenPlugin(f"option {parameter.name!r} of {shown} has no default")
        if parameter.name in _FIXED:
            raise BrokenPlugin(f"option {parameter.name!r} of {shown} has a name that is taken")
    return own


def _parameters(function: object) -> list[inspect.Parameter]:
    try:
        if callable(function) and not isinstance(function, type):
            return list(inspect.signature(function).parameters.values())
    except ValueError:  # a built-in function may not say what it takes
        pass
    raise BrokenPlugin(f"a strategy's function is propose({', '.join(_GIVEN)}), not {function!r:.80}")


def _takes(given: Sequence[inspect.Parameter], count: int) -> bool:
    """Whether these parameters take so many positional arguments."""
    try:
        inspect.Signature(given).bind(*range(count))
    except TypeError:
        return False
    return True


def _signature(kind: type, own: Sequence[inspect.Parameter]) -> inspect.Signature:
    fixed = inspect.signature(kind.__init__).parameters.values()  # type: ignore[misc]  # of this very class
    named = [parameter for parameter in fixed if parameter.kind is not parameter.VAR_KEYWORD]
    return inspect.Signature([*named, *own])


def _proposals(returned: object, name: str) -> Sequence[Proposal]:
    if isinstance(returned, Mapping | Proposal):
        raise StrategyMisbehaved(f"{name} returned one configuration, {returned!r:.80}, not a list of them")
    if not isinstance(returned, Iterable) or isinstance(returned, str):
        raise StrategyMisbehaved(f"{name} returned {returned!r:.80}, not a list of configurations")
    return [_proposal(wanted, name) for wanted in returned]


def _proposal(wanted: object, name: str) -> Proposal:
    if isinstance(wanted, Proposal):
        return wanted
    if not isinstance(wanted, Mapping):
        raise StrategyMisbehaved(f"{name} returned {wanted!r:.80} in place of a configuration")
    # What numpy draws is one of its own scalars, which no configuration may hold.
    plain = {key: value.item() if isinstance(value, np.generic) else value for key, value in wanted.items()}
    return Proposal(Configuration(plain))
