"""A strategy that somebody answers for over HTTP: the service that runs the study hands on what it is asked."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import ClassVar, Final

from ..errors import InvalidOption, StrategyMisbehaved, UnsupportedProblem, one_line, suggest
from ..problem import Budget, Feature, Problem
from ..strategies.option_checks import flag, positive
from ..strategies.program_messages import ask_message, read_answer, start_message, tell_message
from ..strategy import SearchStrategy
from ..trial import Proposal, TrialResult
from .exchange import Exchange, NoAnswer, QuestionRefused, exchange_from_environment, url_from_environment
from .question import Question

SESSION: Final = re.compile(r"[0-9a-f]{32}")
MOST_SECONDS: Final = 1e6
"""The longest time limit of an answer."""
ALL_FEATURES: Final = Feature.MIXED | Feature.CONDITIONAL | Feature.MULTIOBJECTIVE
ALL_NAMED: Final = "continuous, integer, categorical, conditional, multiobjective"


class RemoteStrategy(SearchStrategy):
    """Proposes what a client of the service answers, in the messages of the program protocol.

    Option `session` is where the client listens: the service gives it out. `seconds` is how long an answer may take
    while the client answers nothing else. `supports` and `needs_fidelity` say which problems it can work on.
    Questions and answers are kept by the service, so that a study that is resumed finds them again.
    """

    supports: ClassVar[Feature] = ALL_FEATURES

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        budget: Budget,
        session: str = "",
        seconds: float = 60.0,
        supports: str = ALL_NAMED,
        needs_fidelity: bool = False,
    ) -> None:
        super().__init__(problem, seed=seed, budget=budget)
        self._session = checked_session(session)
        self._seconds = positive("seconds", seconds, MOST_SECONDS)
        _check_problem(problem, supports, needs_fidelity=flag("needs_fidelity", needs_fidelity))
        url_from_environment()
        self._unsent = [_start_with_whole_seed(problem, budget, seed)]
        self._told = 0
        self._asked = 0
        self._conversation = ""
        self._exchange: Exchange | None = None

    def ask(self, count: int) -> Sequence[Proposal]:
        if self.budget.trials is not None and self._told >= self.budget.trials:
            return []
        text = "\n".join([*self._unsent, ask_message(count)])
        if not self._conversation:
            self._conversation = conversation_of(text)
        question = Question(self._session, self._conversation, self._asked, text)
        answer = self._answer_to(question)
        self._unsent = []
        self._asked += 1
        if isinstance(answer, dict) and "failure" in answer:
            raise StrategyMisbehaved(one_line(str(answer["failure"])))
        return read_answer(json.dumps(answer), self.space)

    def tell(self, result: TrialResult) -> None:
        self._told += 1
        self._unsent.append(tell_message(result, self.space))

    def _answer_to(self, question: Question) -> object:
        if self._exchange is None:
            self._exchange = exchange_from_environment()
        try:
            return self._exchange.ask(question, self._seconds)
        except NoAnswer as error:
            raise StrategyMisbehaved(f"the remote strategy gave {error}") from None
        except QuestionRefused as error:
            raise StrategyMisbehaved(f"the remote strategy was not asked: {error}") from None


def conversation_of(text: str) -> str:
    """The name of the conversation that begins with these words: the same in whatever process it is repeated."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def features_of(supports: object) -> Feature:
    """The features in a list with commas between them; raises `InvalidOption`."""
    known = {name: feature for feature in ALL_FEATURES for name in feature.names()}
    if not isinstance(supports, str):
        raise InvalidOption(f"supports is a list of features with commas between them, not {supports!r:.80}")
    found = Feature.NONE
    for name in (part.strip() for part in supports.split(",")):
        if name not in known:
            raise InvalidOption(f"supports names {name[:80]!r}{suggest(name[:80], known)}")
        found |= known[name]
    return found


def checked_session(session: object) -> str:
    """The session's number; raises `InvalidOption`."""
    if not isinstance(session, str) or not SESSION.fullmatch(session):
        raise InvalidOption(f"session is the 32 hexadecimal digits that the service gave out, not {session!r:.80}")
    return session


def _check_problem(problem: Problem, supports: object, *, needs_fidelity: bool) -> None:
    missing = problem.needs & ~features_of(supports)
    if missing:
        raise UnsupportedProblem(f"the remote strategy does not support {', '.join(missing.names())} problems")
    if needs_fidelity and problem.fidelity is None:
        raise UnsupportedProblem("the remote strategy needs a problem with a fidelity")


def _start_with_whole_seed(problem: Problem, budget: Budget, seed: int) -> str:
    """The first message; numbers of JSON have 53 bits in some languages, and a study's seed has 63."""
    message = {**json.loads(start_message(problem, budget, seed)), "whole_seed": str(seed)}
    return json.dumps(message, separators=(",", ":"), allow_nan=False)
