"""A program that speaks the protocol with configurations of its own: small steps from the best unit so far."""

from __future__ import annotations

import json
import random
import sys


def main() -> None:
    space, best, lowest = {}, None, float("inf")
    chance = random.Random()
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "start":
            space = message["space"]["parameters"]
            chance = random.Random(message["seed"])
        elif message["type"] == "tell" and "losses" in message and message["losses"][0] < lowest:
            best, lowest = message["unit"], message["losses"][0]
        elif message["type"] == "ask":
            units = [step(best, len(space), chance) for _ in range(message["count"])]
            print(json.dumps({"proposals": [{"unit": unit} for unit in units]}), flush=True)
        elif message["type"] == "stop":
            return


def step(best: list[float] | None, size: int, chance: random.Random) -> list[float]:
    middle = best or [0.5] * size
    width = 0.5 if best is None else 0.1
    return [min(1.0, max(0.0, x + chance.uniform(-width, width))) for x in middle]


if __name__ == "__main__":
    main()
