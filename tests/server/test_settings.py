"""Where the service may listen, and which names are its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tuner.server.settings import InvalidSettings, ServerSettings

PAIR: dict[str, Any] = {"tls_certificate": Path("cert.pem"), "tls_key": Path("key.pem")}
PROXY: dict[str, Any] = {"proxy_url": "https://bench.example.org"}


def test_by_default_only_this_machine_can_reach_it() -> None:
    settings = ServerSettings()

    assert settings.is_loopback
    assert settings.url == "http://127.0.0.1:8321"
    assert settings.origins == {
        "127.0.0.1:8321": "http://127.0.0.1:8321",
        "localhost:8321": "http://localhost:8321",
        "[::1]:8321": "http://[::1]:8321",
    }


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "2001:db8::1"])
def test_beyond_this_machine_it_needs_encryption(host: str) -> None:
    with pytest.raises(InvalidSettings, match="can be reached from other machines, which needs encryption"):
        ServerSettings(host=host, names=("bench.example.org",))


@pytest.mark.parametrize("means", [PAIR, PROXY])
def test_beyond_this_machine_it_listens_with_encryption(means: dict[str, Any]) -> None:
    assert not ServerSettings(host="192.168.1.5", **means).is_loopback


def test_an_address_that_stands_for_all_needs_a_name() -> None:
    with pytest.raises(InvalidSettings, match="say with --name by which name browsers come"):
        ServerSettings(host="0.0.0.0", **PAIR)


def test_a_name_is_ours_with_the_port_at_which_it_listens() -> None:
    settings = ServerSettings(host="0.0.0.0", names=("Bench.example.org",), **PAIR)

    assert settings.origins == {"bench.example.org:8321": "https://bench.example.org:8321"}
    assert settings.url == "https://bench.example.org:8321"


def test_browsers_are_sent_to_the_name_that_was_given() -> None:
    settings = ServerSettings(host="192.168.1.5", names=("bench.example.org",), **PAIR)

    assert settings.url == "https://bench.example.org:8321"
    assert "192.168.1.5:8321" in settings.origins


def test_browsers_leave_out_the_port_of_https() -> None:
    origins = ServerSettings(host="192.168.1.5", port=443, **PAIR).origins

    assert origins == {"192.168.1.5": "https://192.168.1.5", "192.168.1.5:443": "https://192.168.1.5"}


def test_behind_a_proxy_its_name_is_ours_and_where_browsers_go() -> None:
    settings = ServerSettings(**PROXY)

    assert settings.origins["bench.example.org"] == "https://bench.example.org"
    assert settings.url == "https://bench.example.org"
    assert settings.is_secure_in_browser


@pytest.mark.parametrize(
    "url",
    [
        "bench.example.org",
        "ftp://bench.example.org",
        "https://",
        "https://a.b/tuner",
        "https://u:p@a.b",
        "https://a.b?c",
        "https://a_b",
        "https://[",
        "https://a:x",
        "https://a.b:0",
        "https://a.b:99999",
    ],
)
def test_what_is_no_url_of_a_proxy_is_refused(url: str) -> None:
    with pytest.raises(InvalidSettings, match="is no URL of a proxy"):
        ServerSettings(proxy_url=url)


@pytest.mark.parametrize("name", ["http://a.b", "a.b:80", "", "-a", "a b", "*.a.b", "a" * 254])
def test_what_is_no_host_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidSettings, match="is no host name"):
        ServerSettings(names=(name,))


def test_a_proxy_is_on_this_machine_unless_told_otherwise() -> None:
    assert ServerSettings(**PROXY).proxy_addresses == ("127.0.0.1", "::1")
    assert ServerSettings(proxy_addresses=("172.17.0.0/16",), **PROXY).proxy_addresses == ("172.17.0.0/16",)


@pytest.mark.parametrize("address", ["*", "", "proxy.example.org", "172.17.0.1/16", "0.0.0.0/0", "::/0", "1.2.3"])
def test_what_is_no_address_of_a_proxy_is_refused(address: str) -> None:
    with pytest.raises(InvalidSettings, match="is no address or network of a proxy"):
        ServerSettings(proxy_addresses=(address,), **PROXY)


def test_the_address_of_a_proxy_needs_a_proxy() -> None:
    with pytest.raises(InvalidSettings, match="--proxy-address belongs to --behind-proxy"):
        ServerSettings(proxy_addresses=("172.17.0.1",))


def test_a_name_cannot_be_listened_at() -> None:
    with pytest.raises(InvalidSettings, match=r"'bench\.example\.org' is no address to listen at"):
        ServerSettings(host="bench.example.org")


def test_a_certificate_needs_its_key() -> None:
    with pytest.raises(InvalidSettings, match="--tls-cert and --tls-key belong together"):
        ServerSettings(tls_certificate=Path("cert.pem"))


def test_services_at_two_ports_have_two_cookies() -> None:
    assert [ServerSettings(port=port).cookie_name for port in (8321, 8322)] == ["tuner", "tuner-8322"]
    assert ServerSettings(**PAIR).cookie_name == "__Host-tuner"
