"""The fence around a run that is made on another machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from tuner.server.held_runs import HeldRuns
from tuner.server.jobs import LeaseLost
from tuner.server.service_folder import ServiceFolder


class LostMeanwhile:
    """A queue whose lease is lost after the first look at it, as while somebody waits for their turn."""

    def __init__(self) -> None:
        self.looks = 0

    def check(self, _run: str, _owner: str) -> None:
        self.looks += 1
        if self.looks > 1:
            raise LeaseLost("another runner has it")


def test_a_lease_that_is_lost_while_its_owner_waits_for_their_turn_lets_nothing_through(tmp_path: Path) -> None:
    held = HeldRuns(ServiceFolder(tmp_path), cast("Any", LostMeanwhile()), lambda: 0.0)
    entered: list[bool] = []

    with pytest.raises(LeaseLost), held.holding("quick", "distant/a"):
        entered.append(True)

    assert entered == []
