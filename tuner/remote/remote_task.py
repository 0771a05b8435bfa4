"""A task that somebody measures over HTTP: the service that runs the study hands on each trial."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ..configuration import Value
from ..errors import InvalidOption
from ..problem import Problem
from ..strategies.option_checks import positive
from ..task import Task, TaskCard, TrialFailed
from ..trial import Failure, FailureKind, Measurement, Outcome, Trial
from .definition import definition_of, problem_of
from .exchange import Exchange, NoAnswer, QuestionRefused, exchange_from_environment
from .question import Question
from .remote_strategy import MOST_SECONDS, checked_session, conversation_of
from .task_messages import evaluate_message, outcome_of

_EXAMPLE: Final = (
    '{"space":{"parameters":{"x":{"kind":"Float","low":0.0,"high":1.0,"log":false,"default":null}},"conditions":[]},'
    '"objectives":[{"name":"value","goal":"minimize"}],"fidelity":null}'
)


@dataclass(frozen=True)
class RemoteTask(Task):
    """Measures what a client of the service answers."""

    card: ClassVar[TaskCard] = TaskCard(summary="a task of your own, measured by a client of the service")
    places: ClassVar[frozenset[str]] = frozenset({"device", "session", "seconds"})

    session: str = "0" * 32
    """Where the client listens: the service gives it out."""
    definition: str = _EXAMPLE
    """Space, objectives and fidelity as canonical JSON; the service gives it out, too."""
    seconds: float = 60.0
    """How long a measurement may take while the client answers nothing else; the trial then fails as a timeout."""

    def __post_init__(self) -> None:
        checked_session(self.session)
        positive("seconds", self.seconds, MOST_SECONDS)
        if not isinstance(self.definition, str):
            raise InvalidOption(f"definition is a text of JSON, not {self.definition!r:.80}")
        problem_of(self.definition)

    @classmethod
    def content_of(cls, options: Mapping[str, Value]) -> str:
        """The problem, however its text is spaced."""
        return definition_of(problem_of(str(options.get("definition", _EXAMPLE))))

    @property
    def problem(self) -> Problem:
        return problem_of(self.definition)

    def evaluate(self, trial: Trial) -> Measurement:
        (outcome,) = self.evaluate_batch([trial])
        if isinstance(outcome, Failure):
            raise TrialFailed(outcome)
        return outcome

    def evaluate_batch(self, trials: Sequence[Trial]) -> Sequence[Outcome]:
        """Measure many trials: all are asked for before the first answer is waited for."""
        exchange = exchange_from_environment()
        questions = [self._question(trial) for trial in trials]
        for question in questions[1:]:
            exchange.put(question)
        seconds, outcomes = self.seconds, []
        for question in questions:
            outcome = _outcome(exchange, question, seconds)
            if outcome is None:
                seconds = 0.0  # whoever has been silent for so long has kept all of them waiting for so long
                outcome = Failure(
                    FailureKind.TIMEOUT, f"the remote task gave no answer within {self.seconds:g} seconds"
                )
            outcomes.append(outcome)
        return outcomes

    def _question(self, trial: Trial) -> Question:
        text = evaluate_message(trial, self.problem.space)
        return Question(self.session, conversation_of(json.dumps([self.definition, text])), 0, text)


def _outcome(exchange: Exchange, question: Question, seconds: float) -> Outcome | None:
    """How the trial ended; None where nobody has said so in time."""
    try:
        return outcome_of(exchange.ask(question, seconds))
    except NoAnswer:
        return None
    except QuestionRefused as error:
        return Failure(FailureKind.ERROR, f"the remote task was not asked: {error}")
