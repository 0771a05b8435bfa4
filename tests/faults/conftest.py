"""One private Ray for all tests of this folder; it takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def private_ray() -> Iterator[None]:
    from tuner.evaluators import ray_environment

    ray_environment.prepare(is_private=True)
    from tuner.evaluators.ray_cluster import RayCluster

    cluster = RayCluster(2, None)
    cluster.start()
    yield
    cluster.close()
