"""Hostile text, runs that are full of it, and what a page or an answer may make of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from example_store import write_example_run
from fastapi.testclient import TestClient
from guarded_app import Client, Reply
from httpx2 import Response
from pages_under_test import Browser, Seen

from results.journal import Journal, StudyEnd, Wave
from results.records import OUTCOMES, STUDIES, TRIALS

PAYLOADS = (
    "<script>zzmark()</script>",
    "</script><script>zzmark()</script>",
    "<img src=x onerror=zzmark()>",
    '"><svg onload=zzmark()>',
    "' onmouseover='zzmark()",
    '" autofocus onfocus="zzmark()',
    "</title><zzmark>",
    "</textarea></style><zzmark>",
    "<!--<zzmark>",
    "]]><zzmark>",
    "&lt;zzmark&gt;&#60;zzmark&#62;",
    "javascript:zzmark()",
    "{{7*7}}zzmark",
    "{% print(7*7) %}zzmark",
    "${7*7}#{7*7}<%= 7*7 %>zzmark",
    "{0.__class__}%s%n zzmark",
    '=HYPERLINK("http://evil.example","zzmark")',
    "@SUM(1+1)*cmd|' /C calc'!A0 zzmark",
    "+1+cmd|zzmark",
    "-2+3+zzmark",
    "\t=1+1 zzmark",
    "\r\n=1+1 zzmark",
    "../../../etc/passwd zzmark",
    "..\\..\\zzmark",
    "/etc/passwd%00zzmark",
    "..%2f..%2fzzmark",
    '","zzmark":1,"x":"',
    '\\"}]zzmark\\u0000',
    'a,b;c\td"zzmark"\nnext\r\nline',
    "\u202egnp.exe zzmark\u202c",
    "\u2066\u200f\ufeffzzmark\u2069",
    "zz\u0300\u0301\u0302mark" + "\u0316" * 50,
    "nul\0zzmark",
    "\x1b[31mzzmark\x07\x7f",
    "\u2028zzmark\u2029",
    "\U0001f600\U0010ffff\ufffezzmark",
    "'; DROP TABLE jobs; -- zzmark",
    "zzmark" + "A" * 5_000,
    "event: end\ndata: {}\n\nzzmark",
    "$(touch zzmark)`touch zzmark`",
)
OBJECTIVE = "score<b>zzmark</b>"


@dataclass(frozen=True)
class Planted:
    """A service with hostile runs, and where its folder is."""

    browser: Browser
    programs: TestClient
    """Without a cookie."""
    runs: Path

    @property
    def token(self) -> str:
        return (self.runs / ".service" / "token").read_text().strip()

    def raw(self, target: str) -> Reply:
        """What is said to a path that no client has tidied up."""
        headers = [] if target.startswith("/api") else [("accept", "text/html")]
        return Client(self.programs.app).ask(target, token=self.token, headers=headers)

    def api(self, path: str) -> Any:
        answer = self.browser.client.get(f"/api/v1{path}")
        assert answer.status_code < 500, (path, answer.text[:300])
        return strictly(answer.text)

    def send(self, path: str, body: bytes, kind: str = "application/json", key: bytes = b"") -> Response:
        """Post a body to the API, as the service's owner."""
        headers = [(b"authorization", f"Bearer {self.token}".encode()), (b"content-type", kind.encode())]
        headers += [(b"idempotency-key", key)] if key else []
        return self.programs.post(f"/api/v1/{path}", content=body, headers=headers)


def plant(folder: Path, payloads: tuple[str, ...]) -> None:
    """A run with a task for each payload, whose every text is that payload."""
    labels = [f"t{number}" for number in range(len(payloads))]
    write_example_run(folder, tasks=labels, strategies=("random", "tpe"), seeds=1, trials=3, failures=0.4)
    said = dict(zip(labels, payloads, strict=True))
    for name, schema in (("trials", TRIALS), ("studies", STUDIES)):
        rows = [hostile(row, said[row["task"]]) for row in pq.read_table(folder / f"{name}.parquet").to_pylist()]
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / f"{name}.parquet", write_page_checksum=True)
    info = json.loads((folder / "run.json").read_text())
    info |= {"suite": payloads[0], "python": payloads[1], "versions": {payloads[2]: payloads[3]}}
    info["machine"] |= {"cpu": payloads[4], "system": payloads[5]}
    info["plugins"][0] |= {"name": payloads[6], "reference": payloads[7]}
    (folder / "run.json").write_text(json.dumps(info))
    (folder / "suite.toml").write_text(f"name = {json.dumps(payloads[0])}\n")


def interrupt(folder: Path) -> None:
    """Make it a run that has not ended: its studies are planned, and all of its trials are in its journal."""
    trials, studies = (pq.read_table(folder / f"{name}.parquet").to_pylist() for name in ("trials", "studies"))
    journal = Journal(folder / "journal")
    planned = [row | {"status": "planned"} for row in studies]
    pq.write_table(pa.Table.from_pylist(planned, schema=STUDIES), folder / "journal" / "planned.parquet")
    rows = [{name: row[name] for name in OUTCOMES.names} for row in trials]
    ended = tuple(StudyEnd(row["study"], "failed", row["message"]) for row in studies)
    journal.append([Wave(0, 0, pa.RecordBatch.from_pylist(rows, OUTCOMES), ended).encode()])
    journal.close()
    info = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(info | {"state": "interrupted", "finished": None}))


def hostile(row: dict[str, Any], payload: str) -> dict[str, Any]:
    """The row with the payload in every text that is free; the two strategies stay two."""
    changed = row | dict.fromkeys(("task", "task_name", "suite", "strategy_version"), payload)
    changed["strategy"] = changed["strategy_name"] = payload if row["strategy"] == "tpe" else "random"
    changed["strategy_options"] = changed["task_options"] = json.dumps({payload: payload})
    if "trial" in row:
        changed |= {"configuration": json.dumps({payload: payload}), "worker": payload}
        changed["message"] = payload if row["status"] != "ok" else None
        changed["values"] = [(OBJECTIVE, value) for _, value in row["values"]]
        changed["extras"] = [(payload, 1.0)]
    else:
        changed |= {"message": payload, "objectives": [OBJECTIVE], "status": "failed"}
        changed["space"] = json.dumps({"parameters": {payload: {"type": "float", "low": 0.0, "high": 1.0}}})
        changed["best_known"] = []
    return changed


def strictly(text: str) -> Any:
    """What JSON says that every reader reads alike."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def assert_payloads_are_text(page: str) -> None:
    """No payload stands in the page as it is, and none has become an element, an attribute or a result."""
    made = [f"<{tag} {attributes}>" for tag, attributes in Seen(page).tags if tag == "zzmark" or is_made(attributes)]

    assert made == []
    assert [payload for payload in PAYLOADS if "<" in payload and payload in page] == []
    assert "49zzmark" not in page


def is_made(attributes: dict[str, str | None]) -> bool:
    leads = [attributes.get(name) or "" for name in ("href", "src", "action", "formaction")]
    return any(name.startswith("on") for name in attributes) or any(
        re.match(r"\s*(javascript|data:text)", lead, re.IGNORECASE) for lead in leads
    )


def assert_answered(answer: Response | Reply, *allowed: int) -> None:
    """The server did not stumble, gave nothing away, and let no payload shape what it said."""
    status, kind = answer.status if isinstance(answer, Reply) else answer.status_code, answer.headers["content-type"]
    assert status < 500, answer.text[:500]
    assert not allowed or status in allowed
    assert "swordfish" not in answer.text
    assert "root:x:" not in answer.text
    if "json" in kind:
        strictly(answer.text)
    elif "html" in kind:
        assert_payloads_are_text(answer.text)
