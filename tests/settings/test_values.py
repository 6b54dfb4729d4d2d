"""Values of settings: each one that is accepted serves its purpose."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.adapters.media.download import HostPattern
from bot.settings.values import GatewayUrl, MediaHost, Url

HOSTS: TypeAdapter[str] = TypeAdapter(MediaHost)
URLS: TypeAdapter[str] = TypeAdapter(Url)
GATEWAYS: TypeAdapter[str] = TypeAdapter(GatewayUrl)


def accepts(adapter: TypeAdapter[str], value: str) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


@given(st.from_regex(r"\A(http://|https://)?(\*\.)?[a-z0-9.:/*-]{1,20}\Z"))
@example("a.example:443")
@example("1.2.3.999")
@example("*.a:65535")
def test_every_accepted_host_can_be_used(entry: str):
    if accepts(HOSTS, entry):
        pattern = HostPattern.parse(entry)
        assert pattern.host
        assert pattern.subdomains == ("*." in entry)


@pytest.mark.parametrize(
    ("entry", "good"),
    [
        ("cdn.discordapp.com", True),
        ("*.fal.media", True),
        ("http://127.0.0.1:8080", True),
        ("cdn.example:8443", True),
        ("https://cdn.example", False),
        ("cdn.example/videos", False),
        ("cdn.example:", False),
        ("cdn.example:65536", False),
        ("user@cdn.example", False),
        ("*", False),
        ("*.", False),
        ("a.*.example", False),
        ("", False),
    ],
)
def test_which_hosts_are_accepted(entry: str, good: bool):
    assert accepts(HOSTS, entry) == good


@given(st.from_regex(r"\Ahttps?://[a-z0-9.:/@-]{0,20}\Z"))
def test_every_accepted_address_can_be_used(url: str):
    if accepts(URLS, url):
        assert httpx.URL(URLS.validate_python(url)).host


def test_an_address_ends_without_a_slash():
    assert URLS.validate_python("http://127.0.0.1:1/api/") == "http://127.0.0.1:1/api"


@pytest.mark.parametrize(("url", "good"), [("ws://a:1", True), ("wss://a/", True), ("a", False)])
def test_gateways(url: str, good: bool):
    assert accepts(GATEWAYS, url) == good
