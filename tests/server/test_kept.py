"""What the service keeps between requests: made once, and never shown once it is out of date, nor to somebody else."""

from __future__ import annotations

import threading
from itertools import count
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from example_store import write_example_run
from pages_under_test import browsing
from runs_under_test import HERE
from service_under_test import NOON, SUITE, make_service, service, write_interrupted_run

from results.store import open_store
from tuner import resume_run
from tuner.server import trial_reading
from tuner.server.kept import Kept
from tuner.server.service import Service
from tuner.server.tokens import Access

__all__ = ["service"]


def test_a_value_is_made_once_for_a_stamp_and_anew_for_another() -> None:
    kept: Kept[int] = Kept(4)
    numbers = count()

    assert [kept.of("a", stamp, lambda: next(numbers)) for stamp in (1, 1, 2, 2, 1)] == [0, 0, 1, 1, 2]


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    kept: Kept[int] = Kept(2)
    numbers = count()

    assert [kept.of(key, 0, lambda: next(numbers)) for key in "abacab"] == [0, 1, 0, 2, 0, 3]


def test_what_could_not_be_made_is_tried_again() -> None:
    kept: Kept[int] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.of("a", 0, lambda: 1 // 0)

    assert kept.of("a", 0, lambda: 1) == 1


def test_a_value_that_several_ask_for_at_once_is_made_once() -> None:
    kept: Kept[int] = Kept(2)
    numbers, are_there, found = count(), threading.Barrier(3), list[int]()

    def make() -> int:
        is_asked.wait(5)
        return next(numbers)

    def ask() -> None:
        are_there.wait(5)
        found.append(kept.of("a", 0, make))

    is_asked = threading.Event()
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    is_asked.set()
    for thread in threads:
        thread.join(5)

    assert (found, next(numbers)) == ([0, 0, 0], 1)


def test_what_is_made_of_another_key_is_not_waited_for() -> None:
    kept: Kept[int] = Kept(4)

    assert kept.of("a", 0, lambda: kept.of("b", 0, lambda: 1) + 1) == 2


def test_no_more_is_kept_than_may_be_but_for_the_value_that_was_made_last() -> None:
    kept: Kept[str] = Kept(10, len, most_size=5)
    made: list[str] = []

    def make(text: str) -> str:
        made.append(text)
        return text

    def ask(text: str) -> None:
        kept.of(text, 0, lambda: make(text))

    for text in ("aaa", "bb", "aaa", "cccccccc", "cccccccc", "aaa", "bb"):
        ask(text)

    assert made == ["aaa", "bb", "cccccccc", "aaa", "bb"]


def test_a_run_that_stands_as_before_is_not_told_anew(service: Service) -> None:
    assert service.seen("example") is service.seen("example")


def test_a_run_that_went_on_is_told_anew_everywhere(tmp_path: Path) -> None:
    folder = write_interrupted_run(tmp_path / "stopped")
    made = make_service(tmp_path)
    with browsing(made) as browser:
        before = [browser.text(f"/runs/stopped{part}") for part in ("", "/live", "/trials")]
        resume_run(folder, where=HERE)
        after = [browser.text(f"/runs/stopped{part}") for part in ("", "/live", "/trials")]
    made.close()
    made.queue.close()

    assert ["8 trials" in text for text in before] == [True] * 3
    assert ["16 trials" in text for text in after] == [True] * 3
    assert ["finished" in text for text in after] == [True, True, False]


def test_a_sign_of_life_of_the_runner_does_not_have_a_run_told_anew(service: Service) -> None:
    run = service.submit(SUITE).run
    service.queue.claim("runner", NOON)
    before = service.seen(run)

    service.queue.renew(run, "runner", NOON + 5, 0)

    assert service.seen(run) is before


def test_tables_that_could_not_be_read_once_are_read_again(service: Service) -> None:
    file = service.folder.runs / "example" / "studies.parquet"
    content = file.read_bytes()
    file.unlink()
    (without,) = service.runs().items
    file.write_bytes(content)
    (again,) = service.runs().items

    assert (without.trials, "studies.parquet" in without.message) == (0, True)
    assert (again.trials, again.message) == (288, "")


def test_a_run_that_is_asked_to_end_shows_that_though_no_trial_has_come(service: Service) -> None:
    run = service.submit(SUITE).run
    service.queue.claim("runner", NOON)
    before = service.seen(run).summary.state

    service.cancel(run)

    assert (before, service.seen(run).summary.state) == ("running", "cancelling")


def test_a_browser_that_may_only_look_is_not_given_what_was_made_for_another(tmp_path: Path) -> None:
    write_interrupted_run(tmp_path / "stopped")
    made = make_service(tmp_path)
    with browsing(made) as one, browsing(made) as other, browsing(made, Access.READ) as reader:
        texts = [browser.get("/runs/stopped").text for browser in (one, other, reader, one)]
        proofs = [browser.get("/").text.partition('name="csrf" value="')[2][:32] for browser in (one, other)]
    made.close()
    made.queue.close()

    assert ["Go on" in text for text in texts] == [True, True, False, True]
    assert [proofs[0] in text for text in texts] == [True, False, False, True]
    assert [proofs[1] in text for text in texts] == [False, True, False, False]


@pytest.mark.parametrize("largest", [7, 3])
def test_each_trial_is_found_in_its_group_of_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    write_example_run(tmp_path / "example")
    file = tmp_path / "example" / "trials.parquet"
    pq.write_table(pq.read_table(file), file, row_group_size=7, write_page_checksum=True)
    monkeypatch.setattr(trial_reading, "ROW_GROUP", largest)
    made = make_service(tmp_path)
    stored = open_store(tmp_path / "example").trials

    found = [made.trial("example", *key).trial_seed for key in zip(stored["study"], stored["trial"], strict=True)]

    assert found == stored["trial_seed"].tolist()
    made.close()
    made.queue.close()


def test_how_a_run_is_run_is_told_anew_only_once_more_than_trials_has_changed(tmp_path: Path) -> None:
    folder = write_interrupted_run(tmp_path / "stopped")
    (journal,) = (folder / "journal").glob("*.journal")
    whole = journal.read_bytes()
    journal.write_bytes(whole[: len(whole) // 2])
    made = make_service(tmp_path)
    with browsing(made) as browser:
        seen = [made.seen("stopped")]
        journal.write_bytes(whole)
        seen.append(made.seen("stopped"))
        before = browser.text("/runs/stopped/how")
        resume_run(folder, where=HERE)
        seen.append(made.seen("stopped"))
        after = browser.text("/runs/stopped/how")
    made.close()
    made.queue.close()

    assert [one.summary.trials for one in seen] == [4, 8, 16]
    assert [one.setting == seen[0].setting for one in seen] == [True, True, False]
    assert ("Finished" in before, "Finished" in after) == (False, True)
