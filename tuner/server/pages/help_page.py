"""Help: what the words mean, and how to add a strategy or task of one's own."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from ..settings import ServerSettings
from .templating import page

router: Final = APIRouter(include_in_schema=False)

EXAMPLE: Final = '''\
# my_search.py
from tuner import Proposal, SearchStrategy


class MySearch(SearchStrategy):
    """Small steps from the best configuration so far."""

    def __init__(self, problem, *, seed, budget, step: float = 0.1):
        super().__init__(problem, seed=seed, budget=budget)
        self.step, self.best, self.best_loss = step, None, float("inf")

    def ask(self, count):
        if self.best is None:
            return [Proposal(self.space.sample(self.rng)) for _ in range(count)]
        units = [self.best + self.rng.normal(0, self.step, len(self.best)) for _ in range(count)]
        return [Proposal(self.space.from_unit(unit)) for unit in units]

    def tell(self, result):
        if result.loss < self.best_loss:
            self.best, self.best_loss = self.space.to_unit(result.trial.configuration), result.loss
'''
"""A whole strategy."""
REMOTE: Final = """\
from my_search import MySearch

from tuner.client import Service

with Service("{url}", "TOKEN") as service:
    run = service.serve_strategy("my-search", MySearch, suite="quick")
"""
"""The same strategy, answered for by a process elsewhere."""


@router.get("/help")
def help_page(request: Request) -> Response:
    """The page; it knows under which address the service is reached."""
    settings: ServerSettings = request.app.state.settings
    return page(request, "help", example=EXAMPLE, remote=REMOTE.format(url=settings.url), url=settings.url)
