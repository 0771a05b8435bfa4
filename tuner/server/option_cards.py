"""Options of plug-ins as data that a form can be drawn from: read off annotations, defaults and docstrings."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import textwrap
import types
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from ..modifier import option_fields
from ..strategy import SearchStrategy, own_options
from ..task import Task
from .cards import Option

_Kind: TypeAlias = Literal["integer", "number", "boolean", "text", "choice"]
_KINDS: dict[object, _Kind] = {bool: "boolean", int: "integer", float: "number", str: "text"}
_WORDS = {"bool": bool, "int": int, "float": float, "str": str, "None": type(None)}


def strategy_options(kind: type[SearchStrategy]) -> list[Option]:
    """The options of a strategy: keyword arguments of its constructor."""
    hints = _hints(kind.__init__)
    return [
        _option(name, hints.get(name, parameter.annotation), parameter.default)
        for name, parameter in own_options(kind).items()
    ]


def field_options(kind: type[Task]) -> list[Option]:
    """The options of a task or modifier: its fields, with their docstrings."""
    hints, docs = _hints(kind), _field_docs(kind)
    return [
        _option(field.name, hints.get(field.name, field.type), _default(field), docs.get(field.name, ""))
        for field in option_fields(kind)
    ]


def _default(field: dataclasses.Field[object]) -> object:
    if field.default is not dataclasses.MISSING:
        return field.default
    return None if field.default_factory is dataclasses.MISSING else field.default_factory()


def _option(name: str, annotation: object, default: object, doc: str = "") -> Option:
    members = _members(annotation)
    if not members and default is not None and default is not inspect.Parameter.empty:
        members = [type(default)]
    choices = [value for member in members for value in _choices(member)]
    plain = [member for member in members if member is not type(None) and get_origin(member) is not Literal]
    return Option(
        name=name,
        type="choice" if choices and not plain else _kind(plain),
        default=default if isinstance(default, str | int | float) else None,
        choices=choices if not plain else [],
        is_optional=type(None) in members,
        doc=doc,
    )


def _members(annotation: object) -> list[Any]:
    """The types that an annotation allows, each by itself; none where there is no annotation."""
    if annotation is inspect.Parameter.empty:
        return []
    if isinstance(annotation, str):
        return [_WORDS.get(word.strip(), str) for word in annotation.strip("'\"").split("|")]
    if get_origin(annotation) in {Union, types.UnionType}:
        return list(get_args(annotation))
    return [annotation]


def _choices(member: object) -> list[str | int | float | bool]:
    return list(get_args(member)) if get_origin(member) is Literal else []


def _kind(members: list[Any]) -> _Kind:
    found = [_KINDS[member] for member in members if member in _KINDS]
    if not found or (len(set(found) - {"integer", "number"}) and len(set(found)) > 1):
        return "text"
    return "number" if "number" in found else found[0]


def _hints(owner: Any) -> dict[str, Any]:
    """The annotations as types; none where they name what is only imported for type checkers."""
    try:
        return get_type_hints(owner)
    except Exception:  # noqa: BLE001  another's annotations may be anything
        return {}


def _field_docs(kind: type) -> dict[str, str]:
    """The string literals under the fields of a class and of its bases, by field."""
    docs: dict[str, str] = {}
    for owner in reversed(kind.__mro__[:-1]):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
        except (OSError, TypeError, SyntaxError):
            continue
        body = tree.body[0].body if tree.body and isinstance(tree.body[0], ast.ClassDef) else []
        docs |= {
            field.target.id: " ".join(text.value.value.split())
            for field, text in itertools.pairwise(body)
            if isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        }
    return docs
