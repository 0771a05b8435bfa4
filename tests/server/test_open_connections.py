"""Who has to go when there are more connections than there may be."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tuner.server.open_connections import OpenConnections


@dataclass(eq=False)
class Connection:
    is_closed: bool = False

    def abort(self) -> None:
        self.is_closed = True


@pytest.fixture
def connections() -> OpenConnections:
    return OpenConnections(3)


def arrived(connections: OpenConnections, number: int, network: str = "10.0.0.1") -> list[Connection]:
    made = [Connection() for _ in range(number)]
    for one in made:
        connections.add(one, network)
    return made


def test_the_one_that_has_waited_the_longest_makes_room(connections: OpenConnections) -> None:
    made = arrived(connections, 5)

    assert [one.is_closed for one in made] == [True, True, False, False, False]
    assert len(connections) == 3


def test_one_that_is_being_answered_stays(connections: OpenConnections) -> None:
    (first,) = arrived(connections, 1)
    connections.work(first)
    arrived(connections, 9)

    assert not first.is_closed


def test_one_that_waits_again_has_not_waited_long(connections: OpenConnections) -> None:
    first, second = arrived(connections, 2)
    connections.work(first)
    connections.wait(first)
    arrived(connections, 2)

    assert (first.is_closed, second.is_closed) == (False, True)


def test_waiting_on_does_not_make_it_younger(connections: OpenConnections) -> None:
    first, _ = arrived(connections, 2)
    connections.wait(first)
    arrived(connections, 2)

    assert first.is_closed


def test_whoever_opens_many_loses_their_own(connections: OpenConnections) -> None:
    (other,) = arrived(connections, 1, "10.0.0.2")
    many = arrived(connections, 9)

    assert not other.is_closed
    assert sum(one.is_closed for one in many) == 7


def test_where_all_are_being_answered_there_is_no_room(connections: OpenConnections) -> None:
    busy = arrived(connections, 3)
    for one in busy:
        connections.work(one)
    (late,) = arrived(connections, 1)

    assert late.is_closed
    assert not any(one.is_closed for one in busy)


def test_one_that_was_closed_counts_no_more(connections: OpenConnections) -> None:
    first, second, third = arrived(connections, 3)
    connections.remove(second)
    connections.remove(second)
    connections.wait(second)
    arrived(connections, 1)

    assert [one.is_closed for one in (first, third)] == [False, False]
