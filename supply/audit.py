"""Compares the lock with the known vulnerabilities of its packages, as OSV lists them.

OSV answers a package that it doesn't know like one without any vulnerability. So a version that is
known to be vulnerable is asked about beside the others: where nothing is reported of that one,
nothing was checked, and the audit fails.

pip-audit isn't used: it leaves out what isn't for the Python that it runs on, and takes a service
that knows nothing for good news. OSV has Python packages, not the C libraries inside of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NotRequired, TypedDict

import click
import httpx
from pydantic import BaseModel, ValidationError

from supply.lock import DEVELOPED, SHIPPED, Unreadable, read

URL = "https://api.osv.dev"
"""https://google.github.io/osv.dev/post-v1-querybatch/"""
KNOWN_TO_BE_VULNERABLE = "pkg:pypi/mlflow@0.4.0"
"""OSV's own example: https://google.github.io/osv.dev/post-v1-querybatch/#request-sample."""
_SECONDS = 30
_MOST_PAGES = 20


class NotChecked(Exception):
    """Nobody said whether the packages are vulnerable."""


class _Package(TypedDict):
    purl: str


class _Query(TypedDict):
    package: _Package
    page_token: NotRequired[str]


class _Vulnerability(BaseModel):
    id: str


class _Result(BaseModel):
    vulns: list[_Vulnerability] = []
    next_page_token: str | None = None


class _Results(BaseModel):
    results: list[_Result]


def vulnerabilities(purls: Iterable[str], url: str) -> Mapping[str, list[str]]:
    """Return the ids of what is known against each package. Raises NotChecked."""
    reported: dict[str, list[str]] = {KNOWN_TO_BE_VULNERABLE: [], **{purl: [] for purl in purls}}
    queries: list[_Query] = [{"package": {"purl": purl}} for purl in reported]
    with httpx.Client(base_url=url, timeout=_SECONDS) as http:
        for _ in range(_MOST_PAGES):
            pages = [*zip(queries, _ask(http, queries), strict=True)]
            for query, page in pages:
                reported[query["package"]["purl"]] += [one.id for one in page.vulns]
            queries = [
                {**query, "page_token": page.next_page_token}
                for query, page in pages
                if page.next_page_token
            ]
            if not queries:
                break
        else:
            raise NotChecked("the answers don't end")
    if not reported.pop(KNOWN_TO_BE_VULNERABLE):
        raise NotChecked(f"{url} reports nothing of {KNOWN_TO_BE_VULNERABLE}, which is vulnerable")
    return {purl: ids for purl, ids in reported.items() if ids}


def _ask(http: httpx.Client, queries: Sequence[_Query]) -> list[_Result]:
    try:
        answer = http.post("/v1/querybatch", json={"queries": queries}).raise_for_status()
        results = _Results.model_validate_json(answer.content).results
    except httpx.HTTPError as error:
        raise NotChecked(f"{http.base_url} can't be asked: {error}") from error
    except ValidationError as error:
        raise NotChecked(f"{http.base_url} answers something unreadable") from error
    if len(results) != len(queries):
        raise NotChecked(f"{http.base_url} answers {len(results)} of {len(queries)} questions")
    return results


@click.command()
@click.option("--url", default=URL, show_default=True, help="A service that speaks OSV's protocol.")
def main(url: str) -> None:
    """Fail where the lock has a known vulnerability, and where nobody could be asked."""
    try:
        purls = {package.purl for path in (SHIPPED, DEVELOPED) for package in read(path)}
        known = vulnerabilities(sorted(purls), url)
    except (NotChecked, Unreadable) as why:
        raise click.ClickException(f"nothing was checked: {why}") from why
    for purl, ids in known.items():
        click.echo(f"✗ {purl}: {', '.join(ids)}: https://osv.dev/vulnerability/{ids[0]}")
    if known:
        raise click.ClickException(f"{len(known)} of {len(purls)} packages have vulnerabilities")
    click.echo(f"✓ {len(purls)} packages, and no vulnerability known of any")


if __name__ == "__main__":
    main()
