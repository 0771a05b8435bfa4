"""JSON schemas in words, and a value that each of them could be of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

Schema = Mapping[str, Any]

_MOST_TOLD: Final = 2**31 - 2
"""From here on a bound says only what a machine can hold."""
_KINDS: Final = {"object": "object", "boolean": "yes or no", "null": "null"}
_MOMENT: Final = "2026-01-31T12:00:00Z"


def name_of(reference: str) -> str:
    """What a `$ref` refers to, by its name."""
    return reference.rpartition("/")[2]


def title_of(name: str) -> str:
    """A schema's name as people read it: of one that is made for another one, as in "Listing of RunSummary"."""
    return re.sub(r"_(\w+)_$", r" of \1", name)


def words(schema: Schema) -> Markup:
    """What a value is, in a few words; other schemas as links to where the page tells of them."""
    if "$ref" in schema:
        name = name_of(schema["$ref"])
        return Markup('<a href="#{}">{}</a>').format(name, title_of(name))
    if "enum" in schema or "const" in schema:
        told = [Markup("<code>{}</code>").format(value) for value in schema.get("enum", [schema.get("const")])]
        return Markup(" or ").join(filter(None, [Markup(", ").join(told[:-1]), told[-1]]))
    if "anyOf" in schema:
        return Markup(" or ").join(dict.fromkeys(words(one) for one in schema["anyOf"]))
    return _words_of_kind(schema)


def text_of(schema: Schema) -> str:
    """What its author says of a value, as JSON calls things, and what it is where it is left out."""
    told = re.sub(r"\bNone\b", "null", " ".join(str(schema.get("description", "")).split()))
    default = schema.get("default")
    return told if default in (None, "") else f"{told} Left out: `{_plain(default)}`.".strip()


def sample(schema: Schema, known: Mapping[str, Schema], inside: tuple[str, ...] = ()) -> Any:
    """A value that the schema allows: its example where it has one; `known` are the schemas by name.

    Of one that holds itself the inner one is null; patterns are not looked at.
    """
    if "$ref" in schema:
        name = name_of(schema["$ref"])
        return None if name in inside else sample(known[name], known, (*inside, name))
    for given in (schema.get("examples"), schema.get("enum"), [schema["const"]] if "const" in schema else None):
        if given:
            return given[0]
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], known, inside)
    return _sample_of_kind(schema, known, inside)


def _words_of_kind(schema: Schema) -> Markup:
    kind = schema.get("type")
    if kind == "array":
        return Markup("list of {}{}").format(_items(schema), _between(schema, "Items", ", {} of them"))
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return Markup("object, by name of {}").format(words(schema["additionalProperties"]))
    if kind in {"integer", "number"}:
        return Markup("{}{}").format(kind, _between(schema, "imum", ", {}"))
    if kind == "string":
        return _text(schema)
    return Markup("{}").format(_KINDS.get(kind or "", "any JSON"))


def _sample_of_kind(schema: Schema, known: Mapping[str, Schema], inside: tuple[str, ...]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        others = schema.get("additionalProperties")
        named = {name: sample(one, known, inside) for name, one in schema.get("properties", {}).items()}
        return named or ({"…": sample(others, known, inside)} if isinstance(others, dict) else {})
    if kind == "array":
        return [sample(one, known, inside) for one in schema.get("prefixItems") or [schema.get("items", {})]]
    simple = {
        "integer": schema.get("minimum", 1),
        "number": schema.get("minimum", 0.5),
        "boolean": schema.get("default", True),
        "string": _MOMENT if schema.get("format") == "date-time" else "…" * max(1, schema.get("minLength", 1)),
    }
    return simple.get(kind or "")


def _text(schema: Schema) -> Markup:
    if schema.get("format") == "date-time":
        return Markup("time (RFC 3339)")
    if schema.get("format") == "binary":
        return Markup("bytes")
    if "pattern" in schema:
        return Markup("text that matches <code>{}</code>").format(schema["pattern"])
    return Markup("text{}").format(_between(schema, "Length", ", {} characters"))


def _items(schema: Schema) -> Markup:
    if "prefixItems" in schema:
        return Markup(" and ").join(words(one) for one in schema["prefixItems"])
    return words(schema.get("items", {}))


def _between(schema: Schema, what: str, form: str) -> str:
    """The bounds of a value, if any are worth telling; `what` as in minLength and maxLength."""
    low, high, above = schema.get(f"min{what}"), schema.get(f"max{what}"), schema.get("exclusiveMinimum")
    if what == "imum" and above is not None:
        return form.format(f"over {above:g}" + (f" and up to {high:,g}" if high is not None else ""))
    low = None if low == 0 and what != "imum" else low
    high = None if high is not None and high >= _MOST_TOLD else high
    if low is None and high is None:
        return ""
    if low is None:
        return form.format(f"at most {high:,}")
    return form.format(f"at least {low:,}" if high is None else f"{low:,} to {high:,}")


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
