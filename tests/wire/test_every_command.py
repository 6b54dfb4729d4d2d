"""Every model over its command: what fal gets of it, and what comes back."""

from pathlib import Path

import pytest

from sandbox.fal import Post
from sandbox.fal.errors import Json
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.films import decode, near, seconds
from tests.wire.playing import answer, ask, delivered, jobs, ledger, playing, restart, told, videos
from tests.wire.several import BLUE, GREEN, RED, Colour, card, colour_of, holiday, moving, pika


@pytest.fixture
def renderer(smooth_renderer: Renderer) -> Renderer:
    return smooth_renderer


PIKA = "fal-ai/pika/"
SAFETY = "Suitable for all ages"


def only_post(stage: Stage, endpoint: str) -> Post:
    (post,) = stage.fal.posts
    assert post.endpoint == PIKA + endpoint
    assert SAFETY in str(post.arguments["prompt"])
    return post


def uploaded(stage: Stage, urls: Json) -> list[Colour]:
    """Return the colours of the pictures that fal holds under these addresses."""
    assert isinstance(urls, list)
    return [colour_of(stage.fal.uploads[str(url)].data) for url in urls]


def alike(seen: list[Colour], wanted: list[Colour]) -> bool:
    pairs = zip(seen, wanted, strict=True)
    return all(abs(a - b) < 12 for one, two in pairs for a, b in zip(one, two, strict=True))


def show(data: bytes, moments: dict[int, Colour]) -> None:
    """Assert that the frames with these numbers are of these colours in the middle."""
    frames = decode(data)
    width, height = frames[0].size
    for number, colour in moments.items():
        assert near(frames[number], (width // 2, height // 2), colour), number


async def test_scenes_keep_the_order_of_their_pictures(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        pictures = {"image1": card(BLUE), "image2": card(RED), "image3": card(GREEN)}
        await pika(stage, "scenes", prompt="they meet", ingredients_mode="creative", **pictures)
        (message,) = await delivered(stage)
        arguments = only_post(stage, "v2.2/pikascenes").arguments
        assert arguments.keys() == {
            *("prompt", "negative_prompt", "image_urls", "resolution", "duration"),
            *("aspect_ratio", "ingredients_mode", "seed"),
        }
        assert arguments["resolution"] == "720p"
        assert arguments["ingredients_mode"] == "creative"
        assert alike(uploaded(stage, arguments["image_urls"]), [BLUE, RED, GREEN])
        show(message.attachments[0].data, {20: BLUE, 60: RED, 100: GREEN})
        assert "Pikascenes 2.2 · 16:9 · 720p · 5 s · $0.20" in message.content


async def test_frames_pass_through_their_pictures_in_time(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        pictures = {"image1": card(BLUE), "image2": card(RED), "image3": card(GREEN)}
        transitions = "5 | it dawns\n3 | it\u200b rains"
        await pika(stage, "frames", transitions=transitions, **pictures)
        (message,) = await delivered(stage)
        arguments = only_post(stage, "v2.2/pikaframes").arguments
        assert arguments.keys() == {
            *("prompt", "negative_prompt", "image_urls", "resolution", "transitions", "seed")
        }
        assert arguments["resolution"] == "720p"
        assert alike(uploaded(stage, arguments["image_urls"]), [BLUE, RED, GREEN])
        steps = arguments["transitions"]
        assert isinstance(steps, list)
        told_fal = [step for step in steps if isinstance(step, dict)]
        assert [step["duration"] for step in told_fal] == [5, 3]
        prompts = [str(step["prompt"]) for step in told_fal]
        assert [prompt.split("\n")[0] for prompt in prompts] == ["it dawns", "it rains"]
        assert all(SAFETY in prompt for prompt in prompts)
        video = message.attachments[0]
        assert seconds(video.data) == 8
        assert video.description == "An 8-second video: it dawns → it rains"
        show(video.data, {0: BLUE, 120: RED, 190: GREEN})
        assert "Pikaframes 2.2 · 720p · 8 s · about $0.32" in message.content
        assert [row["spent"] for row in await ledger(stage)] == [0, 320_000]
        ada = stage.discord.members["Ada"]
        details = answer(await stage.discord.click(ada, message, "Details"))
        assert "**transitions 2, 3 s** `it rains`" in details


async def test_effects(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        refused = await pika(stage, "effect", image=card(RED), effect="Sing")
        assert answer(refused).startswith("Please pick `effect` with Pikaffects 1.5 from `Cake-ify")
        await pika(stage, "effect", image=card(RED), effect="Melt")
        (message,) = await delivered(stage)
        arguments = only_post(stage, "v1.5/pikaffects").arguments
        assert arguments.keys() == {"prompt", "negative_prompt", "image_url", "pikaffect", "seed"}
        assert arguments["pikaffect"] == "Melt"
        assert message.content.startswith("> `Melt`\n")
        assert "Pikaffects 1.5 · $0.465 · #1" in message.content


async def test_swaps_by_words_and_by_picture(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        video = holiday(tmp_path)
        refused = await pika(stage, "swap", video=video, modify_region="the dog")
        assert "say in `prompt` what to put there" in answer(refused)
        await pika(stage, "swap", video=video, prompt="a dragon", modify_region="the dog")
        await pika(stage, "swap", video=video, image=card(BLUE))
        await delivered(stage, 2)
        # Two are on their way to fal at a time.
        sent = [post.arguments for post in stage.fal.posts]
        first, second = sorted(sent, key=lambda arguments: "image_url" in arguments)
        assert {post.endpoint for post in stage.fal.posts} == {f"{PIKA}v2/pikaswaps"}
        common = {"prompt", "negative_prompt", "video_url", "seed"}
        assert first.keys() == common | {"modify_region"}
        assert first["modify_region"] == "the dog"
        assert second.keys() == common | {"image_url"}
        assert alike(uploaded(stage, [second["image_url"]]), [BLUE])
        for message in videos(stage):
            show(message.attachments[0].data, {0: GREEN})


async def test_additions(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        await pika(stage, "add", video=holiday(tmp_path), image=card(RED))
        (message,) = await delivered(stage)
        arguments = only_post(stage, "v2/pikadditions").arguments
        assert arguments.keys() == {"prompt", "negative_prompt", "video_url", "image_url", "seed"}
        assert message.content.startswith("> `the picture, added`\n")
        assert "Pikadditions 2 · $0.465" in message.content


@pytest.mark.parametrize(
    ("model", "endpoint"),
    [
        ("Draft", "v2/turbo/text-to-video"),
        ("Pika 2 Turbo", "v2/turbo/text-to-video"),
        ("pika-2.1-text", "v2.1/text-to-video"),
        (" pika 2.2 ", "v2.2/text-to-video"),
    ],
)
async def test_a_model_by_its_name(
    tmp_path: Path, renderer: Renderer, model: str, endpoint: str
) -> None:
    async with playing(tmp_path, renderer) as stage:
        await ask(stage, model=model, resolution="720p")
        await delivered(stage)
        arguments = only_post(stage, endpoint).arguments
        assert (arguments["resolution"], arguments["duration"]) == ("720p", 5)


async def test_a_member_keeps_defaults(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        refused = await pika(stage, "settings", style="Baroque")
        assert answer(refused).startswith("Please pick `style` from the list: ")
        await pika(stage, "settings", style="Noir", aspect_ratio="1:1", model="Pika 2.1")
        kept = answer(await pika(stage, "settings", camera="Orbit"))
        assert [line.split(" ")[0] for line in kept.split("\n")[1:]] == [
            *("**style**", "**camera**", "**aspect_ratio**", "**model**")
        ]
        await restart(stage)
        await ask(stage, "a fox")
        await ask(stage, "a hare", style="Clay", model="Pika 2.2")
        await ask(stage, "an owl", who="Ben")
        # A picture has its own shape: of the defaults, what it can't have is left out.
        await pika(stage, "image", image=card(RED), prompt="it glows")
        await delivered(stage, 4)
        sent = {str(post.arguments["prompt"]).split("\n")[1]: post for post in stage.fal.posts}
        fox, hare, glow = sent["a fox"], sent["a hare"], sent["it glows"]
        assert fox.endpoint == f"{PIKA}v2.1/text-to-video"
        assert fox.arguments["aspect_ratio"] == hare.arguments["aspect_ratio"] == "1:1"
        assert str(fox.arguments["prompt"]).startswith("Black and white film noir")
        assert "Camera orbits" in str(fox.arguments["prompt"])
        assert hare.endpoint == f"{PIKA}v2.2/text-to-video"
        assert str(hare.arguments["prompt"]).startswith("Claymation")
        assert glow.endpoint == f"{PIKA}v2.1/image-to-video"
        assert "aspect_ratio" not in glow.arguments
        owl = next(post for post in stage.fal.posts if "an owl" in str(post.arguments["prompt"]))
        assert owl.endpoint == f"{PIKA}v2.2/text-to-video"
        assert str(owl.arguments["prompt"]).startswith("an owl")
        forgotten = answer(await pika(stage, "settings", reset=True, motion="Subtle"))
        assert forgotten.split("\n")[1:] == ["**motion** `Subtle`"]


async def test_models_say_what_they_cost_here(tmp_path: Path, renderer: Renderer) -> None:
    catalogue = tmp_path / "models.toml"
    shipped = (Path(__file__).parents[2] / "models.toml").read_text()
    off = 'key = "pika-2.1-text"\nenabled = false'
    catalogue.write_text(shipped.replace('key = "pika-2.1-text"', off).replace("0.465", "0.50"))
    settings = {"PIKA_MODELS__PATH": str(catalogue), "PIKA_QUOTA__VIDEOS_PER_DAY": "3"}
    async with playing(tmp_path, renderer, settings) as stage:
        text = answer(await pika(stage, "models"))
        sections = dict(part.split("**\n", 1) for part in text.split("**/pika ")[1:])
        assert sections["text"].split("\n") == [
            "- Pika 2.2: 720p 5 s $0.20, 1080p 5 s $0.45, 720p 10 s about $0.40, 1080p 10 s about $0.90",
            "- Pika 2 Turbo (Draft): about $0.20",
            "",
        ]
        assert sections["effect"] == "- Pikaffects 1.5: $0.50\n"
        assert "0 of 3" in text
        refused = answer(await ask(stage, model="Pika 2.1"))
        assert refused.startswith("Please pick `model` from `Pika 2.2`, `Pika 2 Turbo`, `Draft`.")
        assert await jobs(stage) == []


async def test_of_an_animated_picture_the_first_frame_is_taken_and_that_is_said(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        image = moving(RED, BLUE)
        await pika(stage, "image", image=image, prompt="it glows")
        said = await told(stage, "first frame")
        assert said.ephemeral
        await delivered(stage)
        assert alike(uploaded(stage, [stage.fal.posts[0].arguments["image_url"]]), [RED])
