"""*Apps → Animate* on whatever a message holds."""

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageColor

from sandbox.discord import Drop, Fault, File, Invocation, Message, StickerFormat
from sandbox.discord.wire import Json, as_object, as_objects, as_text
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.films import near
from tests.wire.playing import answer, delivered, four_colours, jobs, playing, restart, told
from tests.wire.several import colour_of


def picture(colour: str, kind: str = "PNG") -> File:
    buffer = BytesIO()
    Image.new("RGB", (320, 320), colour).save(buffer, kind)
    return File(f"{colour}.{kind.lower()}", buffer.getvalue())


async def posted(stage: Stage, words: str, *files: File) -> Message:
    ben, channel = stage.discord.members["Ben"], stage.discord.channels["videos"]
    return await stage.discord.post(ben, channel, words, files)


async def opened(stage: Stage, message: Message) -> Invocation:
    return await stage.discord.invoke_menu(stage.discord.members["Ada"], message, "Animate")


def labels(shown: Invocation) -> list[str]:
    return [as_text(item.get("label")) for item in _items(shown)]


def choices(shown: Invocation, name: str) -> Mapping[str, bool]:
    """Return the choices of a field, and which one is selected."""
    fields = [as_object(item["component"]) for item in _items(shown)]
    field = next(one for one in fields if one["custom_id"] == name)
    return {
        as_text(one["label"]): one.get("default") is True for one in as_objects(field["options"])
    }


def _items(shown: Invocation) -> list[Json]:
    assert shown.modal is not None
    return as_objects(shown.modal["components"])


async def test_the_form_offers_what_there_is_with_the_members_own_defaults(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await posted(stage, "look", four_colours())
        shown = await opened(stage, message)
        assert labels(shown) == [
            *("What happens in the video?", "Model", "Length", "Resolution", "Style")
        ]
        assert choices(shown, "model") == {
            "Pika 2.2": True,
            "Pika 2.1": False,
            "Pika 2 Turbo": False,
        }
        assert choices(shown, "duration") == {"5 seconds": True, "10 seconds": False}
        assert choices(shown, "resolution") == {"720p": True, "1080p": False}
        assert choices(shown, "style")["None"]
        ada, channel = stage.discord.members["Ada"], stage.discord.channels["videos"]
        own: dict[str, str | int] = {"model": "Pika 2 Turbo", "style": "Noir", "duration": 10}
        await stage.discord.invoke(ada, channel, "pika settings", own)
        shown = await opened(stage, message)
        assert choices(shown, "model")["Pika 2 Turbo"]
        # That model has none of ten seconds.
        assert choices(shown, "duration")["5 seconds"]
        assert choices(shown, "style")["Noir"]
        assert "None" not in choices(shown, "style")


async def test_what_is_picked_is_made_and_what_is_left_is_the_models_own(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await posted(stage, "look", four_colours())
        picked = {"prompt": "it melts", "duration": "10 seconds", "style": "Noir"}
        await stage.discord.submit_modal(await opened(stage, message), picked)
        await told(stage, "> `it melts`")
        left = {"prompt": "it burns", "model": "Pika 2.1"}
        await stage.discord.submit_modal(await opened(stage, message), left)
        await told(stage, "> `it burns`")
        wrong = {"prompt": "it dries", "model": "Pika 2.1", "duration": "10 seconds"}
        refused = await stage.discord.submit_modal(await opened(stage, message), wrong)
        assert answer(refused).startswith("Please pick `duration` with Pika 2.1 from `5`.")
        newer, older = await jobs(stage)
        assert (older["model"], older["seconds"]) == ("pika-2.2-image", 10)
        assert (newer["model"], newer["seconds"]) == ("pika-2.1-image", 5)


async def test_of_several_pictures_one_is_chosen(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await posted(stage, "look", picture("red"), picture("blue"))
        shown = await opened(stage, message)
        assert shown.modal is not None
        assert shown.modal["title"] == "Animate one of these pictures"
        assert labels(shown)[:2] == ["What happens in the video?", "Which picture?"]
        assert choices(shown, "picture") == {"1. red.png": True, "2. blue.png": False}
        picked = {"prompt": "it melts", "picture": "2. blue.png"}
        await stage.discord.submit_modal(shown, picked)
        await told(stage, "> `it melts`")
        await stage.fal.wait_for(lambda: bool(stage.fal.uploads))
        (upload,) = stage.fal.uploads.values()
        sent = Image.open(BytesIO(upload.data)).convert("RGB")
        assert near(sent, (160, 160), (0, 0, 255))


async def test_forwards_links_and_stickers_have_pictures_too(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord = stage.discord
        ben, channel = discord.members["Ben"], discord.channels["videos"]
        original = await discord.post(ben, discord.channels["general"], "mine", [four_colours()])
        linked = await posted(stage, "https://example.org/cat.png")
        discord.unfurl(linked, "https://example.org/cat.png", picture("teal"), large=True)
        waving = discord.add_sticker("waving", StickerFormat.PNG, picture("navy").data)
        stuck = await discord.post(ben, channel, "", stickers=[waving])
        holding = {
            "the forward": discord.forward(ben, original, channel),
            "the link": linked,
            "the sticker": stuck,
        }
        for name, message in holding.items():
            shown = await opened(stage, message)
            await discord.submit_modal(shown, {"prompt": f"{name} moves"})
            await told(stage, f"> `{name} moves`")
        lottie = discord.add_sticker("wumpus", StickerFormat.LOTTIE, b"{}")
        drawn = await discord.post(ben, channel, "", stickers=[lottie])
        refused = answer(await opened(stage, drawn))
        assert refused.startswith("That sticker is drawn by Discord's own app")
        film = await posted(stage, "", File("a.mp4", b"film", "video/mp4"))
        assert answer(await opened(stage, film)).startswith("That is a video, and I animate")
        assert len(await jobs(stage)) == 3


async def test_other_bots_galleries_emoji_and_files_without_a_type_have_pictures(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        discord, channel = stage.discord, stage.discord.channels["videos"]
        app = discord.add_app("Gallery")
        own = replace(picture("navy"), filename="own.png")
        link = "https://example.org/linked.png"
        gallery: Json = {"type": 12, "items": [{"media": {"url": link}, "description": "a sea"}]}
        file: Json = {"type": 13, "file": {"url": "attachment://own.png"}}
        small: Json = {
            "type": 9,
            "components": [{"type": 10, "content": "the price"}],
            "accessory": {"type": 11, "media": {"url": link}},
        }
        shown = discord.post_as_app(
            app,
            channel,
            files=[own],
            components=[{"type": 17, "components": [gallery, small]}, file],
            linked={link: picture("teal")},
        )
        form = await opened(stage, shown)
        assert choices(form, "picture") == {"1. a sea": True, "2. own.png": False}
        await discord.submit_modal(form, {"picture": "2. own.png", "prompt": "the navy one"})
        await told(stage, "> `the navy one`")
        await discord.submit_modal(await opened(stage, shown), {"prompt": "the teal one"})
        await told(stage, "> `the teal one`")
        photo = File("photo.jfif", four_colours().data, "")
        untyped = await posted(stage, "", photo)
        assert untyped.attachments[0].content_type is None
        await discord.submit_modal(await opened(stage, untyped), {"prompt": "the jfif"})
        await told(stage, "> `the jfif`")
        emoji = discord.add_emoji("blob", picture("gold", "WEBP").data)
        alone = await posted(stage, emoji)
        await discord.submit_modal(await opened(stage, alone), {"prompt": "the emoji"})
        await told(stage, "> `the emoji`")
        beside = answer(await opened(stage, await posted(stage, f"see {emoji}")))
        assert beside.startswith("That message has no picture attached")
        bare = discord.post_as_app(app, channel, components=[gallery])
        assert answer(await opened(stage, bare)).startswith("That message has no picture")
        await delivered(stage, 4)
        # Made of the picture that was picked: the preview shows it.
        inputs = [str(post.arguments["image_url"]) for post in stage.fal.posts]
        colours = [colour_of(stage.fal.uploads[url].data) for url in inputs]
        for colour, name in zip(
            (colours[0], colours[1], colours[3]), ("navy", "teal", "gold"), strict=True
        ):
            assert all(
                abs(a - b) < 12 for a, b in zip(colour, ImageColor.getrgb(name), strict=True)
            )


async def test_a_form_from_before_a_restart_is_answered_kindly(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        shown = await opened(stage, await posted(stage, "look", four_colours()))
        await restart(stage)
        late = await stage.discord.submit_modal(shown, {"prompt": "it melts"})
        assert answer(late).startswith("I was restarted while you were typing;")
        assert await jobs(stage) == []


async def test_a_form_is_taken_though_discords_word_of_it_got_lost(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await posted(stage, "look", four_colours())
        callback = "/interactions/{interaction}/{token}/callback"
        stage.discord.arm(Fault("POST", callback, Drop.AFTER))
        shown = await opened(stage, message)
        await stage.discord.submit_modal(shown, {"prompt": "it melts"})
        await told(stage, "> `it melts`")
