"""`tuner serve`: one process that listens, says how to get in, and stops softly."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tuner.cli.main import app

ROOT = Path(__file__).parents[2]
SERVED = """
import sys
from tuner.server import running
from tuner.cli.main import main

class Part:
    def __init__(self, name):
        self.name = name
    def start(self):
        print(self.name, "started", flush=True)
    def stop(self):
        print(self.name, "stopped", flush=True)

running.run_service = lambda settings, opened, say: running.answer(
    settings, opened, Part("service"), Part("runner"), say
)
sys.argv = ["tuner", "serve", *sys.argv[1:]]
main()
"""
"""The command with parts that only say that they were started and stopped."""


@dataclass
class Served:
    """A service in a process of its own."""

    process: subprocess.Popen[str]
    runs: Path
    port: int
    said: list[str]

    @property
    def link(self) -> str:
        return next(line for line in self.said if "/enter?code=" in line).partition(": ")[2]

    def ask(self, target: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, target, headers=headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    def exchange(self, sent: bytes) -> bytes:
        """What comes back on a connection of its own, until it is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(sent)
            return b"".join(iter(lambda: connection.recv(65536), b""))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def start_service(runs: Path) -> Served:
    port = free_port()
    command = [sys.executable, "-c", SERVED, "--runs", str(runs), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        return Served(process, runs, port, said_by(process))
    except BaseException:
        process.kill()
        raise


def said_by(process: subprocess.Popen[str]) -> list[str]:
    """What it says until it listens."""
    assert process.stdout is not None
    said: list[str] = []
    while not any("Bearer" in line for line in said):
        line = process.stdout.readline()
        assert line, process.communicate(timeout=20)
        said.append(line.strip())
    return said


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    service = start_service(tmp_path_factory.mktemp("served") / "runs")
    yield service
    service.process.kill()
    service.process.communicate(timeout=20)


def tuner(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["serve", *arguments])


def refused(*arguments: str) -> str:
    """The one line with which the command refuses."""
    result = tuner(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    return result.stderr.strip()


def test_it_says_where_it_is_and_how_to_get_in_but_not_the_token(served: Served) -> None:
    url = f"http://127.0.0.1:{served.port}"
    token = (served.runs / ".service" / "token").read_text().strip()

    assert f"serving {served.runs} at {url}" in served.said
    assert re.fullmatch(rf"{url}/enter\?code=[0-9a-f]{{32}}", served.link)
    assert any(line.endswith(str(served.runs / ".service" / "token")) for line in served.said)
    assert token not in "\n".join(served.said)


def test_the_link_lets_one_browser_in_and_another_needs_another(served: Served) -> None:
    first = served.ask(served.link.partition(str(served.port))[2])
    again = served.ask(served.link.partition(str(served.port))[2])
    other = tuner("--new-code", "--runs", str(served.runs)).stdout.strip()
    second = served.ask(other.partition(str(served.port))[2])

    assert [answer.status for answer in (first, again, second)] == [303, 403, 303]
    assert (first.getheader("set-cookie") or "").startswith(f"tuner-{served.port}=")


def test_a_link_for_looking_changes_nothing(served: Served) -> None:
    link = tuner("--new-code", "--read-only", "--runs", str(served.runs)).stdout.strip()
    entered = served.ask(link.partition(str(served.port))[2])
    cookie = (entered.getheader("set-cookie") or "").partition(";")[0]

    assert served.ask("/api/v1/openapi.json", Cookie=cookie).status == 200
    assert served.ask("/api/v1/runs", "POST", Cookie=cookie).status == 403


def test_the_token_of_the_file_lets_a_program_in(served: Served) -> None:
    token = (served.runs / ".service" / "token").read_text().strip()

    assert served.ask("/api/v1/openapi.json", Authorization=f"Bearer {token}").status == 200
    assert served.ask("/api/v1/openapi.json").status == 401


def test_answers_do_not_say_what_the_server_is(served: Served) -> None:
    assert served.ask("/").getheader("server") is None


def test_a_proxy_that_nobody_announced_is_not_believed(served: Served) -> None:
    headers = {"X-Forwarded-Host": f"127.0.0.1:{served.port}", "Host": "evil.example"}

    assert served.ask("/", **headers).status == 403


def test_a_body_without_end_is_cut_off(served: Served) -> None:
    token = (served.runs / ".service" / "token").read_text().strip()
    head = (
        f"POST /leave HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nAuthorization: Bearer {token}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    chunks = b"".join([b"10000\r\n" + b"a" * 65536 + b"\r\n"] * 17)

    assert served.exchange(head.encode() + chunks).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("OPTIONS * HTTP/1.1", 405),
        ("TRACE / HTTP/1.1", 405),
        ("CONNECT a:1 HTTP/1.1", 405),
        ("GET http://evil.example/ HTTP/1.1", 400),
        (f"GET /{'a' * 3000} HTTP/1.1", 414),
    ],
)
def test_strange_requests_are_refused_on_the_wire_too(served: Served, request_line: str, status: int) -> None:
    answer = served.exchange(f"{request_line}\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def test_a_websocket_is_refused(served: Served) -> None:
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n"
    answer = served.exchange(f"GET / HTTP/1.1\r\nHost: evil.example\r\n{upgrade}\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 403 ")


def test_a_folder_is_served_once(served: Served) -> None:
    line = refused("--runs", str(served.runs), "--port", str(free_port()))

    assert line == f"error: {served.runs} is served already, at http://127.0.0.1:{served.port}"


def test_a_port_that_is_taken_is_named(served: Served, tmp_path: Path) -> None:
    line = refused("--runs", str(tmp_path), "--port", str(served.port))

    assert line == f"error: something else listens at 127.0.0.1 port {served.port} already: give another --port"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_softly_and_nothing_secret_was_logged(tmp_path: Path, number: signal.Signals) -> None:
    service = start_service(tmp_path)
    token = (tmp_path / ".service" / "token").read_text().strip()
    service.ask(service.link.partition(str(service.port))[2])
    service.ask("/api/v1/openapi.json?secret=1", Authorization=f"Bearer {token}")
    service.process.send_signal(number)
    try:
        out, err = service.process.communicate(timeout=20)
    finally:
        service.process.kill()

    assert service.process.returncode == 0
    assert out.split("\n") == ["runner stopped", ""]
    assert err.splitlines()[-1] == "stopped"
    assert not {text for text in ("code=", "secret", token, "Traceback") if text in out + err}


def test_a_stopped_service_gives_no_codes(tmp_path: Path) -> None:
    (tmp_path / ".service").mkdir()
    (tmp_path / ".service" / "server.lock").write_text("http://127.0.0.1:8321\n")

    assert refused("--new-code", "--runs", str(tmp_path)) == (
        f"error: no service runs for {tmp_path}: start one with tuner serve"
    )
    assert "no service runs for" in refused("--new-code", "--runs", str(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


def test_beyond_this_machine_it_wants_encryption(tmp_path: Path) -> None:
    line = refused("--runs", str(tmp_path / "runs"), "--host", "0.0.0.0", "--name", "bench.example.org")

    assert line.startswith("error: 0.0.0.0 can be reached from other machines, which needs encryption: give --tls-cert")
    assert not (tmp_path / "runs").exists()


def test_what_is_no_address_of_a_proxy_is_named(tmp_path: Path) -> None:
    proxy = ["--runs", str(tmp_path / "runs"), "--behind-proxy", "https://bench.example.org"]

    assert refused(*proxy, "--proxy-address", "172.17.0.1/16").startswith(
        "error: '172.17.0.1/16' is no address or network of a proxy: give one such as 172.17.0.1"
    )
    assert refused("--proxy-address", "172.17.0.1") == "error: --proxy-address belongs to --behind-proxy"


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    missing, wrong = tmp_path / "missing.pem", tmp_path / "wrong.pem"
    wrong.write_text("wrong")

    assert refused("--tls-cert", str(missing), "--tls-key", str(wrong)) == f"error: {missing} cannot be read"
    assert refused("--tls-cert", str(wrong), "--tls-key", str(wrong)).startswith(
        f"error: {wrong} and {wrong} are no certificate with its key"
    )


def test_a_token_file_that_others_can_read_keeps_it_from_starting(tmp_path: Path) -> None:
    (tmp_path / ".service").mkdir()
    (tmp_path / ".service" / "token").write_text("0" * 64)
    (tmp_path / ".service" / "token").chmod(0o644)
    command = [sys.executable, "-c", SERVED, "--runs", str(tmp_path), "--port", str(free_port())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert re.fullmatch(r"error: .*token has mode 644, so that others can use it: .*\n", done.stderr)


def test_what_belongs_to_new_code_is_refused_without_it() -> None:
    assert "--read-only belongs to --new-code" in refused("--read-only")


def test_the_server_loads_nothing_that_starts_slowly() -> None:
    slow = {"ray", "torch", "optuna", "skopt", "sklearn", "scipy", "altair", "benchmarks"}
    code = "import tuner.cli.serving, tuner.server.running; import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert not {name.partition(".")[0] for name in done.stdout.split()} & slow
