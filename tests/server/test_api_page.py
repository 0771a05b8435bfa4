"""The page that tells people of the API says what its description says, and what it says can be done."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from pages_under_test import Browser, Seen, reader, words

from tuner.server.pages.api_description import Description, Operation

__all__ = ["reader"]
URL = "http://127.0.0.1:8321"
PLACE = "/api/v1/docs"


@pytest.fixture(scope="module")
def document(reader: Browser) -> dict[str, Any]:
    found: dict[str, Any] = reader.client.get("/api/v1/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> list[Operation]:
    return [one for section in Description(document, URL).sections for one in section.operations]


def csrf_of(reader: Browser) -> str:
    return str(re.findall(r'name="csrf" value="([0-9a-f]+)"', reader.get("/").text)[0])


def described(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield method.upper(), path, told


def test_every_operation_stands_there_with_its_method_path_and_summary(
    reader: Browser, document: dict[str, Any]
) -> None:
    text = reader.text(PLACE)

    missing = [
        (method, path) for method, path, told in described(document) if f"{method} {path} {told['summary']}" not in text
    ]
    assert missing == []


def test_every_parameter_and_answer_of_an_operation_is_told(document: dict[str, Any]) -> None:
    told = {one.anchor: one for one in operations(document)}
    common = {"401", "403", "422", "429", "Others"}
    for _, _, given in described(document):
        found = told[given["operationId"]]
        assert [one.name for one in found.parameters] == [one["name"] for one in given.get("parameters", ())]
        statuses = {answer.status.partition(" ")[0] for answer in found.answers} | common
        assert statuses == {"Others" if status == "default" else status for status in given["responses"]} | common
        assert [body.media for body in found.bodies] == list(given.get("requestBody", {}).get("content", ()))


def test_every_part_of_the_api_has_a_title_and_a_text(document: dict[str, Any]) -> None:
    for section in Description(document, URL).sections:
        assert section.title != section.name
        assert section.text


def test_every_link_within_the_page_leads_somewhere(reader: Browser) -> None:
    tags = Seen(reader.get(PLACE).text).tags
    places = [str(attributes["id"]) for _, attributes in tags if "id" in attributes]
    links = {str(attributes.get("href")) for tag, attributes in tags if tag == "a"}

    assert len(places) == len(set(places))
    assert {link[1:] for link in links if link.startswith("#")} <= set(places)
    assert {"#RunSummary", "#runs"} <= links


def test_an_example_is_as_its_schema_says(document: dict[str, Any]) -> None:
    shown = {one.anchor: one for one in operations(document)}
    checked = 0
    for _, _, told in described(document):
        given = [told.get("requestBody", {}), *(told["responses"][code] for code in sorted(told["responses"]))]
        schemas = [one["content"]["application/json"] for one in given if "application/json" in one.get("content", {})]
        contents = [*shown[told["operationId"]].bodies]
        contents += [content for answer in shown[told["operationId"]].answers for content in answer.contents]
        examples = [one.example for one in contents if one.media == "application/json"]
        for schema, example in zip(schemas, examples, strict=True):
            jsonschema_rs.validate({**schema["schema"], "components": document["components"]}, json.loads(example))
            checked += 1

    assert checked > 30


def test_a_command_asks_what_it_stands_beside(document: dict[str, Any]) -> None:
    for one in operations(document):
        command = shlex.split(one.command)
        asked = command[command.index("--request") + 1] if "--request" in command else None
        sends = "--data" in command or "--data-binary" in command
        assert (asked or ("POST" if sends else "GET")) == one.method
        pattern = re.sub(r"\\\{[^}]*\\\}", ".+", re.escape(f"{URL}{one.path}"))
        assert re.fullmatch(pattern, command[-1].partition("?")[0])


@pytest.mark.parametrize("name", ["listStrategies", "getStrategy", "getTask", "getSuite", "listRuns", "planSuite"])
def test_a_command_is_answered(reader: Browser, document: dict[str, Any], name: str) -> None:
    (one,) = (one for one in operations(document) if one.anchor == name)
    command = shlex.split(one.command)
    body = command[command.index("--data") + 1] if "--data" in command else None
    sent = {"content-type": "application/json", "origin": URL, "x-csrf-token": csrf_of(reader)}
    answer = reader.client.request(one.method, command[-1].removeprefix(URL), content=body, headers=sent)

    assert answer.status_code == 200, answer.text


def test_the_help_page_leads_to_it(reader: Browser) -> None:
    assert f'href="{PLACE}"' in reader.get("/help").text


def test_words_of_a_schema_tell_its_bounds(document: dict[str, Any]) -> None:
    (runs,) = (one for one in operations(document) if one.anchor == "listRuns")
    told = {field.name: words(str(field.kind)) for field in runs.parameters}

    assert told["limit"] == "integer, 1 to 500"
    assert told["offset"] == "integer, at least 0"
    assert told["text"] == "text, at most 96 characters or null"
