"""Strategies and tasks of this process, as they answer the questions of a service."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ..configuration import Configuration
from ..errors import InvalidOption, describe, one_line
from ..problem import Budget, Problem
from ..remote.definition import read_problem
from ..remote.task_messages import answer_of, trial_of
from ..strategies.function_strategy import strategy_of
from ..strategy import SearchStrategy
from ..task import Task, failure_of
from ..trial import Failure, FailureKind, Measurement, Outcome, Proposal, Trial, TrialResult

StrategyLike = type[SearchStrategy] | Callable[..., Any]
"""A class, or a function as in `propose(history, space, count, rng)`."""
MOST_KEPT: Final = 512
"""Conversations of which the strategy object is kept; others are built again from what was said."""


def strategy_class(strategy: StrategyLike) -> type[SearchStrategy]:
    """The class, made of a function if need be; raises `InvalidOption`."""
    if isinstance(strategy, type) and issubclass(strategy, SearchStrategy):
        return strategy
    if isinstance(strategy, type) or not callable(strategy):
        raise InvalidOption(f"{strategy!r:.80} is neither a SearchStrategy class nor a function")
    return strategy_of(strategy)


class Strategies:
    """Answers for a strategy: an object for each conversation, made anew where it is not at hand."""

    def __init__(
        self,
        kind: type[SearchStrategy],
        options: Mapping[str, Any],
        history: Callable[[str, int], Sequence[Mapping[str, Any]]],
    ) -> None:
        self._kind = kind
        self._options = dict(options)
        self._history = history
        self._kept: OrderedDict[str, _Conversation] = OrderedDict()

    def answers(self, questions: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """The answer to each question, thought of when it is fetched."""
        return (self._answer(question) for question in questions)

    def _answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        name, number = question["conversation"], question["number"]
        conversation = self._kept.pop(name, None)
        if conversation is None or conversation.taken != number:
            conversation = self._repeated(name, number)
        answer = conversation.take(question["messages"])
        self._kept[name] = conversation
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return answer

    def _repeated(self, name: str, number: int) -> _Conversation:
        """The conversation as it was before a question, from what the service has kept of it."""
        conversation = _Conversation(self._kind, self._options)
        while conversation.taken < number:
            for before in self._history(name, conversation.taken):
                if conversation.taken < number:
                    conversation.take(before["messages"])
        return conversation


class Tasks:
    """Answers for a task."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def answers(self, questions: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
        """The measurements: taken together where the task stacks them, and else each when it is fetched."""
        trials = [trial_of(question["messages"][-1]) for question in questions]
        if self._task.stacks():
            try:
                return [_answer(outcome) for outcome in self._task.evaluate_batch(trials)]
            except Exception:  # noqa: BLE001, S110  which of them it was is found out one by one
                pass
        return (_answer(_measured(self._task, trial)) for trial in trials)


class _Conversation:
    """One study's strategy, and what it was told."""

    def __init__(self, kind: type[SearchStrategy], options: Mapping[str, Any]) -> None:
        self._kind = kind
        self._options = options
        self._strategy: SearchStrategy | None = None
        self._problem: Problem | None = None
        self._proposed: dict[tuple[Configuration, float | None], list[Proposal]] = {}
        self.taken = 0
        """How many questions were answered."""

    def take(self, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The answer to messages, of which the last one asks; an error of the strategy's is an answer, too."""
        self.taken += 1
        step = "__init__"
        try:
            for message in messages[:-1]:
                step = "__init__" if message["type"] == "start" else "tell"
                self._hear(message)
            step = "ask"
            return self._ask(messages[-1]["count"])
        except Exception as error:  # noqa: BLE001  the border where a strategy's error becomes its study's end
            return {"failure": one_line(f"{step} raised {describe(error)}")}

    def _hear(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "start":
            self._problem = read_problem({key: message[key] for key in ("space", "objectives", "fidelity")})
            budget, seed = Budget(**message["budget"]), int(message["whole_seed"])
            self._strategy = self._kind(self._problem, seed=seed, budget=budget, **self._options)
        elif message["type"] == "tell" and self._strategy is not None:
            self._strategy.tell(self._result(message))

    def _ask(self, count: int) -> dict[str, Any]:
        assert self._strategy is not None
        proposals = list(self._strategy.ask(count))
        answer = {"proposals": [_told(proposal) for proposal in proposals]}
        json.dumps(answer, allow_nan=False)
        for one in proposals:
            self._proposed.setdefault((one.configuration, one.fidelity), []).append(one)
        return answer

    def _result(self, message: Mapping[str, Any]) -> TrialResult:
        assert self._problem is not None
        configuration = Configuration(message["configuration"])
        mine = self._proposed.get((configuration, message["fidelity"]))
        trial = Trial(message["trial"], mine.pop(0) if mine else Proposal(configuration, message["fidelity"]), 0)
        if "failure" in message:
            told = message["failure"]
            return TrialResult(trial, Failure(FailureKind(told["kind"]), told["message"]))
        losses = tuple(message["losses"])
        objectives = self._problem.objectives
        values = {one.name: one.loss(loss) for one, loss in zip(objectives, losses, strict=True)}
        return TrialResult(trial, Measurement(values), losses)


def _told(proposal: Proposal) -> dict[str, Any]:
    told: dict[str, Any] = {"configuration": dict(proposal.configuration)}
    if proposal.fidelity is not None:
        told["fidelity"] = proposal.fidelity
    if proposal.resume is not None:
        told["resume"] = proposal.resume
    return told


def _measured(task: Task, trial: Trial) -> Outcome:
    try:
        return task.evaluate(trial)
    except Exception as error:  # noqa: BLE001  the border where a task's error becomes a result
        return failure_of(error)


def _answer(outcome: Outcome) -> dict[str, Any]:
    """The answer that tells an outcome; what cannot be told is a failure of its own."""
    try:
        answer = answer_of(outcome)
        json.dumps(answer, allow_nan=False)
    except (TypeError, ValueError, AttributeError) as error:
        return answer_of(Failure(FailureKind.INVALID, f"evaluate returned what cannot be sent: {describe(error)}"))
    return answer
