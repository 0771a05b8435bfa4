"""Evaluating many trials as one stacked computation, so that no trial's result depends on its company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from tuner.errors import InvalidOption
from tuner.trial import Failure, FailureKind, Measurement, Outcome

if TYPE_CHECKING:
    import torch

DEVICES: Final = ("auto", "cpu", "cuda")
"""Where a stack may be computed; "auto" is CUDA where there is one."""
PRECISIONS: Final = ("float32", "float64")
"""The numbers that a stack may be computed in."""
MEMORY_BYTES: Final = 2**29
"""What one stack may take: a constant, since a stack's size must not depend on the machine."""
FULL_STACK: Final = 64
"""How many trials a full stack holds (see `has_full_stacks`)."""

_Key = TypeVar("_Key", bound=Hashable)
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_stacks(
    items: Sequence[_Item],
    key_of: Callable[[_Item], _Key],
    bytes_of: Callable[[_Key], int],
    evaluate: Callable[[_Key, Sequence[_Item]], Sequence[_Result]],
    *,
    device: str | None = None,
) -> list[_Result]:
    """What comes of trials, or of trials and what they go on from, in their order.

    Those of one key are evaluated together, in chunks. `key_of` holds every length in the computation and depends on
    one trial alone; `bytes_of` is about what one trial of a key takes in memory. On a device that has full stacks, one
    that is not full is filled up with its last trial; None is for tasks that know no device.
    """
    places: dict[_Key, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        places[key_of(item)].append(place)
    found: dict[int, _Result] = {}
    is_full = device is not None and has_full_stacks(device_of(device))
    for key, members in places.items():
        size = FULL_STACK if is_full else max(1, MEMORY_BYTES // max(1, bytes_of(key)))
        for start in range(0, len(members), size):
            chunk = members[start : start + size]
            stack = [*chunk, *chunk[-1:] * (size - len(chunk))] if is_full else chunk
            results = evaluate(key, [items[place] for place in stack])
            found |= zip(chunk, results[: len(chunk)], strict=True)
    return [found[place] for place in range(len(items))]


def padded(length: int) -> int:
    """The least power of two, from 16 on, that holds this length.

    Each matrix of a stack then starts at a multiple of 64 bytes, and the libraries that multiply them take the same
    steps for it whatever lies beside it. Powers of two leave few enough lengths for stacks to fill.
    """
    return max(16, 1 << (length - 1).bit_length())


def diverged(loss: float, steps: int) -> Failure:
    """The outcome of a trial whose loss was no longer finite."""
    return Failure(FailureKind.ERROR, f"FloatingPointError: {_diverged(loss, steps)}")


def alone(outcomes: Sequence[Outcome]) -> Measurement:
    """The measurement of a stack of one; raises `FloatingPointError` where it diverged."""
    (outcome,) = outcomes
    if isinstance(outcome, Failure):
        raise FloatingPointError(outcome.message.removeprefix("FloatingPointError: "))
    return outcome


def device_of(name: str) -> torch.device:
    """The device that "auto", "cpu" or "cuda" stands for on this machine; raises `InvalidOption` for another name."""
    import torch

    check_choice("device", name, DEVICES)
    has_cuda = torch.cuda.is_available()
    if name == "cuda" and not has_cuda:
        raise InvalidOption("device = 'cuda', but torch finds no CUDA device here: take 'auto' or 'cpu'")
    return torch.device("cuda" if has_cuda and name != "cpu" else "cpu")


def has_full_stacks(device: torch.device) -> bool:
    """Whether all stacks on this device hold the same number of trials, in every layer and to the end.

    CUDA's libraries choose the order in which they add up by how many matrices there are, so that a smaller stack would
    give other last digits.
    """
    return device.type == "cuda"


def type_of(precision: str) -> torch.dtype:
    """The numbers' type that "float32" or "float64" stands for; raises `InvalidOption` for another name."""
    import torch

    check_choice("precision", precision, PRECISIONS)
    return torch.float64 if precision == "float64" else torch.float32


def check_choice(option: str, value: object, choices: Sequence[str]) -> None:
    """Raise `InvalidOption` unless an option has one of these values."""
    if value not in choices:
        raise InvalidOption(f"{option} is one of {', '.join(choices)}, not {value!r}")


def _diverged(loss: float, steps: int) -> str:
    return f"training diverged: the loss is {loss} after {steps} steps"
