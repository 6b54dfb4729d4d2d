"""Whatever Discord's gateway sends, the bot goes on."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

import pytest
from discord.state import ConnectionState

from sandbox.discord import Invocation, Message, WorldPlan
from sandbox.discord.clock import Clock, Snowflakes
from sandbox.discord.event_changes import FieldPath, changed, without
from sandbox.discord.event_examples import examples
from sandbox.discord.forms import OptionValue
from sandbox.discord.guilds import Channel
from sandbox.discord.permissions import BOT_PERMISSIONS
from sandbox.discord.wire import Json
from sandbox.discord.world import World
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.moderating import moderate, panel
from tests.wire.odd_payloads import odd
from tests.wire.playing import (
    answer,
    ask,
    delivered,
    four_colours,
    held,
    let_go,
    logged,
    playing,
    quota,
    told,
)
from tests.wire.test_mentions import post

T = TypeVar("T")
Use: TypeAlias = Callable[[], Awaitable[Invocation]]
IDENTIFY = 2
UNREADABLE = re.compile(r"Discord's event (\w+) can't be read")
LEFT_OUT = "Discord left out a part of that which I need, so I did nothing"
# Without one of these, nobody could answer an interaction.
ANSWERED_BY = {"id", "token", "type"}
# Without one of these there is no session: the connection is made anew.
SESSION = [("session_id",), ("resume_gateway_url",), ("guilds",), ("guilds", 0, "id")]


async def goes_on(stage: Stage) -> None:
    """Have a command answered, which is read after all events before."""
    assert "videos" in await quota(stage)
    assert stage.bot.process.returncode is None


def unreadable(stage: Stage) -> Counter[str]:
    """Return the number of log lines by the kind of event that couldn't be read."""
    return Counter(UNREADABLE.findall(stage.bot.log()))


async def unknown_thread(stage: Stage) -> Channel:
    """Start a thread of which the bot isn't told in a way that it understands."""
    stage.discord.change_events("THREAD_CREATE", without("guild_id"))
    return stage.discord.add_thread(stage.discord.channels["videos"], "foxes")


async def test_a_command_in_an_unknown_thread_without_its_count_makes_a_video(
    tmp_path: Path, renderer: Renderer
) -> None:
    """Discord left such a field out once: https://github.com/Rapptz/discord.py/issues/2429."""
    async with playing(tmp_path, renderer) as stage:
        ada, thread = stage.discord.members["Ada"], await unknown_thread(stage)
        for missing in ("message_count", "parent_id"):
            stage.discord.change_events("INTERACTION_CREATE", without("channel", missing))
            asked = await stage.discord.invoke(ada, thread, "pika text", {"prompt": "a fox"})
            if missing == "message_count":
                await stage.discord.wait_for(
                    lambda: [m for m in stage.discord.visible(ada, thread) if m.attachments], 60
                )
        assert answer(asked).startswith(LEFT_OUT)
        assert "Nothing was charged" in answer(asked)
        assert len(stage.fal.posts) == 1
        assert unreadable(stage) == {"THREAD_CREATE": 1, "INTERACTION_CREATE": 1}
        assert stage.discord.gateway_ops.count(IDENTIFY) == 1
        await goes_on(stage)


async def test_a_server_that_cannot_be_read_whole_is_served(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        thread = stage.discord.add_thread(stage.discord.channels["videos"], "foxes")
        assert await stage.bot.stop() == 0
        stage.discord.change_events(
            "GUILD_CREATE",
            lambda payload: without("threads", 0, "message_count")(
                {**payload, **odd_parts(payload)}
            ),
        )
        stage.discord.change_events("READY", without("user", "username"))
        stage.discord.advance(5)
        await stage.bot.start()
        await stage.discord.wait_ready()
        await ask(stage)
        (video,) = await delivered(stage)
        await stage.discord.click(stage.discord.members["Ben"], video, "Details")
        assert unreadable(stage) == {"READY": 1, "GUILD_CREATE": 1}
        await stage.discord.invoke(
            stage.discord.members["Ada"], thread, "pika text", {"prompt": "a fox"}
        )
        await goes_on(stage)


def odd_parts(payload: Json) -> Json:
    """Return a server's payload with a role and a channel that can't be read."""
    roles, channels = payload["roles"], payload["channels"]
    assert isinstance(roles, list)
    assert isinstance(channels, list)
    return {"roles": [*roles, {"id": "1"}], "channels": [{"type": 0}, *channels], "afk_timeout": {}}


@pytest.mark.parametrize("missing", [SESSION[:2], SESSION[2:]])
async def test_a_session_that_cannot_be_read_is_opened_anew(
    tmp_path: Path, renderer: Renderer, missing: list[FieldPath]
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        stage.discord.identify_limit.enabled = False
        await ask(stage)
        await told(stage, "**Rendering**")
        stage.discord.change_events("READY", *(without(*path) for path in missing))
        await stage.discord.drop_gateway(forget=True)
        await stage.discord.wait_for(lambda: not stage.discord.changes_left)
        let_go(stage)
        await delivered(stage)
        await stage.discord.wait_for(
            lambda: stage.discord.gateway_ops.count(IDENTIFY) == 4 and stage.discord.bot_online, 30
        )
        await goes_on(stage)


async def test_frames_that_are_no_events(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        stage.discord.identify_limit.enabled = False
        for _ in range(3):
            stage.discord.send_raw('{"op": 99, "d": null}')
            stage.discord.send_raw('{"op": null}')
            stage.discord.send_raw('{"op": 0, "t": "SOMETHING_NEW", "s": null, "d": null}')
        await goes_on(stage)
        assert stage.bot.log().count("Unknown OP code") == 1
        assert stage.discord.gateway_ops.count(IDENTIFY) == 1
        broken: list[str | bytes] = ["no JSON", b"no zlib\x00\x00\xff\xff"]
        for count, frame in enumerate(broken, start=2):
            stage.discord.send_raw(frame)
            await stage.discord.wait_for(
                lambda count=count: (
                    stage.discord.gateway_ops.count(IDENTIFY) == count and stage.discord.bot_online
                ),
                30,
            )
            await goes_on(stage)
        assert "can't connect (JSONDecodeError at json/decoder.py:" in stage.bot.log()


async def test_a_connection_that_discord_ends_for_good_is_made_anew(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, timing=held()) as stage:
        stage.discord.identify_limit.enabled = False
        await ask(stage)
        await told(stage, "**Rendering**")
        await stage.discord.drop_gateway(forget=True, code=4013)
        await logged(stage, "can't connect (closed with 4013)")
        let_go(stage)
        await delivered(stage)
        await stage.discord.wait_for(
            lambda: stage.discord.gateway_ops.count(IDENTIFY) == 2 and stage.discord.bot_online, 60
        )
        await goes_on(stage)


async def test_every_field_of_every_event_may_be_missing(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        stage.discord.rate_limits.enabled = False
        count = 0
        for kind, payload in stage.discord.example_events().items():
            for path, change in odd(payload):
                if kind == "READY" and path in [*SESSION, ("guilds", 0)]:
                    continue
                stage.discord.send_event(kind, changed(payload, change))
                count += 1
            # As Discord would sooner or later, it says again how the server is.
            whole = stage.discord.example_events()["GUILD_CREATE"]
            stage.discord.send_event("GUILD_CREATE", whole)
            await goes_on(stage)
        assert count > 2000
        assert stage.discord.gateway_ops.count(IDENTIFY) == 1
        assert max(unreadable(stage).values()) == 1
        log = stage.bot.log()
        assert log.count("\n") < 300, log


def test_there_is_an_example_of_every_event_that_discord_py_knows() -> None:
    known = {name[6:].upper() for name in dir(ConnectionState) if name.startswith("parse_")}
    world = World(clock := Clock(), Snowflakes(clock), WorldPlan(), BOT_PERMISSIONS)
    # An interaction is sent by a member's hand.
    assert set(examples(world, "ws://127.0.0.1:1")) == known - {"INTERACTION_CREATE"}


async def test_every_field_of_every_interaction_may_be_missing(
    tmp_path: Path, renderer: Renderer
) -> None:
    """Each kind of them is answered, as far as Discord says which one it is."""
    async with playing(tmp_path, renderer) as stage:
        stage.discord.patience = 30
        await ask(stage)
        (video,) = await delivered(stage)
        picture = await post(stage, "look", [four_colours()], named=False)
        animate = partial(stage.discord.invoke_menu, stage.discord.members["Ada"], picture)
        opened = await animate("Animate")
        count = await use_oddly(stage, partial(animate, "Animate", wait=False))
        # What can be read makes nothing.
        await moderate(stage, "pause")
        for use in uses(stage, video, await panel(stage), opened):
            count += await use_oddly(stage, use)
        await goes_on(stage)
        assert count > 500
        assert len(stage.fal.posts) == 1
        assert stage.discord.gateway_ops.count(IDENTIFY) == 1
        assert unreadable(stage) == {"INTERACTION_CREATE": 1}


def uses(stage: Stage, video: Message, settings: Message, opened: Invocation) -> list[Use]:
    """Return a use of each kind of interaction; `opened` has opened a modal."""
    server, ada, mo = stage.discord, stage.discord.members["Ada"], stage.discord.members["Mo"]
    options: dict[str, OptionValue] = {"image": four_colours(8, 8), "prompt": "it moves"}
    words = {"What happens in the video?": "it moves"}

    async def complete() -> Invocation:
        return server.type_in(ada, video.channel, "pika cancel", {}, focused="job")

    return [
        complete,
        partial(server.invoke, ada, video.channel, "pika image", options, wait=False),
        partial(server.click, ada, video, "Details", wait=False),
        partial(server.select, mo, settings, "mod:channels", [video.channel], wait=False),
        partial(server.submit_modal, opened, words, wait=False),
    ]


async def recorded(stage: Stage, event: str, act: Callable[[], Awaitable[T]]) -> tuple[Json, T]:
    """Return the payload of the event that somebody's act brings, and what came of the act."""
    sent: list[Json] = []

    def record(payload: Json) -> Json:
        sent.append(payload)
        return payload

    stage.discord.change_events(event, record)
    outcome = await act()
    await goes_on(stage)
    return sent[0], outcome


async def use_oddly(stage: Stage, use: Use) -> int:
    """Use the bot once for each field of the payload, without that field or with it spoiled.

    Return the number of uses.
    """
    payload, whole = await recorded(stage, "INTERACTION_CREATE", use)
    await whole.acknowledged()
    assert whole.response_message is None or LEFT_OUT not in whole.response_message.content
    used: list[tuple[FieldPath, Invocation]] = []
    for path, change in odd(payload):
        stage.discord.change_events("INTERACTION_CREATE", change)
        used.append((path, await use()))
    await goes_on(stage)
    answerable = [(path, one) for path, one in used if path[0] not in ANSWERED_BY]
    with suppress(TimeoutError):
        await stage.discord.wait_for(
            lambda: all(one.acknowledged_at is not None for _, one in answerable), 10
        )
    assert [path for path, one in answerable if one.acknowledged_at is None] == []
    return len(used)


async def test_every_field_of_a_mention_may_be_missing(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        await ask(stage)
        (video,) = await delivered(stage)
        await moderate(stage, "pause")
        count = 0
        for mention in (
            partial(post, stage, "it moves", [four_colours(8, 8)]),
            partial(post, stage, "it moves", reply_to=video),
        ):
            payload, _ = await recorded(stage, "MESSAGE_CREATE", mention)
            for _, change in odd(payload):
                stage.discord.change_events("MESSAGE_CREATE", change)
                await mention()
                count += 1
        await goes_on(stage)
        assert count > 200
        assert len(stage.fal.posts) == 1
        assert stage.discord.gateway_ops.count(IDENTIFY) == 1
        assert unreadable(stage) == {"MESSAGE_CREATE": 1}
