"""A surrogate in memory: its space, the encoding of configurations, and the ONNX session that predicts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from tuner.configuration import Value
from tuner.errors import InvalidSpace, MissingExtra, one_line, suggest
from tuner.parameter import Categorical, Float, Integer
from tuner.problem import Fidelity, Objective, Problem

from .config_space import ConfigSpace, read_config_space
from .description import InvalidSurrogate, SurrogateFile, open_surrogate_file
from .fixing import fixed_space

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

ABSENT: Final = "#na#"
"""The encoding's name for a choice of a parameter that is not active; the number of one is 0."""
Codes = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, eq=False)
class Surrogate:
    """One instance of a surrogate; `predict` says what each output would be."""

    file: SurrogateFile
    problem: Problem
    is_whole: bool
    """Whether the fidelity is a whole number."""
    fixed: Mapping[str, Value]
    _codes: Codes = field(repr=False)

    @cached_property
    def session(self) -> InferenceSession:
        """Predicts with one thread, so that an answer depends on nothing but the row; made when it is first needed.

        Raises `MissingExtra` without onnxruntime, and `InvalidSurrogate` for a model that is none or does not fit.
        """
        return _session(self.file)

    def predict(self, configuration: Mapping[str, Value], fidelity: float | None) -> dict[str, float]:
        """The outputs by name; None asks for the highest fidelity. A fidelity between whole ones is the one below.

        A row a call, as its authors' tool does: in a batch the sums of a row may be added up in another order, and
        then its last digits depend on what else is in the batch.
        """
        told = self.file.description
        values = {**self.fixed, **configuration}
        offered = self.problem.fidelity
        if offered is not None and told.fidelity is not None:
            asked = min(max(offered.high if fidelity is None else fidelity, offered.low), offered.high)
            values[told.fidelity.parameter] = int(asked) if self.is_whole else asked
        row = self.session.run(None, self._row(values))[0]
        return dict(zip(told.outputs, row[0].tolist(), strict=True))

    def _row(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.generic]]:
        """What each input of the model is fed, [1, columns]."""
        told = self.file.description
        names = [self._codes[name][key(values[name]) if name in values else ABSENT] for name in told.names]
        numbers = [values.get(name, 0.0) for name in told.numbers]
        by_type = {"tensor(int32)": (names, np.int32), "tensor(int64)": (names, np.int64)}
        columns = {i.name: by_type.get(i.type, (numbers, np.float32)) for i in self.session.get_inputs()}
        return {name: np.array([column], dtype=kind) for name, (column, kind) in columns.items()}


@lru_cache(maxsize=8)
def load_surrogate(path: str, digest: str, instance: str) -> Surrogate:
    """One instance of the surrogate that a TOML file describes; made once a process, for as long as its files stay.

    Raises `InvalidSurrogate` where they do not fit together.
    """
    file = open_surrogate_file(Path(path))
    if file.digest != digest:
        raise InvalidSurrogate(f"{path} has changed while it was read")
    told = file.description
    place = file.beside(told.space)
    try:
        declared = read_config_space(place.read_bytes())
        fixed = {**declared.constants, **told.constants, **_instance(file, declared, instance)}
        fidelity, is_whole = _fidelity(file, declared)
        space = fixed_space(declared, fixed, None if fidelity is None else fidelity.name)
    except InvalidSpace as error:
        raise InvalidSurrogate(f"{place}: {error}") from None
    objectives = tuple(Objective(name, goal) for name, goal in told.objectives.items())
    return Surrogate(file, Problem(space, objectives, fidelity), is_whole, fixed, _codes(file, declared))


def key(value: Value) -> str:
    """A choice as the encoding names it."""
    return value if isinstance(value, str) else json.dumps(value)


def _instance(file: SurrogateFile, declared: ConfigSpace, instance: str) -> dict[str, Value]:
    """The parameter that names the problem, set to the one asked for, or to its first choice."""
    name = file.description.instance
    if name is None:
        if instance:
            raise InvalidSurrogate(f"{file.path}: there are no instances, and none called {instance!r}")
        return {}
    parameter = declared.parameters.get(name)
    if not isinstance(parameter, Categorical):
        raise InvalidSurrogate(f"{file.path}: the instance {name!r} is no parameter with choices")
    known = {key(choice): choice for choice in parameter.choices}
    if instance and instance not in known:
        raise InvalidSurrogate(f"{file.path}: no instance called {instance!r}{suggest(instance, known)}")
    return {name: known[instance] if instance else parameter.choices[0]}


def _fidelity(file: SurrogateFile, declared: ConfigSpace) -> tuple[Fidelity | None, bool]:
    """The fidelity that is offered, and whether it is a whole number."""
    if file.description.fidelity is None:
        return None, False
    name = file.description.fidelity.parameter
    parameter = declared.parameters.get(name)
    if not isinstance(parameter, Float | Integer) or parameter.low <= 0:
        raise InvalidSurrogate(f"{file.path}: the fidelity {name!r} is no parameter of positive numbers")
    return Fidelity(name, parameter.low, parameter.high), isinstance(parameter, Integer)


def _codes(file: SurrogateFile, declared: ConfigSpace) -> Codes:
    """The number of each choice of each parameter in the model's columns of whole numbers."""
    told, place = file.description, file.beside(file.description.encoding)
    _check_columns(file, declared)
    try:
        stored = json.loads(place.read_bytes())
        found = {name: {choice: int(code) for choice, code in stored[name].items()} for name in told.names}
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise InvalidSurrogate(f"{place}: it is to have numbers for the choices of {', '.join(told.names)}") from error
    conditional = {condition.parameter for condition in declared.conditions}
    for name in told.names:
        needed = [*map(key, _choices(declared, name) or ()), *([ABSENT] if name in conditional else [])]
        lacking = [choice for choice in needed if choice not in found[name]]
        if lacking:
            raise InvalidSurrogate(f"{place}: it has no number for {name} = {lacking[0]!r}")
    return found


def _check_columns(file: SurrogateFile, declared: ConfigSpace) -> None:
    """Each parameter stands in one column, of its kind."""
    told = file.description
    columns = [*told.names, *told.numbers]
    odd = {*declared.parameters, *declared.constants}.symmetric_difference(columns)
    odd |= {name for name in columns if columns.count(name) > 1}
    if odd:
        raise InvalidSurrogate(
            f"{file.path}: {min(odd)!r} is to be a parameter of the space, in one of names or numbers"
        )
    for name in columns:
        choices = _choices(declared, name)
        if name in told.names and choices is None:
            raise InvalidSurrogate(f"{file.path}: {name!r} is a number, and is to be among the numbers")
        if name in told.numbers and any(isinstance(choice, str) for choice in choices or ()):
            raise InvalidSurrogate(f"{file.path}: {name!r} has names, and is to be among the names")


def _choices(declared: ConfigSpace, name: str) -> Sequence[Value] | None:
    """What a parameter can be; None for a range of numbers."""
    if name in declared.constants:
        return (declared.constants[name],)
    parameter = declared.parameters[name]
    return parameter.choices if isinstance(parameter, Categorical) else None


def _session(file: SurrogateFile) -> InferenceSession:
    """Checked against the description."""
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtra("surrogate needs onnxruntime: pip install 'tuner-bench[tables]'") from None

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    told, place = file.description, file.beside(file.description.model)
    try:
        session = onnxruntime.InferenceSession(str(place), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise InvalidSurrogate(f"{place} is no model that onnxruntime reads: {one_line(str(error))}") from error
    expected = [(i.name, len(told.names if "int" in i.type else told.numbers), i.shape) for i in session.get_inputs()]
    expected.append(("the output", len(told.outputs), session.get_outputs()[0].shape))
    for name, count, shape in expected:
        if len(shape) != 2 or (isinstance(shape[1], int) and shape[1] != count):
            raise InvalidSurrogate(f"{place}: {name} has the shape {shape}, and {file.path.name} names {count} columns")
    return session
