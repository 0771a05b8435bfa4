"""A private Ray is private: it listens on the loopback address only, and its token is this user's alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("private_ray")]

LATE = """
import sys

import ray  # before tuner

import tuner

sys.path.insert(0, sys.argv[1])
from test_private_ray import LOOPBACK, my_addresses

found = set()
suite = tuner.Suite(name="late", seeds=1, budget={"trials": 3}, strategies=["random"], tasks=["branin"])
where = tuner.Where(workers=1)
store = tuner.run_suite(suite, where=where, watch=lambda event: found.update(my_addresses()))
print(f"{len(store.trials)} trials, loopback only: {len(found) > 0 and found <= LOOPBACK}")
"""
LISTENING = "0A"
LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}


def descendants(root: int) -> set[int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def sockets_of(process: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{process}/fd").glob("*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def listening_addresses(sockets: set[str]) -> list[str]:
    lines = [
        line.split() for kind in ("tcp", "tcp6") for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]
    ]
    return [fields[1].partition(":")[0] for fields in lines if fields[3] == LISTENING and fields[9] in sockets]


def my_addresses() -> list[str]:
    return listening_addresses(set().union(*(sockets_of(process) for process in descendants(os.getpid()))))


def test_it_listens_on_the_loopback_address_only() -> None:
    addresses = my_addresses()
    assert len(addresses) >= 3
    assert set(addresses) <= LOOPBACK


def test_its_token_can_be_read_by_its_user_only() -> None:
    token = Path(os.environ["RAY_AUTH_TOKEN_PATH"])
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stat.S_IMODE(token.parent.stat().st_mode) == 0o700
    assert len(token.read_text()) == 64


def test_a_program_that_imported_ray_before_is_warned_and_still_listens_on_loopback_only(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(LATE)
    variables = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    command = [sys.executable, str(program), str(Path(__file__).parent)]
    done = subprocess.run(
        command, check=False, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "3 trials, loopback only: True"
    assert "Ray was imported before tuner" in done.stderr


def test_no_usage_statistics_are_sent() -> None:
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
