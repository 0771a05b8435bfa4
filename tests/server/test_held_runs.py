"""The fence around a run that is made on another machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from tuner.run_lock import is_locked
from tuner.server import held_runs
from tuner.server.held_runs import HeldRuns
from tuner.server.jobs import JobState, LeaseLost, ListedJob, QueueUnreachable
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

    with closing(held), pytest.raises(LeaseLost), held.holding("quick", "distant/a"):
        entered.append(True)

    assert entered == []


class Leases:
    """A queue that knows who holds the runs, and can be asked nothing while it is out of reach."""

    def __init__(self) -> None:
        self.owner = "distant/a"
        self.is_live: bool | None = True
        """None while the queue is out of reach."""
        self.looked = threading.Semaphore(0)

    def check(self, _run: str, owner: str) -> None:
        if owner != self.owner:
            raise LeaseLost("another runner has it")

    def listed(self, run: str) -> ListedJob | None:
        self.looked.release()
        if self.is_live is None:
            raise QueueUnreachable("the queue cannot be read")
        lease = 1.0 if self.is_live else -1.0
        return ListedJob(1, run, "", JobState.RUNNING, None, "", 0.0, None, 1, self.owner, lease)


@pytest.fixture
def leases() -> Leases:
    return Leases()


@pytest.fixture
def held(tmp_path: Path, leases: Leases, monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldRuns]:
    """Of a run that is begun."""
    monkeypatch.setattr(held_runs, "_LOOK_SECONDS", 0.001)
    (tmp_path / "quick").mkdir()
    (tmp_path / "quick" / "run.json").write_text("{}")
    with closing(HeldRuns(ServiceFolder(tmp_path), cast("Any", leases), lambda: 0.0)) as made:
        yield made


def test_whoever_claims_a_run_just_before_it_is_let_go_keeps_it(held: HeldRuns, leases: Leases, tmp_path: Path) -> None:
    with held.holding("quick", "distant/a"):
        leases.is_live = False
        assert leases.looked.acquire(timeout=30)
        while leases.looked.acquire(timeout=0.1):  # until the watcher has found it lost, and waits for its turn
            pass
        leases.owner, leases.is_live = "distant/b", True
    for _ in range(3):
        assert leases.looked.acquire(timeout=30)

    assert is_locked(tmp_path / "quick")


def test_a_queue_that_is_out_of_reach_for_a_while_keeps_nobody_from_letting_go(
    held: HeldRuns, leases: Leases, tmp_path: Path
) -> None:
    with held.holding("quick", "distant/a"):
        leases.is_live = None
    for _ in range(3):
        assert leases.looked.acquire(timeout=30)
    assert is_locked(tmp_path / "quick")
    leases.is_live = False
    while is_locked(tmp_path / "quick"):
        pass


@pytest.mark.parametrize("is_kept", [False, True])
def test_nothing_is_kept_of_a_run_that_was_let_go(held: HeldRuns, leases: Leases, *, is_kept: bool) -> None:
    with held.holding("quick", "distant/a", is_last=not is_kept):
        pass
    assert list(held._runs) == (["quick"] if is_kept else [])
    if is_kept:
        leases.is_live = False
        while held._runs:
            pass


def test_of_two_that_wait_for_a_turn_one_comes_after_the_other_although_the_run_was_let_go(
    held: HeldRuns, tmp_path: Path
) -> None:
    (tmp_path / "quick" / "run.json").unlink()  # where it is there, the run's lock keeps them apart as well
    inside, most, done = [0], [0], threading.Barrier(4)

    def take_turns() -> None:
        for _ in range(50):
            with held.holding("quick", "distant/a", is_last=True):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                threading.Event().wait(0.0001)
                inside[0] -= 1
        done.wait(30)

    for _ in range(3):
        threading.Thread(target=take_turns, daemon=True).start()
    done.wait(60)
    assert most == [1]
