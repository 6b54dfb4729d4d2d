"""Custom ids that Discord wouldn't send: each number in one is a wish; row and presser decide."""

from functools import partial
from pathlib import Path
from typing import cast

import aiohttp

from sandbox.discord import Invocation, Message
from sandbox.discord.components import walk
from sandbox.discord.wire import as_integer, as_object, as_text, decode
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import ask, delivered, jobs, playing

BUTTON, ROW = 2, 1
ELSEWHERE = "This works only in the server that it is from"


async def post(stage: Stage, path: str, body: dict[str, object]) -> int:
    """Send a request as the bot; return the id of what it made."""
    async with aiohttp.ClientSession() as session:
        reply = await session.post(
            f"{stage.discord.api_url}{path}",
            json=body,
            headers={"Authorization": f"Bot {stage.discord.token}"},
        )
        return as_integer(as_object(decode(await reply.text())).get("id"))


def with_buttons(*custom_ids: str) -> dict[str, object]:
    items = [
        {"type": BUTTON, "style": 2, "label": custom_id[:20], "custom_id": custom_id}
        for custom_id in custom_ids
    ]
    return {"content": "forged", "components": [{"type": ROW, "components": items}]}


async def forged(stage: Stage, *custom_ids: str) -> Message:
    """Post a message of the bot with these buttons in #videos."""
    channel, ada = stage.discord.channels["videos"], stage.discord.members["Ada"]
    made = await post(stage, f"/channels/{channel.id}/messages", with_buttons(*custom_ids))
    return next(one for one in stage.discord.visible(ada, channel) if one.id == made)


def reference_of(message: Message) -> str:
    """Return how a finished video's buttons refer to its job."""
    ids = [
        str(cast("str", item["custom_id"]))
        for item in walk(message.components)
        if "custom_id" in item
    ]
    return ids[0].split(":")[1]


def answered(pressed: Invocation, words: str) -> bool:
    messages = [pressed.response_message, *pressed.followups]
    return any(words in message.content for message in messages if message is not None)


async def test_presses_in_direct_messages_are_answered(tmp_path: Path, renderer: Renderer) -> None:
    async with playing(tmp_path, renderer) as stage:
        await ask(stage)
        (video,) = await delivered(stage)
        ada, reference = stage.discord.members["Ada"], reference_of(video)
        opened = await post(stage, "/users/@me/channels", {"recipient_id": str(ada.id)})
        of_jobs = [f"job:{reference}:{action}" for action in ("details", "again", "edit", "delete")]
        others = ["job:1:cancel", "offer:1:agree", "history:older:1", "mod:pause"]
        for custom_ids in (of_jobs, others):
            await post(stage, f"/channels/{opened}/messages", with_buttons(*custom_ids))
            message = stage.discord.direct_messages(ada)[-1]
            for custom_id in custom_ids:
                pressed = await stage.discord.click(ada, message, custom_id)
                await stage.discord.wait_for(partial(answered, pressed, ELSEWHERE))
        assert len(stage.fal.posts) == 1


async def test_a_forged_deletion_erases_no_other_message(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        await ask(stage)
        (own,) = await delivered(stage)
        await ask(stage, "an owl", who="Ben")
        await delivered(stage, 2)
        other = next(
            one
            for one in stage.discord.visible(
                stage.discord.members["Ben"], stage.discord.channels["videos"]
            )
            if one.attachments and one is not own
        )
        custom_id = f"job:{reference_of(own)}:delete:{other.id}"
        message = await forged(stage, custom_id)
        await stage.discord.click(stage.discord.members["Ada"], message, custom_id)
        await stage.discord.wait_for(lambda: "deleted** by its maker" in own.content)
        assert [row["status"] for row in await jobs(stage)] == ["delivered", "delivered"]
        assert other.attachments
        assert "owl" in other.content


async def test_a_forged_press_changes_no_message_of_another_member(
    tmp_path: Path, renderer: Renderer
) -> None:
    settings = {"PIKA_QUOTA__VIDEOS_PER_DAY": "20"}
    async with playing(tmp_path, renderer, settings) as stage:
        discord = stage.discord
        eve, videos = discord.add_member("Eve"), discord.channels["videos"]
        await ask(stage)
        (adas,) = await delivered(stage)
        await ask(stage, "an owl", who="Eve")
        await delivered(stage, 2)
        own = next(one for one in discord.visible(eve, videos) if "owl" in one.content)
        reference = reference_of(own)
        asked = await discord.invoke(
            eve, videos, "pika text", {"prompt": "dear", "resolution": "1080p", "duration": 10}
        )
        assert asked.response_message is not None
        ids = [as_text(one.get("custom_id")) for one in walk(asked.response_message.components)]
        agree = next(one for one in ids if one.endswith(":agree"))

        shown = looks(adas)
        for custom_id, answer in (
            ("offer:5:decline", "no longer open"),
            ("history:older:99", "Your finished videos"),
            (agree, "✅ Agreed."),
            (f"job:{reference}:delete:{adas.id}", "was deleted"),
        ):
            pressed = await discord.click(eve, adas, custom_id, forged=True)
            await discord.wait_for(partial(answered, pressed, answer))
            assert pressed.response_message is not None
            assert pressed.response_message.ephemeral
            assert looks(adas) == shown, custom_id
        # What was lawful was done.
        assert own.attachments == []
        await discord.wait_for(lambda: len(stage.fal.posts) == 3)


def looks(message: Message) -> tuple[str, list[str], list[str]]:
    """Return what everybody sees of a message: its text, its files, its buttons."""
    buttons = [as_text(one.get("custom_id")) for one in walk(message.components)]
    return message.content, [file.filename for file in message.attachments], buttons
