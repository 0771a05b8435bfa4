"""A param_space of Ray Tune as a search space, and its configurations as Tune wants them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ray.tune.search.variant_generator import parse_spec_vars

from ...configuration import Configuration
from ...errors import InvalidSpace, UnsupportedProblem
from ...space import SearchSpace
from .tune_parameter import TuneParameter, parameter_of

_REFUSED = "cannot be converted to a search space"


@dataclass(frozen=True)
class ParamSpace:
    """A search space, and what each of its parameters is to Tune."""

    space: SearchSpace
    parameters: Mapping[str, TuneParameter]
    """By the parameter's name in the search space."""

    @classmethod
    def of_config(cls, config: Mapping[str, object]) -> ParamSpace:
        """The space that a param_space describes; constants in it are left to Tune.

        A parameter in nested dicts is called by the path to it, as in "optimizer/lr". Raises `UnsupportedProblem` for
        what no search space can hold: grid_search, sample_from, normal distributions, parameters inside lists.
        """
        _, domains, grids = parse_spec_vars(dict(config))
        if grids:
            raise UnsupportedProblem(f"{_name(grids[0][0])}: grid_search {_REFUSED}; use tune.choice")
        parameters: dict[str, TuneParameter] = {}
        for path, domain in domains:
            name = _name(path)
            if name in parameters:
                raise UnsupportedProblem(f"the param_space has two parameters that are called {name!r}")
            _check_place(config, path)
            parameters[name] = parameter_of(name, path, domain)
        if not parameters:
            raise InvalidSpace("the param_space has no parameter to search, such as tune.uniform(0, 1)")
        return cls(SearchSpace({name: found.parameter for name, found in parameters.items()}), parameters)

    @classmethod
    def of_space(cls, space: SearchSpace) -> ParamSpace:
        """The search space as it is, conditions included."""
        return cls(space, {name: TuneParameter((name,), p) for name, p in space.parameters.items()})

    def decode(self, configuration: Configuration) -> dict[object, object]:
        """What Tune is to put into its own configuration: nested as the param_space is, without its constants."""
        decoded: dict[object, object] = {}
        for name, value in configuration.items():
            found = self.parameters[name]
            _put(decoded, found.path, found.decode(value))
        return decoded

    def to_json(self) -> str:
        """The space as JSON; what Tune is told is written as Python's literals, and as null where it is none."""
        parameters = {name: found.to_literal() for name, found in self.parameters.items()}
        return json.dumps({"space": json.loads(self.space.to_json()), "parameters": parameters})

    @classmethod
    def from_json(cls, text: str) -> ParamSpace:
        """The space whose `to_json` is this; raises `UnsupportedProblem` where that could not hold all of it."""
        table = json.loads(text)
        space = SearchSpace.from_json(json.dumps(table["space"]))
        parameters: dict[str, TuneParameter] = {}
        for name, literal in table["parameters"].items():
            if literal is None:
                raise UnsupportedProblem(f"the choices of {name} could not be saved: give the param_space again")
            parameters[name] = TuneParameter.from_literal(literal, space.parameters[name])
        return cls(space, parameters)


def _name(path: tuple[object, ...]) -> str:
    return "/".join(map(str, path))


def _check_place(config: Mapping[str, object], path: tuple[object, ...]) -> None:
    place: object = config
    for key in path:
        if not isinstance(place, Mapping):
            raise UnsupportedProblem(f"{_name(path)}: a parameter inside a list {_REFUSED}; use a dict")
        place = place[key]


def _put(target: dict[object, object], path: tuple[object, ...], value: object) -> None:
    *outer, last = path
    for key in outer:
        inner = target.setdefault(key, {})
        assert isinstance(inner, dict)
        target = inner
    target[last] = value
