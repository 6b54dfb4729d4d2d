"""`python -m bot models` as operators use it, against a fal on this machine."""

import asyncio
import json
from collections.abc import AsyncIterator
from copy import deepcopy
from pathlib import Path
from subprocess import CompletedProcess
from typing import TypedDict, cast

import pytest

from sandbox.fal import Answer, Delay, FalServer, Fault, open_fal, proxy_page
from sandbox.fal.errors import JsonObject
from sandbox.fal.schemas import ENDPOINTS
from sandbox.render import Renderer
from tests.cli.command_line import Folder, make_folder

TEXT = "fal-ai/pika/v2.2/text-to-video"
SCENES = "fal-ai/pika/v2.2/pikascenes"
FRAMES = "fal-ai/pika/v2.2/pikaframes"
EFFECTS = "fal-ai/pika/v1.5/pikaffects"
SWAPS = "fal-ai/pika/v2/pikaswaps"
TURBO = "fal-ai/pika/v2/turbo/text-to-video"


class Check(TypedDict):
    name: str
    verdict: str
    detail: str
    fix: str | None
    ok: bool


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return make_folder(tmp_path)


@pytest.fixture
async def fal(renderer: Renderer) -> AsyncIterator[FalServer]:
    async with open_fal(renderer=renderer) as server:
        yield server
        assert not server.violations
        assert not server.posts


async def run(
    folder: Folder, fal: FalServer, *options: str, **environment: str | None
) -> CompletedProcess[str]:
    """Run `models check`; the key is never in what it prints."""
    chosen = {"PIKA_FAL__API_URL": fal.base_url, "FAL_KEY": fal.key} | environment
    ended = await asyncio.to_thread(folder.bot, "models", "check", *options, **chosen)
    assert fal.key not in ended.stdout + ended.stderr
    return ended


async def checks(
    folder: Folder, fal: FalServer, code: int = 0, **environment: str | None
) -> dict[str, Check]:
    """Return the findings by name, having expected an exit code."""
    ended = await run(folder, fal, "--json", **environment)
    assert (ended.returncode, ended.stderr) == (code, "")
    report = cast("dict[str, bool | list[Check]]", json.loads(ended.stdout))
    found = cast("list[Check]", report["checks"])
    assert report["ok"] == all(one["ok"] for one in found) == (code == 0)
    assert all(set(one) == set(Check.__annotations__) for one in found)
    return {one["name"]: one for one in found}


def wrong(found: dict[str, Check]) -> list[str]:
    return [name for name, one in found.items() if not one["ok"]]


def changed_input(endpoint: str, name: str, **rules: object) -> JsonObject:
    """Return an endpoint's schema with another rule for one property."""
    schema = deepcopy(ENDPOINTS[endpoint].schema)
    properties = cast("dict[str, JsonObject]", schema["properties"])
    properties[name] = {**properties.get(name, {}), **cast("JsonObject", rules)}
    return schema


# The list


def test_what_the_catalogue_offers(folder: Folder):
    ended = folder.bot("models", FAL_KEY=None)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == folder.bot("models", "list").stdout
    head, *rows, legend = ended.stdout.splitlines()
    assert head.split() == ["model", "name", "kind", "resolutions", "seconds", "price", "units"]
    assert len(rows) == 11
    columns = [row.split("  ") for row in rows]
    cells = {row[0]: [cell.strip() for cell in row if cell] for row in columns}
    assert cells["pika-2.2-text"][-2:] == ["about $0.20 to $0.90", "1 to 2"]
    assert cells["pika-2-swaps"][-2:] == ["$0.465", "1"]
    assert cells["pika-2.2-frames"][-3:] == ["1 to 25", "about $0.20 to $1.50", "1 to 3"]
    assert [name for name in cells if name.endswith("*")] == [
        "pika-2-turbo-text*",
        "pika-2-turbo-image*",
    ]
    assert legend.startswith("* Draft")


def test_the_catalogue_for_programs(folder: Folder):
    folder.edit("models.toml", 'kind = "pikaswaps"', 'kind = "pikaswaps"\nenabled = false')
    ended = folder.bot("models", "--json", PIKA_QUOTA__UNIT_USD="0.20")
    found = cast("list[dict[str, object]]", json.loads(ended.stdout))
    assert len(found) == 10
    assert found[0]["endpoint"] == TEXT
    assert found[0]["prices"] == [
        {"resolution": resolution, "seconds": [n, n], "price": price, "assumed": n > 5, "units": u}
        for resolution, n, price, u in [
            ("720p", 5, 200_000, 1),
            ("720p", 10, 400_000, 2),
            ("1080p", 5, 450_000, 3),
            ("1080p", 10, 900_000, 5),
        ]
    ]


def test_a_wrong_catalogue_is_a_wrong_configuration(folder: Folder):
    folder.edit("models.toml", 'kind = "pikaswaps"', 'kind = "swaps"')
    for command in ([], ["list"], ["check"]):
        ended = folder.bot("models", *command)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.startswith("pika-bot: models.toml: `models.9.kind`: ")


def test_a_check_without_a_key_is_a_wrong_configuration(folder: Folder):
    ended = folder.bot("models", "check", FAL_KEY=None)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("pika-bot: FAL_KEY is not set: ")


# The check


async def test_the_shipped_catalogue_agrees_with_fal(folder: Folder, fal: FalServer) -> None:
    found = await checks(folder, fal)
    assert len(found) == 11
    text = found["pika-2.2-text"]
    assert text["verdict"] == "note"
    assert text["detail"] == (
        "fal's $0.04 per second is the price assumed of 720p 10 s; active;"
        " $0.04 per second, as here (720p 5 s); not comparable with it: 1080p 5 s, 1080p 10 s"
    )
    assert text["fix"] == (
        'write { resolution = "720p", duration = 10, usd = "0.40" } into its `prices`'
    )
    assert found["pika-2.1-text"]["detail"] == "active; $0.40 per video, as here"
    assert found["pika-2-turbo-image"]["fix"] == 'write { usd = "0.20" } into its `prices`'
    frames = found["pika-2.2-frames"]
    assert (frames["verdict"], frames["fix"]) == ("fine", None)
    assert frames["detail"] == (
        "active; $0.04 per second, as here (720p);"
        " not comparable with it: that at least 5 s are charged, 1080p"
    )
    assert (
        "fal's own `resolution`, 1080p, would cost more than 720p"
        in (found["pika-2.2-scenes"]["detail"])
    )
    assert fal.calls["GET /v1/models"] == fal.calls["GET /v1/models/pricing"] == 2


async def test_a_line_for_each_model(folder: Folder, fal: FalServer) -> None:
    fal.model_status[TEXT] = "deprecated"
    ended = await run(folder, fal)
    assert (ended.returncode, ended.stderr) == (1, "")
    lines = [line for line in ended.stdout.splitlines() if not line.startswith("    → ")]
    assert lines[0].startswith("✗ pika-2.2-text — fal says it is 'deprecated'; fal's $0.04")
    assert lines[1] == "✓ pika-2.1-text — active; $0.40 per video, as here"
    assert lines[2].startswith("! pika-2-turbo-text — fal's $0.20 per video is the price assumed")
    assert len(lines) == 11
    assert "\n    → set `enabled = false`; write { resolution" in ended.stdout


@pytest.mark.parametrize("answers", [True, False], ids=["an empty entry", "404"])
async def test_a_model_that_is_gone(folder: Folder, fal: FalServer, *, answers: bool) -> None:
    fal.habits.answers_unknown_models = answers
    fal.gone_models |= {EFFECTS}
    found = await checks(folder, fal, 1)
    assert wrong(found) == ["pika-1.5-effects"]
    assert found["pika-1.5-effects"]["detail"] == f"fal has no {EFFECTS}"
    assert "`enabled = false`" in (found["pika-1.5-effects"]["fix"] or "")
    folder.edit(
        "models.toml", f'endpoint = "{EFFECTS}"', f'endpoint = "{EFFECTS}"\nenabled = false'
    )
    assert "pika-1.5-effects" not in await checks(folder, fal)


PRICES: list[tuple[str, JsonObject, str, str | None]] = [
    (
        EFFECTS,
        {"unit_price": 0.5},
        "the price is $0.465 here and $0.50 at fal",
        'write { usd = "0.50" } into its `prices`',
    ),
    (
        TEXT,
        {"unit_price": 0.05},
        (
            "the price of 720p 5 s is $0.20 here and $0.25 at fal ($0.05 per second);"
            " the price of 720p 10 s is $0.40, assumed, here and $0.50 at fal ($0.05 per second)"
        ),
        (
            'write { resolution = "720p", duration = 5, usd = "0.25" } into its `prices`;'
            ' write { resolution = "720p", duration = 10, usd = "0.50" } into its `prices`'
        ),
    ),
    (
        FRAMES,
        {"unit_price": 0.0400005, "unit": "second"},
        "the price of 720p is $0.04 per second, assumed, here and $0.0400005 per second at fal",
        (
            'write { resolution = "720p", usd = "0.040001", per_second = true, least_seconds = 5 }'
            " into its `prices`"
        ),
    ),
    (
        TEXT,
        {"unit_price": 0.25, "unit": "video"},
        "the price of 720p 5 s is $0.20 here and $0.25 at fal",
        'write { resolution = "720p", duration = 5, usd = "0.25" } into its `prices`',
    ),
]


@pytest.mark.parametrize(("endpoint", "price", "detail", "fix"), PRICES)
async def test_a_price_that_changed(
    folder: Folder, fal: FalServer, endpoint: str, price: JsonObject, detail: str, fix: str
) -> None:
    fal.shown_prices[endpoint] = price
    found = await checks(folder, fal, 1)
    (name,) = wrong(found)
    assert found[name]["detail"].startswith(detail + "; ")
    assert found[name]["fix"] == fix


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        ({"unit": "compute seconds", "unit_price": 0.0005}, "0.0005 USD per 'compute seconds'"),
        ({"unit": "units", "unit_price": 1}, "1 USD per 'units'"),
        ({"currency": "EUR"}, "0.465 EUR per 'videos'"),
        ({"unit_price": 0}, "0 USD per 'videos'"),
        ({"unit": "seconds", "unit_price": 0.1}, "$0.10 per second"),
    ],
)
async def test_a_price_that_cant_be_compared(
    folder: Folder, fal: FalServer, price: JsonObject, shown: str
) -> None:
    fal.shown_prices[SWAPS] = price
    swaps = (await checks(folder, fal))["pika-2-swaps"]
    assert swaps["verdict"] == "note"
    assert swaps["detail"].startswith(f"fal's {shown} can't be compared with the price here")


async def test_a_unit_of_several_seconds(folder: Folder, fal: FalServer) -> None:
    fal.shown_prices[TEXT] = {"unit": "5 seconds", "unit_price": 0.2}
    assert (
        "$0.04 per second, as here (720p 5 s)"
        in ((await checks(folder, fal))["pika-2.2-text"]["detail"])
    )


INPUTS = [
    (TEXT, "duration", {"enum": [5]}, "`duration` can't be 10 at fal (5)"),
    (TEXT, "duration", {"type": "string", "enum": ["5", "10"]}, "`duration` can't be 5, 10"),
    (SCENES, "ingredients_mode", {"enum": ["precise"]}, "`ingredients_mode` can't be creative"),
    (EFFECTS, "pikaffect", {"enum": ["Melt"]}, "`pikaffect` can't be Cake-ify, Crumble"),
    (EFFECTS, "resolution", {"default": "1080p"}, "`resolution` isn't sent, so that its default"),
    (
        FRAMES,
        "transitions",
        {"items": {"properties": {"duration": {"maximum": 10}}}},
        "a transition can take 10 s at most at fal",
    ),
]


@pytest.mark.parametrize(("endpoint", "name", "rules", "detail"), INPUTS)
async def test_a_value_that_is_no_longer_allowed(
    folder: Folder,
    fal: FalServer,
    endpoint: str,
    name: str,
    rules: dict[str, object],
    detail: str,
) -> None:
    fal.shown_inputs[endpoint] = changed_input(endpoint, name, **rules)
    found = await checks(folder, fal, 1)
    (model,) = wrong(found)
    assert found[model]["detail"].startswith(detail)
    assert found[model]["fix"]


async def test_what_is_new_at_fal(folder: Folder, fal: FalServer) -> None:
    schema = changed_input(TEXT, "audio", type="boolean", default=True)
    resolution: JsonObject = {"enum": ["480p", "720p", "1080p"], "default": "720p"}
    cast("JsonObject", schema["properties"])["resolution"] = {
        "anyOf": [resolution, {"type": "null"}]
    }
    fal.shown_inputs[TEXT] = schema
    swaps = deepcopy(ENDPOINTS[SWAPS].schema)
    swaps["required"] = ["video_url", "image_url"]
    del cast("JsonObject", swaps["properties"])["modify_region"]
    fal.shown_inputs[SWAPS] = swaps
    fal.shown_inputs[TURBO] = {"$ref": "#/components/schemas/Missing"}
    found = await checks(folder, fal, 1)
    assert wrong(found) == ["pika-2-swaps"]
    assert found["pika-2-swaps"]["detail"].startswith(
        "fal has no `modify_region`; fal demands `image_url`, which isn't always sent; active"
    )
    text = found["pika-2.2-text"]["detail"]
    assert "fal also takes `audio`, which isn't sent: does it change the price?" in text
    assert "fal also has `resolution` 480p" in text
    assert "fal shows no schema" in found["pika-2-turbo-text"]["detail"]


# Trouble


async def test_fal_cant_be_asked(folder: Folder, fal: FalServer) -> None:
    ended = await run(folder, fal, PIKA_FAL__API_URL="http://127.0.0.1:1")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout == (
        "✗ fal — can't be asked (/v1/models failed: ConnectError)\n"
        "    → check that this machine reaches http://127.0.0.1:1\n"
    )
    quick = {"PIKA_FAL__TIMEOUT_SECONDS": "0.3"}
    for action, why in (
        (Answer(503), "/v1/models answered HTTP 503"),
        (proxy_page(200), "/v1/models answered something unreadable"),
        (Delay(2), "/v1/models failed: ReadTimeout"),
    ):
        fal.arm(Fault("platform", action))
        found = await checks(folder, fal, 1, **(quick if isinstance(action, Delay) else {}))
        assert found["fal"]["detail"] == f"can't be asked ({why})"


async def test_fal_refuses_the_key(folder: Folder, fal: FalServer) -> None:
    found = await checks(folder, fal, 1, FAL_KEY="not-the-key")
    assert found["fal"]["detail"] == "refuses FAL_KEY"
    assert "fal.ai/dashboard/keys" in (found["fal"]["fix"] or "")


async def test_fal_asks_for_fewer_requests(folder: Folder, fal: FalServer) -> None:
    fal.arm(Fault("platform", Answer(429, headers={"Retry-After": "0"}), times=4))
    assert len(await checks(folder, fal)) == 11
    fal.arm(Fault("platform", Answer(429, headers={"Retry-After": "0"}), times=5))
    assert "HTTP 429" in (await checks(folder, fal, 1))["fal"]["detail"]
