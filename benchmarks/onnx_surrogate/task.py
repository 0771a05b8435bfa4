"""The task: a model predicts what a configuration costs and measures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from tuner.errors import InvalidOption, suggest
from tuner.problem import Problem
from tuner.task import Task, TaskCard
from tuner.trial import Measurement, Trial

if TYPE_CHECKING:
    from tuner.configuration import Value

    from .model import Surrogate

DEFAULT: Final = "bn-relu-net-model"
_DATA: Final = Path(__file__).parents[1] / "data"
_FILE: Final = "surrogate.toml"


@dataclass(frozen=True, kw_only=True)
class OnnxSurrogate(Task):
    """Asks a model that was fitted to recorded evaluations, such as those of YAHPO Gym, and stored as ONNX.

    There is no noise, and neither seed matters. A trial that continues another one costs what it adds.
    """

    card: ClassVar[TaskCard] = TaskCard(
        summary="what a model fitted to recorded evaluations predicts of each configuration, with its cost",
        data="a small model that ships, or your own files: an ONNX model, a ConfigSpace, and a TOML file that explains",
        licence="the model's",
        source="https://proceedings.mlr.press/v188/pfisterer22a.html",
        cost="0.1 milliseconds with the model that ships, 0.5 with that of lcbench",
        extra="tables",
        modules=("onnxruntime",),
    )
    places: ClassVar[frozenset[str]] = frozenset({"device", "path"})

    path: str = DEFAULT
    """The TOML file that describes the model, or the name of a model that ships."""
    instance: str = ""
    """Which of the problems that the model knows, such as an OpenML task; empty: its first."""

    def __post_init__(self) -> None:
        if not isinstance(self.instance, str):
            raise InvalidOption(f"instance is a text, not {self.instance!r}")
        self._surrogate  # noqa: B018  raises where the files do not fit together

    @classmethod
    def content_of(cls, options: Mapping[str, Value]) -> str:
        """The digest of the surrogate's files."""
        return _digest(options["path"]) if "path" in options else ""

    @property
    def problem(self) -> Problem:
        """What the description and the space say."""
        return self._surrogate.problem

    def prepare(self) -> None:
        """Load the model."""
        with _told():
            self._surrogate.session  # noqa: B018  loaded when it is asked for

    def evaluate(self, trial: Trial) -> Measurement:
        """What the model predicts; raises `InvalidConfiguration` outside its space."""
        surrogate, told = self._surrogate, self._surrogate.file.description
        surrogate.problem.space.check(trial.configuration)
        outputs = surrogate.predict(trial.configuration, trial.proposal.fidelity)
        values = {name: outputs[name] for name in (*told.objectives, *told.values)}
        held_out = {name: outputs[column] for name, column in told.held_out.items()}
        return Measurement(values, held_out, None if told.cost is None else self._seconds(trial, outputs[told.cost]))

    def _seconds(self, trial: Trial, total: float) -> float:
        if trial.continues_from is None:
            return max(0.0, total)
        cost = self._surrogate.file.description.cost
        assert cost is not None
        return max(0.0, total - max(0.0, self._surrogate.predict(trial.configuration, trial.continues_from)[cost]))

    def __getstate__(self) -> dict[str, str]:
        return {"path": self.path, "instance": self.instance}

    @cached_property
    def _surrogate(self) -> Surrogate:
        from .model import load_surrogate

        with _told():
            return load_surrogate(str(surrogate_path(self.path)), _digest(self.path), self.instance)


def shipped_surrogates() -> dict[str, Path]:
    """The surrogates that ship, by name."""
    return {path.parent.name: path for path in sorted(_DATA.glob(f"*/{_FILE}"))}


def surrogate_path(path: object) -> Path:
    """The TOML file of a surrogate; raises `InvalidOption` for a name that none has."""
    if not isinstance(path, str) or not path:
        raise InvalidOption(f"path is the TOML file of a surrogate, or the name of one that ships, not {path!r}")
    if path.endswith(".toml"):
        return Path(os.path.expanduser(path))  # noqa: PTH111  Path.expanduser raises where there is no such home
    known = shipped_surrogates()
    if path not in known:
        raise InvalidOption(f"no surrogate called {path!r}{suggest(path, known)}; or the path of a .toml file")
    return known[path]


def _digest(path: object) -> str:
    from .description import open_surrogate_file

    with _told():
        return open_surrogate_file(surrogate_path(path)).digest


@contextmanager
def _told() -> Iterator[None]:
    """Within it, what is wrong with the files is what is wrong with the option."""
    from .description import InvalidSurrogate

    try:
        yield
    except InvalidSurrogate as error:
        raise InvalidOption(str(error)) from None
