"""simcord judges the buttons of finished videos, as far as it can: see `test_simcord`."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import simcord

from sandbox.discord.wire import Json, as_object, as_objects, as_text
from tests.judge.simcord_harness import GUILD, Program, judging, private, said, working


@dataclass
class Finished:
    """Ada's video, which took all of her quota; nobody works on anything any more."""

    env: simcord.Env
    channel: simcord.ChannelHandle
    ada: simcord.MemberActor
    ben: simcord.MemberActor
    shown: simcord.InteractionResult

    async def click(
        self, who: simcord.MemberActor, label: str, on: simcord.InteractionResult | None = None
    ) -> simcord.InteractionResult:
        response = (on or self.shown).response
        assert response is not None
        return await who.click(response.message, label=label)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # simcord has no event to wait for


@asynccontextmanager
async def finished(program: Program) -> AsyncGenerator[Finished]:
    async with program.started() as (bot, dispatcher), judging(bot) as env:
        guild = env.create_guild(id=GUILD)
        channel = guild.create_text_channel("videos")
        ada, ben = (guild.add_member(env.create_user(name)) for name in ("ada", "ben"))
        shown = await ada.slash(channel, "pika text", prompt="a fox", negative_prompt="snow")
        async with working(dispatcher):
            await until(
                lambda: (
                    channel.last_message is not None
                    and "your video is ready" in channel.last_message.content
                )
            )
        yield Finished(env, channel, ada, ben, shown)


def fields(opened: simcord.InteractionResult) -> list[Json]:
    return [as_object(label["component"]) for label in labels(opened)]


def labels(opened: simcord.InteractionResult) -> list[Json]:
    assert opened.modal is not None
    return as_objects(as_object(opened.modal).get("components"))


async def test_again_is_for_everybody_and_minds_their_quota(program: Program) -> None:
    async with finished(program) as stage:
        refused = await stage.click(stage.ada, "Again")
        assert private(refused).startswith("You've used today's quota of 1 video here")
        refused = await stage.click(stage.ada, "HQ +$0.25")
        assert private(refused).startswith("You've used today's quota of 1 video here")
        made = await stage.click(stage.ben, "Again")
        assert said(made).startswith("⏳ **In line** · place 1\n> `a fox`")
        assert not made.ephemeral


async def test_modals_are_filled_in_and_sent(program: Program) -> None:
    async with finished(program) as stage:
        opened = await stage.click(stage.ben, "Edit")
        assert [label["label"] for label in labels(opened)][2:] == [
            "Model",
            "Seconds",
            "Resolution",
        ]
        assert [field.get("value") for field in fields(opened)[:2]] == ["a fox", "snow"]
        names = [as_text(field["custom_id"]) for field in fields(opened)]
        values = dict(zip(names, ["a wolf", "", ["Pika 2.1"], ["5"], ["720p"]], strict=True))
        made = await stage.ben.submit_modal(opened, values)
        assert "`a wolf`" in said(made)
        assert "Pika 2.1" in said(made)

        opened = await stage.click(stage.ada, "Continue")
        (field,) = fields(opened)
        refused = await stage.ada.submit_modal(opened, {as_text(field["custom_id"]): "it runs"})
        assert private(refused).startswith("You've used today's quota of 1 video here")


async def test_delete_asks_first(program: Program) -> None:
    async with finished(program) as stage:
        refused = await stage.click(stage.ben, "Delete")
        assert private(refused).startswith("Video #1 isn't yours")
        asked = await stage.click(stage.ada, "Delete")
        assert private(asked).startswith("🗑️ **Delete video #1 for good?**")
        await stage.click(stage.ada, "Delete for good", on=asked)
        await until(lambda: said(stage.shown) == "🗑️ **Video #1 was deleted** by its maker.")
        assert stage.shown.response is not None
        assert not stage.shown.response.attachments


async def test_history_and_show(program: Program) -> None:
    async with finished(program) as stage:
        page = await stage.ada.slash(stage.channel, "pika history")
        await until(lambda: "**#1** `a fox`" in said(page))
        assert page.response is not None
        assert [file.filename for file in page.response.attachments] == ["pika-1.jpg"]
        posted = await stage.click(stage.ada, "Show #1", on=page)
        await until(lambda: bool(posted.response and posted.response.attachments))
        other = await stage.ben.slash(stage.channel, "pika history")
        await until(lambda: "no finished videos here yet" in said(other))
