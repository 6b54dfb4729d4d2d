"""Scenes after the first result: its buttons, a chain of shots and its film, the history."""

from collections.abc import Sequence

from sandbox.discord import Message
from sandbox.discord.components import Component, kind, walk
from sandbox.discord.wire import as_integer, as_text
from sandbox.scenes.acting import Scene, Tour
from sandbox.scenes.books import balanced
from sandbox.scenes.pictures import decode

SHOT_SECONDS = 5.0
VIDEOS_PER_DAY = "20"


def _buttons(message: Message) -> list[str]:
    items = walk(message.components)
    return [as_text(item.get("label")) for item in items if kind(item) == Component.BUTTON]


def _latest(tour: Tour) -> Message:
    """Return the video that was asked for last."""
    return tour.promises[-1].entry.messages[0]


async def _kill(tour: Tour) -> None:
    await tour.stage.bot.kill()
    await tour.until(lambda: not tour.stage.discord.bot_online)
    # Discord lets a bot identify once in five seconds.
    tour.stage.discord.advance(5)
    await tour.stage.bot.start()
    await tour.stage.discord.wait_ready()


async def first_result(tour: Tour) -> None:
    """Ada makes a video, under which there are buttons"""
    entry = await tour.command("Ada", "pika text", prompt="A red kite above a harbour", seed=7)
    await tour.promise(entry, 1280, 720)
    await tour.kept(tour.promises[-1])
    wanted = ["Again", "Edit", "HQ +$0.25", "Continue", "Details", "Delete"]
    tour.expect(_buttons(_latest(tour)) == wanted, f"it has {_buttons(_latest(tour))}")


async def again(tour: Tour) -> None:
    """Mo likes it and makes one of her own of it, with another seed"""
    entry = await tour.click("Mo", _latest(tour), "Again")
    await tour.promise(entry, 1280, 720)
    await tour.kept(tour.promises[-1])
    seeds = {as_integer(post.arguments.get("seed")) for post in tour.stage.fal.posts[-2:]}
    tour.expect(len(seeds) > 1, f"both have the seed {seeds}")


async def after_a_kill(tour: Tour) -> None:
    """The bot is killed; the buttons that stood before work, and Mo makes it larger"""
    await _kill(tour)
    entry = await tour.fill_in("Mo", _latest(tour), "Edit", {"Resolution": "1080p"})
    await tour.promise(entry, 1920, 1080)
    await tour.kept(tour.promises[-1])


async def better(tour: Tour) -> None:
    """Ben makes a draft, then has it made again in the best quality"""
    entry = await tour.command("Ben", "pika text", prompt="A kite over dunes", model="Draft")
    await tour.promise(entry, 1280, 720)
    await tour.kept(tour.promises[-1])
    video = _latest(tour)
    label = next((one for one in _buttons(video) if one.startswith("HQ")), "")
    tour.expect("+$" in label, f"the button says {label!r}")
    entry = await tour.click("Ben", video, label)
    await tour.promise(entry, 1920, 1080)
    await tour.kept(tour.promises[-1])
    tour.expect(
        not any(b.startswith("HQ") for b in _buttons(_latest(tour))), "there is a better one"
    )


async def chain(tour: Tour) -> None:
    """Ada tells a story in three shots and joins them to one film"""
    entry = await tour.command("Ada", "pika text", prompt="A paper boat on a pond")
    await tour.promise(entry, 1280, 720)
    await tour.kept(tour.promises[-1])
    for words in ("It drifts into a storm", "It lands on an island"):
        entry = await tour.fill_in("Ada", _latest(tour), "Continue", {"What happens next?": words})
        await tour.promise(entry, 1280, 720)
        await tour.kept(tour.promises[-1])
    entry = await tour.click("Ada", _latest(tour), "Join")
    film = entry.messages[0]
    await tour.until(lambda: film.attachments, 60)
    whole = decode(film.attachments[0].data)
    tour.expect(whole.seconds == 3 * SHOT_SECONDS, f"the film lasts {whole.seconds} s")
    tour.expect("A film of 3 shots" in film.content, f"the film's text is {film.content!r}")


async def history(tour: Tour) -> None:
    """Ada pages through her videos and posts one again"""
    entry = await tour.command("Ada", "pika history")
    page = entry.messages[0]
    await tour.until(lambda: page.attachments)
    tour.expect(page.ephemeral, "everybody sees Ada's history")
    show = next(one for one in _buttons(page) if one.startswith("Show"))
    entry = await tour.click("Ada", page, show)
    shown = entry.messages[0]
    await tour.until(lambda: shown.attachments)
    tour.expect("Again" in _buttons(shown), f"its buttons are {_buttons(shown)}")


async def delete(tour: Tour) -> None:
    """Ben can't delete Ada's video; Ada can"""
    video = _latest(tour)
    refused = await tour.click("Ben", video, "Delete")
    tour.expect("isn't yours" in refused.text, f"Ben is told {refused.text!r}")
    asked = await tour.click("Ada", video, "Delete")
    await tour.click("Ada", asked.messages[0], "Delete for good")
    await tour.until(lambda: not video.attachments)
    tour.expect("was deleted" in video.content, f"its message says {video.content!r}")


async def books_balance(tour: Tour) -> None:
    """The bot's books agree: the film cost nothing, and what was deleted stays counted"""
    await balanced(tour, canceled=0)


REFINING: Sequence[Scene] = (
    first_result,
    again,
    after_a_kill,
    better,
    chain,
    history,
    delete,
    books_balance,
)
