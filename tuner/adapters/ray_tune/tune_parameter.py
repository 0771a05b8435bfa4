"""One parameter of a param_space of Ray Tune, and the parameter of a search space that stands for it."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass

from ray.tune.search import sample
from ray.tune.search.variant_generator import parse_spec_vars

from ...configuration import Value
from ...errors import InvalidSpace, UnsupportedProblem
from ...parameter import Categorical, Float, Integer, Parameter
from ..plain_choices import categorical_of, plain_choices


@dataclass(frozen=True, slots=True)
class TuneParameter:
    """Where a parameter stands in a param_space, and how its values are told to Tune."""

    path: tuple[object, ...]
    """The keys that lead to it, from the outermost dict inwards."""
    parameter: Parameter
    step: float | None = None
    """The q of a quantized parameter, of which `parameter` counts the multiples; None where there is none."""
    choices: tuple[object, ...] | None = None
    """The objects whose positions `parameter` chooses from; None where it holds the values themselves."""

    def decode(self, value: Value) -> object:
        """The value as Tune wants it."""
        if self.choices is not None:
            assert isinstance(value, int)
            return self.choices[value]
        if self.step is None:
            return value
        assert isinstance(value, int)
        return value * self.step

    def to_literal(self) -> str | None:
        """Path, step and choices as a literal of Python; None where a key or choice has none, as most objects."""
        told = (self.path, self.step, self.choices)
        try:
            return repr(told) if ast.literal_eval(repr(told)) == told else None
        except (ValueError, SyntaxError):
            return None

    @classmethod
    def from_literal(cls, literal: str, parameter: Parameter) -> TuneParameter:
        """The parameter whose `to_literal` is this."""
        path, step, choices = ast.literal_eval(literal)
        return cls(path, parameter, step, choices)


def parameter_of(name: str, path: tuple[object, ...], domain: sample.Domain) -> TuneParameter:
    """The parameter that stands for a domain of Tune.

    A quantized domain becomes the whole numbers that q is multiplied by, so that a strategy learns about the very
    values that are tried. A domain of one value, and choices that are no plain values, become categorical. Raises
    `UnsupportedProblem` for sample_from and for normal distributions, `InvalidSpace` for an impossible range.
    """
    try:
        return _converted(name, path, domain)
    except InvalidSpace as error:
        raise InvalidSpace(f"{name}: {error}") from None


def _converted(name: str, path: tuple[object, ...], domain: sample.Domain) -> TuneParameter:
    if isinstance(domain, sample.Categorical):
        return _choice(name, path, domain.categories)
    sampler, step = domain.get_sampler(), 0.0
    if isinstance(sampler, sample.Quantized):
        sampler, step = sampler.get_sampler(), sampler.q
    log = isinstance(sampler, sample.LogUniform)
    if not (log or isinstance(sampler, sample.Uniform)) or not isinstance(domain, sample.Float | sample.Integer):
        kind = "sample_from" if isinstance(domain, sample.Function) else f"a {type(sampler).__name__.strip('_')}"
        raise UnsupportedProblem(f"{name}: {kind} distribution cannot be converted to a search space")
    if isinstance(domain, sample.Float):
        low, high = float(domain.lower), float(domain.upper)
        return _multiples(path, low, high, float(step), log=log) if step else _float(path, low, high, log=log)
    low, high = _whole(domain.lower), _whole(domain.upper)
    if step > 1:
        return _multiples(path, low, high, _whole(step), log=log)
    return _integer(path, low, high - 1, log=log)


def _choice(name: str, path: tuple[object, ...], choices: Sequence[object]) -> TuneParameter:
    if any(parse_spec_vars({name: choices})[1:]):
        raise UnsupportedProblem(f"{name}: a choice among distributions cannot be converted to a search space")
    told = None if plain_choices(choices) else tuple(choices)
    return TuneParameter(path, categorical_of(choices), choices=told)


def _float(path: tuple[object, ...], low: float, high: float, *, log: bool) -> TuneParameter:
    return TuneParameter(path, Categorical((low,)) if low == high else Float(low, high, log))


def _integer(path: tuple[object, ...], low: int, high: int, *, log: bool) -> TuneParameter:
    return TuneParameter(path, Categorical((low,)) if low == high else Integer(low, high, log))


def _multiples(path: tuple[object, ...], low: float, high: float, step: float, *, log: bool) -> TuneParameter:
    first, last = _multiple(low / step, math.ceil(low / step)), _multiple(high / step, math.floor(high / step))
    if first > last:
        raise InvalidSpace(f"no multiple of {step:g} lies in [{low:g}, {high:g}]")
    if first == last:
        return TuneParameter(path, Categorical((first,)), step)
    return TuneParameter(path, Integer(first, last, log), step)


def _multiple(quotient: float, inwards: int) -> int:
    """The quotient as a whole number, rounded inwards unless it is one but for rounding, as in 0.3 / 0.1."""
    nearest = round(quotient)
    return nearest if math.isclose(quotient, nearest) else inwards


def _whole(bound: float) -> int:
    if bound != int(bound):
        raise InvalidSpace(f"the bounds of a whole number are whole, not {bound!r}")
    return int(bound)
