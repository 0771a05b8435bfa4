"""A strategy that a running `tuner serve` asks over HTTP, with nothing but the standard library."""

import json
import random
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

URL, TOKEN = sys.argv[1], Path(sys.argv[2]).read_text().strip()  # http://127.0.0.1:8321 runs/.service/token


def call(method: str, path: str, body: object = None) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{URL}/api/v1/{path}", data, headers, method=method)  # noqa: S310  the service's own URL
    with urlopen(request) as answer:  # noqa: S310  the same
        return json.loads(answer.read() or "{}")


session = call("POST", "remote-strategies", {"name": "shrinking-box"})
strategies = ["random", session["entry"]]
suite = {"name": "mine", "seeds": 2, "budget": {"trials": 15}, "tasks": ["branin"], "strategies": strategies}
run = call("POST", "runs", {"suite": suite})["name"]
studies: dict[str, dict[str, Any]] = {}  # what is known of each conversation
while call("GET", f"runs/{run}/progress")["summary"]["state"] in {"queued", "running"}:
    for asked in call("GET", f"remote-strategies/{session['id']}/questions?wait=1")["questions"]:
        study = studies.setdefault(asked["conversation"], {"loss": float("inf"), "size": 1.0})
        for message in asked["messages"]:
            if message["type"] == "start":
                chance = random.Random(message["seed"])  # noqa: S311  no secret
                study |= {"chance": chance, "best": [0.5] * message["dimensions"]}
            elif message["type"] == "tell" and message.get("losses", [float("inf")])[0] < study["loss"]:
                study |= {"loss": message["losses"][0], "best": message["unit"], "size": 0.8 * study["size"]}
        around = [(x + study["size"] * study["chance"].uniform(-0.5, 0.5)) % 1 for x in study["best"]]
        place = f"questions/{asked['conversation']}/{asked['number']}"
        call("POST", f"remote-strategies/{session['id']}/{place}", {"answer": {"proposals": [{"unit": around}]}})
call("DELETE", f"remote-strategies/{session['id']}")
print(f"{URL}/runs/{run}/report")
