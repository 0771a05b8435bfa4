"""What a surrogate's TOML file says of the three files beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from results.described_file import Described, read_description, sha256_of
from results.errors import ResultsError


class InvalidSurrogate(ResultsError):
    """A surrogate that cannot be read; the text says what is wrong in which of its files."""


class FidelityParameter(Described):
    """Which parameter of the space is the fidelity; its range there is what is offered."""

    parameter: str


class SurrogateDescription(Described):
    """Each field is a key of the TOML file."""

    name: str
    description: str = ""
    source: str = ""
    licence: str = ""
    model: str = "model.onnx"
    """The ONNX file, relative to the TOML file; likewise `space` and `encoding`."""
    space: str = "config_space.json"
    """What ConfigSpace wrote."""
    encoding: str = "encoding.json"
    """The number that stands for each choice of each parameter in `names`; `#na#` for one that is not active."""
    sha256: str | None = None
    """The ONNX file's SHA-256; None: it is not checked."""
    names: tuple[str, ...] = ()
    """The parameters in the model's columns of whole numbers, in their order."""
    numbers: tuple[str, ...] = ()
    """The parameters in its columns of real numbers, in their order."""
    outputs: Annotated[tuple[str, ...], Field(min_length=1)]
    """What it predicts, in the order of its columns."""
    objectives: Annotated[dict[str, Literal["minimize", "maximize"]], Field(min_length=1)]
    """Goals by output."""
    values: tuple[str, ...] = ()
    """Outputs that are measured beside the objectives."""
    held_out: dict[str, str] = Field(default_factory=dict)
    """Output of each held-out value, by the value's name."""
    cost: str | None = None
    """Output that is the seconds that it takes to get as far as the fidelity."""
    fidelity: FidelityParameter | None = None
    instance: str | None = None
    """Parameter that names the problem: no strategy sees it, the task's option sets it."""
    constants: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """Parameters that stay as they are set here."""

    @property
    def predicted(self) -> tuple[str, ...]:
        """The outputs that are used."""
        cost = () if self.cost is None else (self.cost,)
        return (*self.objectives, *self.values, *self.held_out.values(), *cost)


@dataclass(frozen=True, slots=True)
class SurrogateFile:
    """A surrogate whose description has been read; what lies beside it has not."""

    path: Path
    """Of the TOML file."""
    description: SurrogateDescription
    digest: str
    """SHA-256 of what all four files hold."""

    def beside(self, name: str) -> Path:
        """A file that the description names."""
        return self.path.parent / name


def open_surrogate_file(path: Path) -> SurrogateFile:
    """The surrogate that a TOML file describes; raises `InvalidSurrogate` for what is wrong with it."""
    told, text = read_description(path, SurrogateDescription, InvalidSurrogate)
    for name in told.predicted:
        if name not in told.outputs:
            raise InvalidSurrogate(f"{path}: {name!r} is none of the outputs {', '.join(told.outputs)}")
    digests = [sha256_of(path.parent / name, InvalidSurrogate) for name in (told.model, told.space, told.encoding)]
    if told.sha256 not in {None, digests[0]}:
        wrong = f"its SHA-256 is {digests[0]}, and {path.name} says {told.sha256}"
        raise InvalidSurrogate(f"{path.parent / told.model} is not the file that was described: {wrong}")
    return SurrogateFile(path, told, hashlib.sha256(text + "".join(digests).encode()).hexdigest())
