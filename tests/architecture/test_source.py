"""What holds for every file: small, documented, and of no particular machine."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from functools import cached_property
from pathlib import Path
from types import FunctionType

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("tuner", "benchmarks", "results")
MODULES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
PROSE_AND_CODE = {".cfg", ".css", ".html", ".js", ".json", ".md", ".py", ".toml", ".txt", ".yml"}
BUILT = {".git", ".nox", ".venv", "build", "dist", "runs", "__pycache__"}
SOMEONES_FOLDER = re.compile(r"(?<![\w.~/])/(?:home|root|work|Users)/\w")


def own_texts() -> list[Path]:
    """The text files of the checkout that people wrote."""
    tops = [path for path in ROOT.iterdir() if path.name not in BUILT and not path.name.endswith("_cache")]
    files = [file for top in tops for file in ([top] if top.is_file() else sorted(top.rglob("*")))]
    return [file for file in files if file.suffix in PROSE_AND_CODE or file.parent.name == ".ci"]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def public_classes(path: Path) -> list[type]:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    kinds = [kind for kind in vars(importlib.import_module(name)).values() if inspect.isclass(kind)]
    return [kind for kind in kinds if kind.__module__ == name and not kind.__name__.startswith("_")]


def public_methods(kind: type) -> list[str]:
    methods = (FunctionType, classmethod, staticmethod, property, cached_property)
    return [name for name, it in vars(kind).items() if isinstance(it, methods) and not name.startswith("_")]


def is_documented(kind: type, method: str) -> bool:
    return any(vars(base)[method].__doc__ for base in kind.__mro__ if method in vars(base))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_has_a_docstring(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", [path for path in MODULES if path.name != "__main__.py"], ids=name_of)
def test_a_public_method_has_a_docstring_or_overrides_one_that_has(path: Path) -> None:
    methods = [(kind, method) for kind in public_classes(path) for method in public_methods(kind)]

    assert [f"{kind.__name__}.{method}" for kind, method in methods if not is_documented(kind, method)] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_has_at_most_300_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300


def test_no_file_names_a_folder_of_one_machine() -> None:
    texts = {name_of(path): path.read_text() for path in own_texts() if path.is_file()}

    assert len(texts) > len(MODULES)
    assert [name for name, text in texts.items() if SOMEONES_FOLDER.search(text)] == []
