"""A strategy that is a program in any language: it reads and writes lines of JSON."""

from __future__ import annotations

import os
import shlex
import shutil
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from ..errors import InvalidOption, StrategyMisbehaved, UnsupportedProblem, suggest
from ..problem import Budget, Feature, Problem
from ..strategy import SearchStrategy
from ..trial import Proposal, TrialResult
from .line_process import LineProcess
from .option_checks import positive
from .program_messages import STOP, ask_message, read_answer, start_message, tell_message

_MOST_SECONDS = 1e8
"""A time limit that a timer can be set to."""
_ALL = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE


class ExternalProgram(SearchStrategy):
    """Proposes what a program answers on its standard output to the lines that it reads on its standard input.

    Option `command` is the program with its arguments, split as a shell would, without one; it runs in the folder in
    which the strategy was made. `seconds` is the time limit for each answer. `supports` names the problems that it can
    work on. Each study has a process of its own, started when it is first asked; the process is ended with the study.
    """

    supports: ClassVar[Feature] = _ALL

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        command: str = "",
        seconds: float = 60.0,
        supports: str = "continuous, integer, categorical, conditional, multiobjective",
    ) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self._words = _split(command)
        self._folder = str(Path.cwd())
        self._seconds = positive("seconds", seconds, _MOST_SECONDS)
        _check_support(problem, supports, command)
        self._unsent = [start_message(problem, budget, seed)]
        self._told = 0
        self._conversation = _Conversation()
        # The conversation is not the strategy, so that this does not keep the strategy alive.
        weakref.finalize(self, self._conversation.end)

    def ask(self, count: int) -> Sequence[Proposal]:
        if self._is_spent():
            return []
        self._unsent.append(ask_message(count))
        lines, self._unsent = self._unsent, []
        line = self._conversation.ask(self._words, self._folder, lines, self._seconds)
        try:
            return read_answer(line, self.space)
        except StrategyMisbehaved:
            self._conversation.end()
            raise

    def tell(self, result: TrialResult) -> None:
        self._told += 1
        self._unsent.append(tell_message(result, self.space))
        if self._is_spent():
            self._conversation.end(self._unsent)
            self._unsent = []

    def _is_spent(self) -> bool:
        return self.budget.trials is not None and self._told >= self.budget.trials


class _Conversation:
    """The process of one study: not there before the first question, nor after the end."""

    def __init__(self) -> None:
        self._process: LineProcess | None = None

    def ask(self, words: Sequence[str], folder: str, lines: Sequence[str], seconds: float) -> str:
        if self._process is None:
            self._process = LineProcess(words, folder)
        try:
            return self._process.ask(lines, seconds)
        except BaseException:
            self._process.kill()
            raise

    def end(self, lines: Sequence[str] = ()) -> None:
        if self._process is not None:
            self._process.end([*lines, STOP])


def _split(command: object) -> list[str]:
    """The words of a command whose program can be found; raises `InvalidOption` otherwise."""
    if not isinstance(command, str) or not command.strip():
        raise InvalidOption(f"command is a program with its arguments, as in 'awk -f search.awk', not {command!r}")
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InvalidOption(f"command {command!r} cannot be split into words: {error}") from None
    found = shutil.which(words[0])
    if found is None:
        place = f"in {os.getcwd()}" if "/" in words[0] else "on the PATH"  # noqa: PTH109  as text
        raise InvalidOption(f"command {command!r}: there is no program {words[0]!r} {place} that can be run")
    return words


def _check_support(problem: Problem, supports: object, program: str) -> None:
    known = {name: feature for feature in _ALL for name in feature.names()}
    if not isinstance(supports, str):
        raise InvalidOption(f"supports is a list of features with commas between them, not {supports!r}")
    named = [name.strip() for name in supports.split(",")]
    for name in named:
        if name not in known:
            raise InvalidOption(f"supports names {name!r}{suggest(name, known)}")
    missing = [name for name in problem.needs.names() if name not in named]
    if missing:
        raise UnsupportedProblem(f"the program {program!r} does not support {', '.join(missing)} problems")
