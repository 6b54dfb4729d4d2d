"""Each of fal's Pika endpoints: what it takes, what it costs, what it makes."""

# Pillow's annotations are incomplete.
# pyright: reportUnknownMemberType=false

from io import BytesIO
from typing import cast

import httpx
import pytest
from PIL import Image

from sandbox.fal import FalServer
from sandbox.fal.errors import Json, JsonObject
from sandbox.render import Renderer
from tests.films import decode, near, seconds
from tests.sandbox.fal_harness import FOX, IMAGE, TEXT, download, finish, parse, submit, upload


@pytest.fixture
def renderer(smooth_renderer: Renderer) -> Renderer:
    return smooth_renderer


pytest_plugins = ["tests.sandbox.fal_harness"]
SCENES, FRAMES = "fal-ai/pika/v2.2/pikascenes", "fal-ai/pika/v2.2/pikaframes"
OLD_TEXT, OLD_IMAGE = "fal-ai/pika/v2.1/text-to-video", "fal-ai/pika/v2.1/image-to-video"
TURBO_TEXT = "fal-ai/pika/v2/turbo/text-to-video"
TURBO_IMAGE = "fal-ai/pika/v2/turbo/image-to-video"
ADDITIONS, SWAPS = "fal-ai/pika/v2/pikadditions", "fal-ai/pika/v2/pikaswaps"
EFFECTS = "fal-ai/pika/v1.5/pikaffects"
RED, GREEN, BLUE = (230, 30, 30), (30, 200, 40), (40, 60, 220)
PICTURES: JsonObject = {"image_urls": ["a", "b", "c"]}
PICTURE: JsonObject = {"image_url": "a"}
VIDEO: JsonObject = {"video_url": "a"}

WRONG_INPUT: list[tuple[str, object, list[str | int], str]] = [
    (SCENES, FOX, ["image_urls"], "missing"),
    (SCENES, PICTURES, ["prompt"], "missing"),
    (SCENES, {**FOX, "image_urls": "a"}, ["image_urls"], "list_type"),
    (SCENES, {**FOX, "image_urls": ["a", None]}, ["image_urls", 1], "string_type"),
    (
        SCENES,
        {**FOX, **PICTURES, "ingredients_mode": "wild"},
        ["ingredients_mode"],
        "literal_error",
    ),
    (SCENES, {**FOX, **PICTURES, "duration": 7}, ["duration"], "literal_error"),
    (SCENES, {**FOX, **PICTURES, "aspect_ratio": "21:9"}, ["aspect_ratio"], "literal_error"),
    (SCENES, {**FOX, **PICTURES, "resolution": "480p"}, ["resolution"], "literal_error"),
    (FRAMES, FOX, ["image_urls"], "missing"),
    (FRAMES, {"image_urls": ["a"]}, ["image_urls"], "sequence_too_short"),
    (FRAMES, {"image_urls": ["a"] * 6}, ["image_urls"], "sequence_too_long"),
    (FRAMES, {**PICTURES, "resolution": "480p"}, ["resolution"], "literal_error"),
    (FRAMES, {**PICTURES, "transitions": {}}, ["transitions"], "list_type"),
    (FRAMES, {**PICTURES, "transitions": [{}]}, ["transitions"], "value_error"),
    (FRAMES, {**PICTURES, "transitions": [{}, {}, {}]}, ["transitions"], "value_error"),
    (
        FRAMES,
        {**PICTURES, "transitions": [{"duration": 21}, {}]},
        ["transitions"],
        "value_error",
    ),
    (
        FRAMES,
        {**PICTURES, "transitions": [{"duration": 0}, {}]},
        ["transitions", 0, "duration"],
        "greater_than_equal",
    ),
    (
        FRAMES,
        {**PICTURES, "transitions": [{}, {"duration": 26}]},
        ["transitions", 1, "duration"],
        "less_than_equal",
    ),
    (
        FRAMES,
        {**PICTURES, "transitions": [{}, {"duration": 5.0}]},
        ["transitions", 1, "duration"],
        "int_type",
    ),
    (FRAMES, {**PICTURES, "transitions": [5, {}]}, ["transitions", 0], "model_attributes_type"),
    (
        FRAMES,
        {**PICTURES, "transitions": [{"prompt": 5}, {}]},
        ["transitions", 0, "prompt"],
        "string_type",
    ),
    (OLD_TEXT, {}, ["prompt"], "missing"),
    (OLD_TEXT, {**FOX, "duration": "5"}, ["duration"], "int_type"),
    (OLD_IMAGE, FOX, ["image_url"], "missing"),
    (OLD_IMAGE, PICTURE, ["prompt"], "missing"),
    (TURBO_TEXT, {**FOX, "aspect_ratio": "4:3"}, ["aspect_ratio"], "literal_error"),
    (TURBO_IMAGE, {**FOX, **PICTURE, "resolution": "480p"}, ["resolution"], "literal_error"),
    (ADDITIONS, VIDEO, ["image_url"], "missing"),
    (ADDITIONS, PICTURE, ["video_url"], "missing"),
    (ADDITIONS, {**VIDEO, "image_url": 5}, ["image_url"], "string_type"),
    (SWAPS, PICTURE, ["video_url"], "missing"),
    (SWAPS, {**VIDEO, "modify_region": 5}, ["modify_region"], "string_type"),
    (SWAPS, {**VIDEO, "prompt": 5}, ["prompt"], "string_type"),
    (EFFECTS, {"pikaffect": "Melt"}, ["image_url"], "missing"),
    (EFFECTS, PICTURE, ["pikaffect"], "missing"),
    (EFFECTS, {**PICTURE, "pikaffect": "melt"}, ["pikaffect"], "literal_error"),
]


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (90, 60)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


async def made(
    fal: FalServer, http: httpx.AsyncClient, endpoint: str, arguments: JsonObject
) -> bytes:
    result = await finish(fal, http, await submit(http, arguments, endpoint))
    assert result.status_code == 200, result.text
    assert not fal.violations
    return (await download(result)).content


@pytest.mark.parametrize(("endpoint", "body", "place", "error_type"), WRONG_INPUT)
async def test_wrong_input_is_422(
    fal: FalServer,
    http: httpx.AsyncClient,
    endpoint: str,
    body: object,
    place: list[str | int],
    error_type: str,
) -> None:
    answer = await http.post(f"/{endpoint}", json=body)
    assert answer.status_code == 422
    (detail,) = cast("list[JsonObject]", parse(answer)["detail"])
    assert (detail["loc"], detail["type"]) == (["body", *place], error_type)
    assert not fal.requests


@pytest.mark.parametrize(
    ("endpoint", "body", "noted"),
    [
        (SCENES, {**FOX, "images": []}, "'images'"),
        (FRAMES, {"transitions": [{"seconds": 5}, {}]}, "'seconds'"),
        (FRAMES, {"aspect_ratio": "1:1"}, "'aspect_ratio'"),
    ],
)
async def test_unknown_input_is_noted(
    fal: FalServer, http: httpx.AsyncClient, endpoint: str, body: JsonObject, noted: str
) -> None:
    await submit(http, {**PICTURES, **body}, endpoint)
    (violation,) = fal.violations
    assert noted in violation


@pytest.mark.parametrize(
    ("endpoint", "arguments", "micro_usd", "units"),
    [
        (TEXT, {**FOX, "resolution": "1080p", "duration": 10}, 900_000, "22.5"),
        (IMAGE, {**FOX, **PICTURE, "resolution": "1080p"}, 450_000, "11.25"),
        # The default is the dear one.
        (SCENES, {**FOX, **PICTURES}, 450_000, "11.25"),
        (SCENES, {**FOX, **PICTURES, "resolution": "720p"}, 200_000, "5"),
        (FRAMES, PICTURES, 400_000, "10"),
        (FRAMES, {**PICTURES, "resolution": "1080p"}, 600_000, "15"),
        (FRAMES, {"image_urls": ["a", "b"], "transitions": [{"duration": 2}]}, 200_000, "5"),
        (FRAMES, {**PICTURES, "transitions": [{"duration": 7}, {}]}, 480_000, "12"),
        (OLD_TEXT, {**FOX, "duration": 8}, 400_000, "1"),
        (OLD_IMAGE, {**FOX, **PICTURE}, 400_000, "1"),
        (TURBO_TEXT, FOX, 200_000, "1"),
        (TURBO_IMAGE, {**FOX, **PICTURE}, 200_000, "1"),
        (ADDITIONS, {**VIDEO, **PICTURE}, 465_000, "1"),
        (SWAPS, VIDEO, 465_000, "1"),
        (EFFECTS, {**PICTURE, "pikaffect": "Melt"}, 465_000, "1"),
    ],
)
async def test_prices(
    fal: FalServer,
    http: httpx.AsyncClient,
    endpoint: str,
    arguments: JsonObject,
    micro_usd: int,
    units: str,
) -> None:
    files = {"a": plain(RED), "b": plain(GREEN), "c": plain(BLUE)}
    urls = {name: await upload(http, data) for name, data in files.items()}
    if "video_url" in arguments:
        arguments = {**arguments, "video_url": await video_url(fal, http)}
    if "image_url" in arguments:
        arguments = {**arguments, "image_url": urls["a"]}
    if isinstance(names := arguments.get("image_urls"), list):
        arguments = {**arguments, "image_urls": [urls[str(name)] for name in names]}
    before = fal.charged
    result = await finish(fal, http, await submit(http, arguments, endpoint))
    assert result.headers["x-fal-billable-units"] == units
    assert fal.charged - before == micro_usd


async def video_url(fal: FalServer, http: httpx.AsyncClient) -> str:
    """Return the address of a video of a red picture."""
    arguments: JsonObject = {**FOX, "image_url": await upload(http, plain(RED))}
    result = await finish(fal, http, await submit(http, arguments, OLD_IMAGE))
    return cast("dict[str, str]", parse(result)["video"])["url"]


async def test_scenes_show_each_picture_in_turn(fal: FalServer, http: httpx.AsyncClient) -> None:
    colours = [RED, GREEN, BLUE]
    urls: list[Json] = [await upload(http, plain(colour)) for colour in colours]
    arguments: JsonObject = {**FOX, "image_urls": urls, "aspect_ratio": "1:1", "duration": 5}
    film = decode(await made(fal, http, SCENES, {**arguments, "resolution": "720p"}))
    assert film[0].size == (96, 96)
    assert len(film) == 5 * 24
    for turn, colour in enumerate(colours):
        frame = film[turn * 40 + 20]
        assert near(frame, (70, 60), colour)
        # All of them in the strip at the left, all the time.
        for number, one in enumerate(colours):
            assert near(frame, (8, 8 + 15 * number), one, within=40)


async def test_frames_are_reached_in_order_and_in_time(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    urls: list[Json] = [
        await upload(http, plain(colour, size))
        for colour, size in [(RED, (60, 90)), (GREEN, (60, 90)), (BLUE, (90, 60))]
    ]
    arguments: JsonObject = {"image_urls": urls}
    transitions: list[Json] = [{"duration": 2}, {"duration": 4, "prompt": "slowly"}]
    data = await made(fal, http, FRAMES, {**arguments, "transitions": transitions})
    assert seconds(data) == 6
    film = decode(data)
    assert film[0].size == (96, 144)
    between = (35, 130, 130)
    for frame, colour in [(0, RED), (48, GREEN), (48 + 48, between), (143, BLUE)]:
        assert near(film[frame], (48, 60), colour, within=16)
    assert seconds(await made(fal, http, FRAMES, arguments)) == 10


@pytest.mark.parametrize("endpoint", [OLD_TEXT, TURBO_TEXT])
@pytest.mark.parametrize(("asked", "lasts"), [(3, 3), (7, 7), (-4, 1), (1_000_000, 30)])
async def test_older_endpoints_take_any_duration(
    fal: FalServer, http: httpx.AsyncClient, endpoint: str, asked: int, lasts: int
) -> None:
    data = await made(fal, http, endpoint, {**FOX, "duration": asked, "aspect_ratio": "2:3"})
    assert seconds(data) == lasts


async def test_an_effect_is_named_on_the_picture(fal: FalServer, http: httpx.AsyncClient) -> None:
    url = await upload(http, plain(RED))
    films = [
        decode(await made(fal, http, EFFECTS, {"image_url": url, "pikaffect": effect}))
        for effect in ("Cake-ify", "Eye-pop")
    ]
    for film in films:
        assert film[0].size == (144, 96)
        assert near(film[0], (10, 80), RED)
    middle = (40, 15, 104, 35)
    first, second = (film[0].crop(middle) for film in films)
    assert first.tobytes() != second.tobytes()
    assert max(first.convert("L").tobytes()) > 200


@pytest.mark.parametrize("endpoint", [ADDITIONS, SWAPS])
async def test_a_video_is_changed(fal: FalServer, http: httpx.AsyncClient, endpoint: str) -> None:
    video, picture = await video_url(fal, http), await upload(http, plain(BLUE))
    arguments: JsonObject = {"video_url": video, "image_url": picture, "prompt": "a bird"}
    film = decode(await made(fal, http, endpoint, arguments))
    assert film[0].size == (144, 96)
    assert near(film[0], (30, 50), RED, within=20)
    assert any(near(film[number], (100, 48), BLUE, within=16) for number in range(len(film)))
    assert not near(film[-1], (10, 20), RED)


async def test_what_a_swap_is_about_is_written_on_it(
    fal: FalServer, http: httpx.AsyncClient
) -> None:
    arguments: JsonObject = {"video_url": await video_url(fal, http)}
    plainly = decode(await made(fal, http, SWAPS, arguments))
    told = decode(await made(fal, http, SWAPS, {**arguments, "modify_region": "the hat"}))
    assert plainly[0].tobytes() != told[0].tobytes()


@pytest.mark.parametrize(
    ("endpoint", "broken", "place", "error_type"),
    [
        (SCENES, "image_urls", ["image_urls", 1], "image_load_error"),
        (FRAMES, "image_urls", ["image_urls", 1], "image_load_error"),
        (EFFECTS, "image_url", ["image_url"], "image_load_error"),
        (ADDITIONS, "video_url", ["video_url"], "unsupported_video_format"),
    ],
)
async def test_broken_files_fail_the_job(
    fal: FalServer,
    http: httpx.AsyncClient,
    endpoint: str,
    broken: str,
    place: list[str | int],
    error_type: str,
) -> None:
    fine, bad = await upload(http, plain(RED)), await upload(http, b"#EXTM3U\nhttp://10.0.0.1/")
    arguments: JsonObject = {
        "image_url": {"image_url": fine, "pikaffect": "Melt"},
        "image_urls": {"prompt": "a fox", "image_urls": [fine, bad]},
        "video_url": {"video_url": bad, "image_url": fine},
    }
    given = cast("JsonObject", arguments[broken])
    if broken == "image_url":
        given = {**given, "image_url": bad}
    result = await finish(fal, http, await submit(http, given, endpoint))
    assert result.status_code == 422
    (detail,) = cast("list[JsonObject]", parse(result)["detail"])
    assert (detail["loc"], detail["type"]) == (["body", *place], error_type)
    assert detail["input"] == bad


async def test_one_of_many_pictures_may_be_missing(fal: FalServer, http: httpx.AsyncClient) -> None:
    urls: list[Json] = [await upload(http, plain(RED)), "https://cdn.discordapp.com/x.png"]
    arguments: JsonObject = {**FOX, "image_urls": urls}
    result = await finish(fal, http, await submit(http, arguments, SCENES))
    (detail,) = cast("list[JsonObject]", parse(result)["detail"])
    assert (detail["loc"], detail["type"]) == (["body", "image_urls", 1], "file_download_error")
