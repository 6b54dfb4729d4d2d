"""`python -m bot models`: lists the models of the catalogue, and compares them with fal's."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.domain.catalogue.comparison import compare
from bot.domain.catalogue.findings import Finding, Verdict
from bot.domain.catalogue.live_endpoint import LiveEndpoint
from bot.domain.catalogue.models import Catalogue, Model
from bot.domain.catalogue.prices import price_list
from bot.domain.jobs.fal import AccountTrouble, FalTrouble
from bot.domain.money import show_usd
from bot.settings import Configuration, load
from bot.settings.credentials import load_credentials

if TYPE_CHECKING:
    from bot.adapters.fal.catalogue import FalCatalogue

_PATIENCE = 60  # seconds, for all of fal's answers together
_JSON = click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")


@click.group(invoke_without_command=True)
@_JSON
@click.pass_context
def models(context: click.Context, *, as_json: bool) -> None:
    """List the models of the catalogue, or compare it with fal's."""
    if context.invoked_subcommand is None:
        _list(as_json=as_json)


@models.command(name="list")
@_JSON
def list_command(*, as_json: bool) -> None:
    """List the enabled models and what they cost."""
    _list(as_json=as_json)


@models.command()
@_JSON
def check(*, as_json: bool) -> None:
    """Compare the enabled models with fal's catalogue and prices. Exit 0 or 1."""
    configuration = load(os.environ)
    findings = _findings(configuration, load_credentials(os.environ).fal_key)
    ok = all(finding.ok for finding in findings)
    if as_json:
        checks = [{**asdict(finding), "ok": finding.ok} for finding in findings]
        click.echo(json.dumps({"ok": ok, "checks": checks}))
    else:
        for finding in findings:
            click.echo(finding.line())
    sys.exit(0 if ok else 1)


def _findings(configuration: Configuration, key: str) -> list[Finding]:
    """Return a finding for each model, or a single one if fal can't be asked."""
    catalogue, fal = configuration.catalogue, configuration.settings.fal
    # Imported here, so that the other commands start fast.
    from bot.adapters.fal.catalogue import FalCatalogue  # noqa: PLC0415

    client = FalCatalogue(key, fal.api_url, timeout=fal.timeout_seconds)
    hidden = not sys.stderr.isatty()
    endpoints = list(dict.fromkeys(model.endpoint for model in catalogue.models))
    label = "Asking fal"
    with click.progressbar(
        length=len(endpoints), label=label, hidden=hidden, file=sys.stderr
    ) as bar:
        try:
            live = asyncio.run(_describe(client, endpoints, bar.update))
        except AccountTrouble:
            fix = "make a key with API scope at fal.ai/dashboard/keys"
            return [Finding("fal", Verdict.WRONG, "refuses FAL_KEY", fix)]
        except (FalTrouble, TimeoutError) as error:
            why = str(error) or f"no answer within {_PATIENCE} s"
            fix = f"check that this machine reaches {fal.api_url}"
            return [Finding("fal", Verdict.WRONG, f"can't be asked ({why})", fix)]
    return [compare(model, live[model.endpoint]) for model in catalogue.models]


async def _describe(
    client: "FalCatalogue", endpoints: Sequence[str], progress: Callable[[int], object]
) -> Mapping[str, LiveEndpoint]:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await client.describe(endpoints, progress)
    finally:
        await client.aclose()


def _list(*, as_json: bool) -> None:
    configuration = load(os.environ)
    unit = configuration.settings.quota.unit_micro_usd()
    catalogue = configuration.catalogue
    if as_json:
        click.echo(json.dumps([_record(model, unit) for model in catalogue.models]))
        return
    head = ["model", "name", "kind", "resolutions", "seconds", "price", "units"]
    lines = [head, *(_row(model, catalogue, unit) for model in catalogue.models)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
    click.echo("* Draft, the cheapest of several of a kind")


def _row(model: Model, catalogue: Catalogue, unit: int) -> list[str]:
    costs = [priced.cost for priced in price_list(model.prices, model.choices, unit=unit)]
    assumed = any(cost.price.assumed for cost in costs)
    units = [cost.units for cost in costs]
    return [
        model.key + ("*" if _is_draft(model, catalogue) else ""),
        model.name,
        model.kind,
        ", ".join(model.resolutions),
        f"1 to {model.longest}" if model.longest else ", ".join(map(str, model.durations)),
        ("about " if assumed else "") + _span([show_usd(price) for price in model.price_range]),
        _span([str(min(units)), str(max(units))]),
    ]


def _is_draft(model: Model, catalogue: Catalogue) -> bool:
    return len(catalogue.of(model.kind)) > 1 and catalogue.draft(model.kind) is model


def _span(ends: Sequence[str]) -> str:
    return " to ".join(dict.fromkeys(ends))


def _record(model: Model, unit: int) -> dict[str, object]:
    """Return a model as programs read it; prices in micro-dollars."""
    return {
        "model": model.key,
        "name": model.name,
        "kind": model.kind,
        "endpoint": model.endpoint,
        "prices": [
            {
                "resolution": priced.resolution,
                "seconds": priced.seconds,
                "price": priced.cost.price.micro_usd,
                "assumed": priced.cost.price.assumed,
                "units": priced.cost.units,
            }
            for priced in price_list(model.prices, model.choices, unit=unit)
        ],
    }
