"""A suite on a cluster of two nodes, one of which is killed in the middle, gives what one machine gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from results.records import DECISIONS
from tuner import Suite, run_suite
from tuner.events import Event, WaveStored, WorkerLost
from tuner.session import Where

pytestmark = pytest.mark.ray

SUITE = Suite(
    name="cluster",
    seeds=(0, 1, 2, 3),
    budget={"trials": 16},
    shard_size=2,
    strategies=["random", "tpe"],
    tasks=["logistic-regression"],
)


@pytest.fixture
def cluster() -> Iterator[object]:
    from tuner.evaluators import ray_environment

    ray_environment.prepare(is_private=True)
    import ray
    from ray.cluster_utils import Cluster

    if ray.is_initialized():
        ray.shutdown()
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    yield made
    ray.shutdown()
    made.shutdown()


def test_a_node_killed_in_the_middle_changes_no_decision(cluster: object, tmp_path: Path) -> None:
    node = cluster.add_node(num_cpus=1)  # type: ignore[attr-defined]  # Ray's test cluster is untyped
    events: list[Event] = []

    def watch(event: Event) -> None:
        events.append(event)
        if sum(isinstance(e, WaveStored) for e in events) == 5 and isinstance(event, WaveStored):
            cluster.remove_node(node, allow_graceful=False)  # type: ignore[attr-defined]  # the same

    where = Where(workers=2, ray_address=cluster.address)  # type: ignore[attr-defined]  # the same
    there = run_suite(SUITE, out=tmp_path / "cluster", where=where, watch=watch)
    here = run_suite(SUITE, out=tmp_path / "here", where=Where(in_process=True))

    assert any(isinstance(event, WorkerLost) for event in events)
    assert (there.studies["status"] == "finished").all()
    pd.testing.assert_frame_equal(there.trials[list(DECISIONS)], here.trials[list(DECISIONS)])
