"""`make audit`: a known vulnerability fails it, and so does everything that tells it nothing."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import cast

import pytest
from click.testing import CliRunner, Result

from supply.audit import KNOWN_TO_BE_VULNERABLE, main
from supply.lock import DEVELOPED, SHIPPED, read
from tests.supply.stand_in import Reply, Sent, always, serving

LOCKED = {package.purl for path in (SHIPPED, DEVELOPED) for package in read(path)}
CONTROL = {KNOWN_TO_BE_VULNERABLE: ["GHSA-0"]}


class Osv:
    """A service that knows these vulnerabilities, one on each page of its answers."""

    def __init__(self, known: Mapping[str, list[str]]) -> None:
        self.known = known
        self.asked: list[str] = []

    def answer(self, sent: Sent) -> Reply:
        assert sent.path == "/v1/querybatch"
        queries = cast("list[dict[str, object]]", json.loads(sent.body)["queries"])
        return 200, {}, json.dumps({"results": [self._page(query) for query in queries]}).encode()

    def _page(self, query: Mapping[str, object]) -> dict[str, object]:
        purl = cast("dict[str, str]", query["package"])["purl"]
        number = int(str(query.get("page_token", 0)))
        if number == 0:
            self.asked.append(purl)
        ids = self.known.get(purl, [])
        page: dict[str, object] = {}
        if number < len(ids):
            page["vulns"] = [{"id": ids[number], "modified": "2026-11-30T00:00:00Z"}]
        if number + 1 < len(ids):
            page["next_page_token"] = str(number + 1)
        return page


def audit(host: str) -> Result:
    return CliRunner().invoke(main, ["--url", f"http://{host}"])


@contextmanager
def osv(known: Mapping[str, list[str]]) -> Generator[tuple[Osv, str]]:
    service = Osv(known)
    with serving(service.answer) as host:
        yield service, host


def test_a_lock_without_vulnerabilities_passes() -> None:
    with osv(CONTROL) as (service, host):
        result = audit(host)
    assert (result.exit_code, result.output) == (
        0,
        f"✓ {len(LOCKED)} packages, and no vulnerability known of any\n",
    )
    # Each package is asked about: also of another Python, of the extra, and of the tools.
    assert set(service.asked) == {*LOCKED, KNOWN_TO_BE_VULNERABLE}
    assert len(service.asked) == len(LOCKED) + 1


def test_every_package_of_the_lock_may_be_the_vulnerable_one() -> None:
    versions_of_av = sorted(purl for purl in LOCKED if purl.startswith("pkg:pypi/av@"))
    assert len(versions_of_av) == 2
    with osv({**CONTROL, **{purl: ["GHSA-1", "GHSA-2"] for purl in versions_of_av}}) as (_, host):
        result = audit(host)
    assert result.exit_code == 1
    for purl in versions_of_av:
        assert f"✗ {purl}: GHSA-1, GHSA-2" in result.output
    assert f"2 of {len(LOCKED)} packages have vulnerabilities" in result.output


@pytest.mark.parametrize(
    "reply",
    [
        (200, {}, b"{}"),
        (200, {}, b'{"results": []}'),
        (200, {}, b"<html>Sign in to the WiFi</html>"),
        (404, {}, b"{}"),
        (502, {}, b"<html>"),
        (302, {"Location": "/elsewhere"}, b""),
    ],
)
def test_an_answer_that_says_nothing_is_no_good_news(reply: Reply) -> None:
    with serving(always(reply)) as host:
        result = audit(host)
    assert result.exit_code == 1
    assert "nothing was checked" in result.output


def test_a_service_that_knows_nothing_is_no_good_news() -> None:
    with osv({}) as (_, host):
        result = audit(host)
    assert result.exit_code == 1
    assert f"reports nothing of {KNOWN_TO_BE_VULNERABLE}" in result.output


def test_a_service_that_is_not_there_is_no_good_news() -> None:
    with serving(always((200, {}, b""))) as host:
        pass
    result = audit(host)
    assert result.exit_code == 1
    assert "nothing was checked: http://127.0.0.1" in result.output


def test_answers_without_an_end_are_no_good_news() -> None:
    def endless(sent: Sent) -> Reply:
        number = len(cast("dict[str, list[object]]", json.loads(sent.body))["queries"])
        page = {"vulns": [{"id": "GHSA-1"}], "next_page_token": "more"}
        return 200, {}, json.dumps({"results": [page] * number}).encode()

    with serving(endless) as host:
        result = audit(host)
    assert result.exit_code == 1
    assert "nothing was checked: the answers don't end" in result.output
