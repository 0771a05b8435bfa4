"""How the service is set up: where it listens, which names are its own, and what its limits are."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ..errors import TunerError
from .service_folder import ServiceFolder

DEFAULT_PORT: Final = 8321
LOOPBACK: Final = ("127.0.0.1", "::1")
_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class InvalidSettings(TunerError):
    """An address, name or certificate with which the service cannot listen."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask for."""

    body_bytes: int = 1024 * 1024
    body_seconds: float = 30.0
    """How long a request's body may take to arrive."""
    header_count: int = 100
    header_bytes: int = 16 * 1024
    """Names and values together."""
    header_seconds: float = 15.0
    """How long a connection may keep the server waiting for them."""
    target_bytes: int = 2048
    """Path and query together."""
    json_depth: int = 32
    requests_per_second: float = 300.0
    """Of each visitor, which is a browser session, or a token at one address; as many may come at once."""
    failures_per_minute: float = 20.0
    """Failed authentications of one address, before it is told to wait."""
    entries_per_minute: float = 20.0
    """Uses of one-time codes from one address, right or wrong."""
    event_streams: int = 8
    """Open at once, of each visitor."""
    requests_at_once: int = 100
    """Being answered, of each visitor; event streams, and those that wait for news, included."""
    exchange_at_once: int = 256
    """The same with the token for workers or for runners: every worker of a run may wait for an answer."""
    requests_of_all: int = 384
    """The same of all visitors together; less than `connections`, so that there are always some that can make room."""
    connections: int = 512
    """Open at once, of all clients; for one more, one that waits for a request is closed."""
    write_seconds: float = 30.0
    """How long a client may take nothing of its answer."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Raises `InvalidSettings` where the service would listen beyond this machine without encryption."""

    runs: Path = Path("runs")
    host: str = "127.0.0.1"
    """The address to listen at; `localhost` is the same as 127.0.0.1."""
    port: int = DEFAULT_PORT
    workers: int | None = None
    """Worker processes of a run; None for one a core."""
    ray_address: str | None = None
    """Ray cluster to join; None for a private one."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    proxy_url: str | None = None
    """Under which browsers reach the service through a proxy that does the encryption."""
    proxy_addresses: tuple[str, ...] = LOOPBACK
    """Addresses, or networks, of the proxy: of nobody else it is believed for whom they ask (X-Forwarded-For)."""
    names: tuple[str, ...] = ()
    """More host names that are this service's, without a port."""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise InvalidSettings(f"port {self.port} does not exist: 1 to 65535")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise InvalidSettings("--tls-cert and --tls-key belong together")
        if self.proxy_url is not None:
            _check_proxy(self.proxy_url)
        elif self.proxy_addresses != LOOPBACK:
            raise InvalidSettings("--proxy-address belongs to --behind-proxy")
        for address in self.proxy_addresses:
            _check_proxy_address(address)
        for name in self.names:
            _check_name(name)
        if not self.is_loopback and not self.is_encrypted and self.proxy_url is None:
            raise InvalidSettings(
                f"{self.host} can be reached from other machines, which needs encryption: "
                "give --tls-cert and --tls-key, or --behind-proxy URL, or listen at 127.0.0.1"
            )
        if not self.origins:
            raise InvalidSettings(f"{self.host} stands for every address: say with --name by which name browsers come")

    @property
    def folder(self) -> ServiceFolder:
        """Where the service keeps what is its own."""
        return ServiceFolder(self.runs)

    @property
    def address(self) -> str:
        """The address to bind."""
        return "127.0.0.1" if self.host == "localhost" else self.host

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service; raises `InvalidSettings` for what is no address."""
        return _address(self.address).is_loopback

    @property
    def is_encrypted(self) -> bool:
        """Whether the service itself speaks TLS."""
        return self.tls_certificate is not None

    @property
    def is_secure_in_browser(self) -> bool:
        """Whether a browser comes over https, so that its cookie can be for that alone."""
        return self.is_encrypted or (self.proxy_url or "").startswith("https:")

    @property
    def cookie_name(self) -> str:
        """Cookies do not know ports: services on other ports of the same host keep others."""
        suffix = "" if self.port == DEFAULT_PORT else f"-{self.port}"
        return f"__Host-tuner{suffix}" if self.is_secure_in_browser else f"tuner{suffix}"

    @property
    def url(self) -> str:
        """Where a browser finds the service, without a slash at the end."""
        return self.proxy_url.rstrip("/") if self.proxy_url is not None else next(iter(self.origins.values()))

    @property
    def origins(self) -> dict[str, str]:
        """For each value of the Host header that is ours, the Origin that goes with it."""
        scheme = "https" if self.is_encrypted else "http"
        hosts = [*(name.lower() for name in self.names), *self._own_hosts()]
        pairs = [pair for host in hosts for pair in _authorities(scheme, host, self.port)]
        if self.proxy_url is not None:
            parts = urlsplit(self.proxy_url.lower())
            pairs += _authorities(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme])
        return dict(pairs)

    def _own_hosts(self) -> list[str]:
        address = _address(self.address)
        if address.is_loopback:
            return [*dict.fromkeys([_bracketed(self.address), "127.0.0.1", "localhost", "[::1]"])]
        return [] if address.is_unspecified else [_bracketed(self.address)]


def _authorities(scheme: str, host: str, port: int) -> list[tuple[str, str]]:
    """The Host headers for this place, with their origins: browsers leave out a scheme's own port."""
    if port == _PORTS[scheme]:
        return [(host, f"{scheme}://{host}"), (f"{host}:{port}", f"{scheme}://{host}")]
    return [(f"{host}:{port}", f"{scheme}://{host}:{port}")]


def _bracketed(address: str) -> str:
    return f"[{address.lower()}]" if ":" in address else address


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise InvalidSettings(
            f"{text!r} is no address to listen at: give one such as 127.0.0.1, and names with --name"
        ) from None


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name.lower()):
        raise InvalidSettings(f"{name!r} is no host name: give one such as bench.example.org, without scheme and port")


def _check_proxy(url: str) -> None:
    example = "give one such as https://bench.example.org"
    try:
        parts = urlsplit(url)
        is_plain = parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username)
        is_whole = parts.scheme in _PORTS and bool(_NAME.fullmatch(parts.hostname or "")) and parts.port != 0
    except ValueError:
        is_plain = is_whole = False
    if not (is_plain and is_whole):
        raise InvalidSettings(f"{url!r} is no URL of a proxy that could stand before the service: {example}")


def _check_proxy_address(text: str) -> None:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        network = None
    if network is None or network.prefixlen == 0:
        raise InvalidSettings(
            f"{text!r} is no address or network of a proxy: give one such as 172.17.0.1 or 172.17.0.0/16"
        )
