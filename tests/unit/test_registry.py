"""Plug-ins are found by name, by module and by file; what cannot be found or loaded is told in one line."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from tuner.errors import BrokenPlugin, UnknownPlugin
from tuner.registry import Reference, entry_points, find, load_strategy, load_task

STRATEGY = """
from tuner import SearchStrategy

class Mine(SearchStrategy):
    def ask(self, count):
        return []

class Unfinished(SearchStrategy):
    pass

class Unrelated:
    pass
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(STRATEGY)
    return path


def refusal(name: str) -> str:
    """Why a strategy cannot be had; always one line."""
    with pytest.raises((BrokenPlugin, UnknownPlugin)) as caught:
        load_strategy(find("strategy", name))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_known_name_is_found_with_its_provider() -> None:
    reference = find("strategy", "random")
    assert load_strategy(reference).__name__ == "RandomSearch"
    assert reference.short_name == "random"
    assert reference.provider.startswith("tuner-bench ")
    assert reference.sha256 is None


def test_a_known_task_is_found() -> None:
    assert load_task(find("task", "branin")).__name__ == "Branin"


def test_the_known_names_are_in_alphabetical_order() -> None:
    assert list(entry_points("strategy")) == sorted(entry_points("strategy"))


def test_a_class_of_a_module_is_found() -> None:
    reference = find("strategy", "tuner.strategies.random_search:RandomSearch")
    assert load_strategy(reference).__name__ == "RandomSearch"
    assert reference.short_name == "RandomSearch"


def test_a_class_of_a_file_is_found_from_the_folder_given(file: Path) -> None:
    reference = find("strategy", "./mine.py:Mine", file.parent)
    assert load_strategy(reference).__name__ == "Mine"
    assert reference.short_name == "Mine"
    assert reference.provider == ""


def test_an_unknown_name_comes_with_the_nearest_known_one() -> None:
    assert "no strategy called 'randon'; did you mean 'random'? known: " in refusal("randon")


def test_a_missing_module_is_told() -> None:
    assert "ModuleNotFoundError: No module named 'nowhere'" in refusal("nowhere.at_all:Mine")


@pytest.mark.parametrize("name", [":Mine", "tuner.strategies:", ".relative:Mine", "tuner..x:Mine"])
def test_a_name_that_is_no_module_and_class_is_refused(name: str) -> None:
    assert repr(name) in refusal(name)


def test_a_file_without_a_class_name_is_told_how_to_name_one(file: Path) -> None:
    assert refusal(str(file)).endswith(f"write {str(file) + ':Class'!r}")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert refusal(f"{tmp_path}/none.py:Mine") == f"cannot read {tmp_path}/none.py: No such file or directory"


def test_a_path_with_a_zero_byte_is_told() -> None:
    with pytest.raises(UnknownPlugin, match=r"cannot read .*: embedded null byte"):
        find("task", "./a\0.py:Task")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refusal(f"{tmp_path}/:Mine").endswith("Is a directory")


def test_a_binary_file_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00\x80")
    assert refusal(f"{tmp_path}/binary.py:Mine").endswith("it is not text in UTF-8")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def (", "SyntaxError: "),
        ("raise ValueError('two\\nlines')", "ValueError: two lines"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("'\0'", "cannot be imported: "),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_with_its_own_error(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "broken.py").write_text(text)
    assert told in refusal(f"{tmp_path}/broken.py:Mine")


def test_a_file_that_failed_leaves_no_half_loaded_module(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("class Mine: pass\nraise ValueError")
    before = set(sys.modules)
    for _ in range(2):
        assert "ValueError" in refusal(f"{tmp_path}/broken.py:Mine")
    assert not [name for name in set(sys.modules) - before if name.startswith("tuner_plugin")]


def test_a_name_that_is_not_there_comes_with_the_classes_and_functions_that_are(file: Path) -> None:
    file.write_text(STRATEGY + "def propose(history, space, count, rng): ...\ndef _hidden(): ...\nNUMBER = 1\n")
    told = f"{file} has no 'Mime'; did you mean 'Mine'? known: Mine, Unfinished, Unrelated, propose"
    assert refusal(f"{file}:Mime") == told


def test_what_a_file_only_imports_is_known_if_it_is_a_plugin(file: Path) -> None:
    file.write_text(
        "from pathlib import Path\nfrom tuner import SearchStrategy, Task\nfrom benchmarks.synthetic import Branin\n"
    )
    assert refusal(f"{file}:Mine") == f"{file} has no 'Mine'; known: Branin"


def test_a_name_that_is_not_in_a_module_is_told() -> None:
    told = "tuner.strategies.random_search has no 'RandomSaerch'; did you mean 'RandomSearch'? known: RandomSearch"
    assert refusal("tuner.strategies.random_search:RandomSaerch").startswith(told)


def test_a_file_that_raises_is_told_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def fall():\n    raise ValueError('no')\n\nfall()\n")
    assert refusal(f"{tmp_path}/broken.py:Mine").endswith(f"ValueError: no ({tmp_path}/broken.py, line 2)")


def test_a_home_that_nobody_has_is_no_file() -> None:
    assert refusal("~nobody-at-all/mine.py:Mine") == "cannot read ~nobody-at-all/mine.py: No such file or directory"


def test_a_class_of_another_kind_is_refused(file: Path) -> None:
    assert "names no SearchStrategy class" in refusal(f"{file}:Unrelated")
    with pytest.raises(BrokenPlugin, match="names no Task class"):
        load_task(find("task", f"{file}:Mine"))


def test_an_abstract_class_is_told_what_it_lacks(file: Path) -> None:
    assert refusal(f"{file}:Unfinished").endswith("lacks ask, which every SearchStrategy has")


def test_a_file_saved_with_a_byte_order_mark_loads(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_bytes(b"\xef\xbb\xbf" + STRATEGY.encode())
    assert load_strategy(find("strategy", f"{tmp_path}/mine.py:Mine")).__name__ == "Mine"


def test_the_same_text_loads_once(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.py"
    copy.write_text(file.read_text())
    assert load_strategy(find("strategy", f"{file}:Mine")) is load_strategy(find("strategy", f"{copy}:Mine"))


def test_another_text_is_another_class(file: Path) -> None:
    before = load_strategy(find("strategy", f"{file}:Mine"))
    file.write_text(STRATEGY + "\n# changed")
    assert load_strategy(find("strategy", f"{file}:Mine")) is not before


def test_a_reference_loads_in_a_process_that_has_no_such_file(file: Path, tmp_path: Path) -> None:
    reference = find("strategy", f"{file}:Mine")
    (tmp_path / "reference").write_bytes(pickle.dumps(reference))
    file.unlink()
    code = (
        "import pathlib, pickle, sys; from tuner.registry import load_strategy;"
        "print(load_strategy(pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())).__name__)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "reference")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "Mine\n", done.stderr


def test_its_module_has_a_file_for_whoever_asks(file: Path) -> None:
    """Libraries go through all modules and ask where they come from; one without an answer breaks them."""
    text = file.read_text() + "# once more\n"
    loaded = load_strategy(Reference("strategy", "mine", "Mine", source=text))
    assert inspect.getfile(loaded).endswith(".py")


def test_the_digest_is_of_the_text() -> None:
    one, other = (Reference("strategy", "./a.py:A", "A", source=text) for text in ("a = 1", "a = 2"))
    assert one.sha256 != other.sha256
    assert len(one.sha256 or "") == 64


def test_a_function_in_the_place_of_a_class_is_a_strategy(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text('def propose(history, space, count, rng):\n    """Draws."""\n    return []\n')
    reference = find("strategy", "./mine.py:propose", tmp_path)
    found = load_strategy(reference)
    assert (found.__name__, inspect.getdoc(found), reference.short_name) == ("propose", "Draws.", "propose")
    assert load_strategy(reference) is found


def test_a_function_that_takes_something_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text("def propose(history):\n    return []\n")
    monkeypatch.chdir(tmp_path)
    told = "a strategy's function is propose(history, space, count, rng), not propose(history)"
    assert refusal("./mine.py:propose") == told


def test_a_function_is_no_task(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def propose(history, space, count, rng):\n    return []\n")
    with pytest.raises(BrokenPlugin, match="names no Task class"):
        load_task(find("task", "./mine.py:propose", tmp_path))
