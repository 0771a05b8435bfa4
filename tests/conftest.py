"""Before any test module is collected."""

from __future__ import annotations

from tuner.evaluators import ray_environment


def pytest_configure() -> None:
    """Some modules import Ray as they are collected, and Ray reads its environment when it is first imported."""
    ray_environment.prepare(is_private=True)
