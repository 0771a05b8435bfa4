"""What a runner on another machine may write: the files of a run it holds, in their order, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from desk_under_test import (
    JOURNAL,
    ME,
    RUN,
    SUITE,
    VERSION,
    append,
    begun,
    clock,
    desk,
    files,
    folder,
    info,
    made,
    put,
    queue,
    whole,
)
from runs_under_test import STRATEGY
from service_under_test import write_interrupted_run

from results.following import FollowedRun
from tuner.errors import TunerError
from tuner.server import work_desk
from tuner.server.run_files import LARGEST_PIECE, RefusedFile
from tuner.server.run_writing import Piece, Whole
from tuner.server.service_folder import ServiceFolder
from tuner.server.submissions import RefusedSuite
from tuner.server.work_desk import RunTooLarge, WorkDesk

__all__ = ["begun", "clock", "desk", "folder", "made", "queue"]


def test_journals_grow_in_place_and_are_followed_like_those_that_are_written_here(
    desk: WorkDesk, folder: ServiceFolder, tmp_path: Path
) -> None:
    source = write_interrupted_run(tmp_path / "halfway")
    desk.claim(ME, VERSION)
    for name in ("suite.toml", "plugins.json", "run.json", "journal/planned.parquet"):
        put(desk, name, (source / name).read_bytes())
    content = (source / JOURNAL).read_bytes()
    append(desk, content[:1000])
    append(desk, content[1000:], 1000)

    assert files(folder)[JOURNAL] == content
    assert FollowedRun(folder.runs / RUN).trials == FollowedRun(source).trials > 0


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_piece_that_is_there_already_may_come_again(folder: ServiceFolder, begun: WorkDesk, place: int) -> None:
    append(begun, b"abcdef")
    append(begun, b"abcdefgh"[place:], place)

    assert files(folder)[JOURNAL] == b"abcdefgh"


@pytest.mark.parametrize(
    ("place", "content", "told"),
    [
        (7, b"x", "journal/000001.journal has 6 bytes: the next piece begins there, not at 7"),
        (2**53, b"x", f"has 6 bytes: the next piece begins there, not at {2**53}"),
        (0, b"abcdeX", "journal/000001.journal has other bytes at 0 already"),
        (5, b"Xg", "has other bytes at 5 already"),
    ],
)
def test_a_piece_that_does_not_fit_is_refused_and_changes_nothing(
    folder: ServiceFolder, begun: WorkDesk, place: int, content: bytes, told: str
) -> None:
    append(begun, b"abcdef")

    with pytest.raises(RefusedFile, match=f"{told}$"):
        append(begun, content, place)
    assert files(folder)[JOURNAL] == b"abcdef"


@pytest.mark.parametrize("name", ["report.html", "exhibits/00-branin.json", "tables/branin.toml"])
def test_a_file_is_put_in_place_once_it_is_whole(folder: ServiceFolder, begun: WorkDesk, name: str) -> None:
    content = b"abcdef"
    begun.write(RUN, ME, name, Piece(0, content[:4], whole(content)))
    before = set(files(folder))
    for _ in range(2):  # an answer may be lost
        begun.write(RUN, ME, name, Piece(4, content[4:], whole(content)))

    assert name not in before
    assert files(folder)[name] == content
    assert not [other for other in files(folder) if other.endswith(".writing")]


def test_a_file_that_is_not_as_announced_leaves_the_one_before(folder: ServiceFolder, begun: WorkDesk) -> None:
    put(begun, "report.html", b"before")
    announced = Whole(4, "0" * 64)

    with pytest.raises(RefusedFile, match=r"^report.html is not as announced, of 4 bytes and sha256 0{64}: send it"):
        begun.write(RUN, ME, "report.html", Piece(0, b"late", announced))
    assert files(folder)["report.html"] == b"before"
    put(begun, "report.html", b"after")
    assert files(folder)["report.html"] == b"after"


@pytest.mark.parametrize(
    ("piece", "told"),
    [
        (Piece(1, b"x", Whole(9, "0" * 64)), "trials.parquet has 0 bytes: the next piece begins there, not at 1"),
        (Piece(0, b"too long", Whole(3, "0" * 64)), "trials.parquet is to have 3 bytes: no piece of it ends at 8"),
        (Piece(0, b"x"), "size and sha256 belong to files that are replaced whole, and not to journals"),
    ],
)
def test_a_piece_of_a_file_that_cannot_be_is_refused(begun: WorkDesk, piece: Piece, told: str) -> None:
    with pytest.raises(RefusedFile, match=told):
        begun.write(RUN, ME, "trials.parquet", piece)


@pytest.mark.parametrize("sha256", ["", "0", "Z" * 64, "0" * 65, "A" * 64])
def test_a_digest_that_is_none_is_refused(sha256: str) -> None:
    with pytest.raises(RefusedFile, match="sha256 is 64 hexadecimal digits, not"):
        Whole(1, sha256)


NAMES = [
    "../mine/run.json",
    "/etc/passwd",
    "journal/../run.json",
    "journal/1.journal",
    "journal/000001.journal/x",
    "journal/\u0660\u0660\u0660\u0660\u0660\u0661.journal",
    "journal",
    ".lock",
    "run.json.writing",
    "run.json\n",
    "notes.txt",
    "exhibits/../../x.json",
    "exhibits/00-a/b.json",
    "tables/.hidden.toml",
    "tables/x.py",
    "x" * 5000,
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_only_files_that_a_run_has_are_written_or_read(folder: ServiceFolder, begun: WorkDesk, name: str) -> None:
    before = files(folder)
    attempts: list[Callable[[], object]] = [
        lambda: put(begun, name, b"x"),
        lambda: append(begun, b"x", name=name),
        lambda: begun.read(RUN, ME, name, 0, 10),
    ]
    for attempt in attempts:
        with pytest.raises(RefusedFile, match=r"^no file of a run is called") as told:
            attempt()
        assert "\n" not in str(told.value)
        assert len(str(told.value)) < 500
    assert files(folder) == before


@pytest.mark.parametrize("name", ["trials.parquet", JOURNAL, "exhibits/00-x.json"])
def test_no_link_is_followed(folder: ServiceFolder, begun: WorkDesk, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    place = folder.runs / RUN / name
    if "/" in name:
        place.parent.symlink_to(outside)
    else:
        (outside / name).write_bytes(b"secret")
        place.symlink_to(outside / name)
    before = {path: path.read_bytes() for path in outside.iterdir()}

    with pytest.raises(RefusedFile, match="has no file"):
        begun.read(RUN, ME, name, 0, 10)
    with suppress(TunerError):
        append(begun, b"x", name=name) if name == JOURNAL else put(begun, name, b"x")
    assert {path: path.read_bytes() for path in outside.iterdir()} == before


def test_nothing_comes_before_the_description_and_run_json(desk: WorkDesk, folder: ServiceFolder, made: Path) -> None:
    desk.claim(ME, VERSION)
    with pytest.raises(RefusedFile, match=r"^trials.parquet comes after suite.toml, plugins.json and run.json$"):
        put(desk, "trials.parquet", b"x")
    with pytest.raises(RefusedSuite, match=r"^mine/suite.toml is missing, or no text$"):
        put(desk, "run.json", info(made, "running"))
    assert not files(folder)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("suite.toml", b"\xff"), "mine/suite.toml is missing, or no text"),
        (("suite.toml", SUITE.to_toml().replace("random", "os:system").encode()), "is no registered name"),
        (("plugins.json", b"[" * 100_000), "mine/plugins.json is no list of plug-ins"),
        (("plugins.json", b"[1]"), "mine/plugins.json is no list of plug-ins"),
        (("plugins.json", b'[{"kind": "strategy"}]'), "mine/plugins.json is no list of plug-ins"),
    ],
)
def test_a_run_that_could_not_have_been_submitted_is_refused(
    desk: WorkDesk, folder: ServiceFolder, made: Path, change: tuple[str, bytes], told: str
) -> None:
    desk.claim(ME, VERSION)
    for file in ("suite.toml", "plugins.json"):
        put(desk, file, change[1] if file == change[0] else (made / file).read_bytes())

    with pytest.raises(TunerError, match=told):
        put(desk, "run.json", info(made, "running"))
    assert "run.json" not in files(folder)


@pytest.mark.parametrize("change", [{"source": STRATEGY}, {"target": "os:system"}, {"name": "other"}])
def test_no_code_of_a_runners_own_comes_to_the_service(
    desk: WorkDesk, folder: ServiceFolder, made: Path, change: dict[str, str]
) -> None:
    desk.claim(ME, VERSION)
    references = [{**one, **change} for one in json.loads((made / "plugins.json").read_text())]
    put(desk, "suite.toml", (made / "suite.toml").read_bytes())
    put(desk, "plugins.json", json.dumps(references).encode())

    with pytest.raises(RefusedSuite, match="that is not installed here by this name"):
        put(desk, "run.json", info(made, "running"))
    assert "run.json" not in files(folder)


@pytest.mark.parametrize("name", ["suite.toml", "plugins.json"])
def test_what_a_run_is_cannot_be_changed_once_it_is_begun(begun: WorkDesk, made: Path, name: str) -> None:
    put(begun, name, (made / name).read_bytes())

    with pytest.raises(RefusedFile, match=f"^{name} says what the run is, and is not changed any more$"):
        put(begun, name, b"[]")


def test_a_description_that_is_longer_than_any_is_refused(desk: WorkDesk) -> None:
    desk.claim(ME, VERSION)
    announced = Whole(LARGEST_PIECE + 1, "0" * 64)

    with pytest.raises(RefusedFile, match=r"^suite.toml has at most 1,048,576 bytes, not 1,048,577$"):
        desk.write(RUN, ME, "suite.toml", Piece(0, b"x", announced))


def test_a_run_takes_no_more_of_the_disk_than_any_may(
    begun: WorkDesk, folder: ServiceFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_desk, "MOST_RUN_BYTES", 100_000)
    append(begun, b"x" * 50_000)

    with pytest.raises(RunTooLarge, match=r"^mine takes 1\d\d,\d\d\d bytes, and at most 100,000 are allowed$"):
        append(begun, b"x" * 50_000, 50_000)
    assert len(files(folder)[JOURNAL]) == 50_000


@pytest.mark.parametrize("what", ["a file", "a folder with a letter", "a link"])
def test_what_somebody_else_has_put_in_the_runs_place_is_left_alone(
    desk: WorkDesk, folder: ServiceFolder, tmp_path: Path, what: str
) -> None:
    place = folder.runs / RUN
    if what == "a file":
        place.write_text("dear")
    elif what == "a link":
        place.symlink_to(tmp_path)
    else:
        place.mkdir()
        (place / "letter").write_text("dear")
    desk.claim(ME, VERSION)

    with pytest.raises(RefusedFile, match=r"^mine is (there already, and is no run|no folder here)$"):
        desk.files(RUN, ME)
    with pytest.raises(RefusedFile):
        put(desk, "suite.toml", b"x")


def test_a_journal_is_removed_only_once_the_run_is_finished(begun: WorkDesk, folder: ServiceFolder, made: Path) -> None:
    append(begun, b"abc")
    with pytest.raises(RefusedFile, match=r"^mine is not finished: its journal is all that there is of it$"):
        begun.clear_journal(RUN, ME)
    put(begun, "run.json", info(made, "finished"))
    begun.clear_journal(RUN, ME)

    assert JOURNAL not in files(folder)


def test_the_files_of_a_run_are_listed_with_their_digests_and_read_in_pieces(begun: WorkDesk) -> None:
    append(begun, b"abcdef")
    found = {file.path: file for file in begun.files(RUN, ME)}

    assert set(found) == {"suite.toml", "plugins.json", "run.json", JOURNAL}
    assert (found[JOURNAL].size, found[JOURNAL].sha256) == (6, hashlib.sha256(b"abcdef").hexdigest())
    assert [begun.read(RUN, ME, JOURNAL, place, 4) for place in (0, 4, 6)] == [b"abcd", b"ef", b""]


def test_of_a_run_that_is_not_begun_there_are_no_files(desk: WorkDesk) -> None:
    desk.claim(ME, VERSION)

    assert desk.files(RUN, ME) == []
