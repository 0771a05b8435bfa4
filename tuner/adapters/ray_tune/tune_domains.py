"""A search space as a param_space of Ray Tune."""

from __future__ import annotations

from ray import tune
from ray.tune.search.sample import Domain

from ...errors import UnsupportedProblem
from ...parameter import Categorical, Integer, Parameter
from ...space import SearchSpace


def param_space_of(space: SearchSpace) -> dict[str, Domain]:
    """The param_space with one entry for each parameter; raises `UnsupportedProblem` where there are conditions."""
    if space.conditions:
        named = sorted({condition.parameter for condition in space.conditions})
        raise UnsupportedProblem(f"a param_space of Ray Tune has no conditions, as {', '.join(named)} would need")
    return {name: _domain_of(parameter) for name, parameter in space.parameters.items()}


def _domain_of(parameter: Parameter) -> Domain:
    if isinstance(parameter, Categorical):
        domain: Domain = tune.choice(list(parameter.choices))
    elif isinstance(parameter, Integer):
        domain = (tune.lograndint if parameter.log else tune.randint)(parameter.low, parameter.high + 1)
    else:
        domain = (tune.loguniform if parameter.log else tune.uniform)(parameter.low, parameter.high)
    return domain
