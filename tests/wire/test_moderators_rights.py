"""Who isn't a moderator gets nowhere: by no command, button, menu, modal or stale message."""

import re
from pathlib import Path

import pytest

from bot.ui.controls.moderation_controls import CONTROLS
from sandbox.discord import Answer, Fault, Invocation, Message
from sandbox.discord.components import SELECTS, find_button, kind, walk
from sandbox.discord.forms import OptionValue
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json, as_integer, as_text
from sandbox.fal import Timing
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.moderating import (
    choose,
    commands,
    fill_in,
    member,
    moderate,
    panel,
    press,
    send,
)
from tests.wire.playing import answer, ask, delivered, held, playing, told

NO = "Only this server's moderators, who may use `/pika-mod`, can do that"
OVERRIDES = "/applications/{application}/guilds/{guild}/commands/permissions"
OPENS = ("quota", "budget", "newcomers", "zone")
"""The controls that open a modal."""


def example(stage: Stage, option: Json) -> OptionValue:
    """Return something that fits an option."""
    world = stage.discord
    if choices := option.get("choices"):
        return choices[0]["value"]  # pyright: ignore[reportIndexIssue, reportUnknownVariableType]  # as synced
    examples: dict[int, OptionValue] = {
        3: "Draft" if option["name"] == "models" else "UTC",
        4: 1,
        5: True,
        6: world.members["Ben"],
        7: world.channels["videos"],
        8: world.roles["Member"],
        10: 1.5,
    }
    return examples[as_integer(option["type"])]


async def try_every_command(stage: Stage, who: str) -> list[str]:
    """Send each command, alone if it may be and with each of its options; return the answers."""
    said: list[str] = []
    for name, options in commands(stage).items():
        needed = {
            as_text(one["name"]): example(stage, one) for one in options if one.get("required")
        }
        said.append(await moderate(stage, name, who, **needed))
        for option in options:
            given = needed | {as_text(option["name"]): example(stage, option)}
            said.append(await moderate(stage, name, who, **given))
    return said


async def open_everything(stage: Stage) -> tuple[list[Message], list[Invocation]]:
    """Return messages with every control on them, and every modal, opened."""
    for videos in range(6, 18):
        await moderate(stage, "quota", videos=videos)
    paused, message = await panel(stage), await panel(stage)
    await press(stage, paused, "pause")
    page = (await press(stage, message, "changes")).response_message
    assert page is not None
    modals = [await press(stage, message, action) for action in OPENS]
    assert all(one.modal for one in modals)
    await moderate(stage, "resume")
    return [message, paused, page], modals


def controls(messages: list[Message]) -> list[tuple[Message, Json]]:
    return [
        (message, item)
        for message in messages
        for item in walk(message.components)
        if str(item.get("custom_id", "")).startswith("mod:")
    ]


async def try_every_control(
    stage: Stage, messages: list[Message], modals: list[Invocation]
) -> list[str]:
    """Press, choose and send all that there is; return the answers."""
    tried: set[str] = set()
    said: list[str] = []
    for message, item in controls(messages):
        custom_id = as_text(item["custom_id"])
        tried.add(custom_id.split(":")[1])
        mo = member(stage, "Mo")
        if kind(item) in SELECTS:
            done = await stage.discord.select(mo, message, custom_id, [])
        else:
            assert find_button(message.components, custom_id)
            done = await stage.discord.click(mo, message, custom_id)
        assert done.modal is None, custom_id
        said.append(answer(done))
    assert tried == set(CONTROLS), "a control isn't tried"
    said += [answer(await stage.discord.submit_modal(modal, {})) for modal in modals]
    return said


async def demote(stage: Stage, by: str) -> None:
    """Take Mo's right."""
    world, mo = stage.discord, member(stage, "Mo")
    match by:
        case "the permission itself":
            mo.roles.remove(world.roles["Moderator"])
        case "an override for the member":
            world.override_command("pika-mod", mo, allow=False)
        case "an override for a role":
            world.override_command("pika-mod", world.roles["Moderator"], allow=False)
        case "an override for everybody":
            world.override_command("pika-mod", world.roles["@everyone"], allow=False)
        case _:
            world.override_command("pika-mod", world.channels["general"], allow=False)


DEMOTIONS = (
    "the permission itself",
    "an override for the member",
    "an override for a role",
    "an override for everybody",
    "an override for the channel",
)


@pytest.mark.parametrize("by", DEMOTIONS)
async def test_whose_right_was_taken_gets_nowhere(
    tmp_path: Path, renderer: Renderer, by: str
) -> None:
    async with playing(tmp_path, renderer) as stage:
        messages, modals = await open_everything(stage)
        before = [message.content for message in messages]
        await demote(stage, by)
        for said in await try_every_control(stage, messages, modals):
            assert said.startswith(NO), said
        assert [message.content for message in messages] == before
        for name in commands(stage):
            with pytest.raises(ValueError, match="may not use 'pika-mod'"):
                await send(stage, name)
        assert await told_last(stage) == "this server: paused → open"


async def told_last(stage: Stage) -> str:
    """Return the newest change, as the owner sees it."""
    newest = (await moderate(stage, "audit", "Olive")).split("\n")[0]
    return re.sub(r"^.*? · ", "", newest)


async def test_where_discord_cant_be_asked_only_administrators_get_on(
    tmp_path: Path, renderer: Renderer
) -> None:
    """Discord lets these commands through, so it's the bot's own check that holds them."""
    async with playing(tmp_path, renderer) as stage:
        messages, modals = await open_everything(stage)
        # What was asked a moment ago isn't asked again, unless something is changed.
        stage.discord.override_command("pika-mod", member(stage, "Ben"), allow=False)
        stage.discord.arm(Fault("GET", OVERRIDES, Answer(403, {"code": 0, "message": "no"}), 1000))
        answers = await try_every_command(stage, "Mo")
        answers += await try_every_control(stage, messages, modals)
        for said in answers:
            assert said.startswith("Discord can't tell me right now"), said
        assert await told_last(stage) == "this server: paused → open"
        assert "→" in await moderate(stage, "quota", "Olive", videos=1)


async def test_members_dont_even_see_it(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        messages, _ = await open_everything(stage)
        ada = member(stage, "Ada")
        for name in commands(stage):
            with pytest.raises(ValueError, match="may not use 'pika-mod'"):
                await send(stage, name, "Ada")
        for message, item in controls(messages):
            if kind(item) not in SELECTS:
                with pytest.raises(ValueError, match="doesn't see"):
                    await stage.discord.click(ada, message, as_text(item["custom_id"]))


async def test_an_override_gives_the_right_to_whom_it_names(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        helpers = stage.discord.add_role("Helper", member(stage, "Ada").roles[0].permissions)
        member(stage, "Ada").roles.append(helpers)
        stage.discord.override_command("pika-mod", helpers, allow=True)
        message = await panel(stage, "Ada")
        await press(stage, message, "pause", who="Ada")
        assert "✅ this server: open → paused" in message.content
        channels = [stage.discord.channels["videos"]]
        await choose(stage, message, "channels", *channels, who="Ada")
        assert "✅ where I may be used" in message.content
        member(stage, "Ada").roles.remove(helpers)
        assert answer(await press(stage, message, "resume", who="Ada")).startswith(NO)


@pytest.mark.parametrize("allowed", [True, False])
async def test_others_videos_are_for_moderators_as_the_override_says(
    tmp_path: Path, renderer: Renderer, allowed: bool
) -> None:
    """`/pika cancel`, *Cancel* and `/pika show` ask for the same right."""
    async with playing(tmp_path, renderer, timing=Timing(run_seconds=1)) as stage:
        await ask(stage)
        await delivered(stage)
        stage.fal.timing.run_seconds = 600
        await ask(stage, "an owl")
        status = await told(stage, "an owl")
        await stage.discord.wait_for(lambda: "Rendering" in status.content)
        who = "Ben" if allowed else "Mo"
        stage.discord.override_command("pika-mod", member(stage, who), allow=allowed)
        # In other channels than where the moderators' commands may be used, too.
        if allowed:
            videos = stage.discord.channels["videos"]
            stage.discord.override_command("pika-mod", videos, allow=False)

        async def said(command: str, job: int, where: str = "videos") -> str:
            channel = stage.discord.channels[where]
            sent = await stage.discord.invoke(
                member(stage, who), channel, f"pika {command}", {"job": job}
            )
            assert sent.response_message is not None
            return sent.response_message.content

        assert ("isn't yours" in await said("cancel", 2)) is not allowed
        # Whoever sees the channel that it was made in sees it anyway.
        stage.discord.set_overwrite(
            stage.discord.channels["videos"], member(stage, who), deny=Permission.VIEW_CHANNEL
        )
        assert ("isn't yours" in await said("show", 1, "general")) is not allowed


async def test_own_videos_need_no_right(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        stage.discord.arm(Fault("GET", OVERRIDES, Answer(403, {"code": 0, "message": "no"}), 1000))
        await ask(stage)
        status = await told(stage, "a fox in the snow")
        pressed = await stage.discord.click(member(stage, "Ada"), status, "Cancel")
        assert "isn't yours" not in answer(pressed)


async def test_a_control_of_another_version_says_so(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        message = await panel(stage)
        button = find_button(message.components, "mod:pause")
        button["custom_id"] = "mod:fireworks"
        assert "open `/pika-mod settings` anew" in answer(await press(stage, message, "fireworks"))
        await fill_in(stage, message, "quota", Videos_a_day="2")
