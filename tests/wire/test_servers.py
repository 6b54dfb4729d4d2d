"""Servers of strangers: nothing is made there until the owner agrees, by any of three ways."""

import asyncio
import re
from pathlib import Path

import pytest

from sandbox.discord import PLAYGROUND, Invocation, Message, ServerPlan, WorldPlan
from sandbox.discord.guilds import Guild
from sandbox.discord.wire import as_objects
from sandbox.render import Renderer
from sandbox.stage import Stage
from tests.wire.playing import answer, ask, delivered, jobs, ledger, playing, restart
from tests.wire.several import RED, card

HOSTILE = "`@everyone` **[x](http://x)** <@1> " + "n" * 60
STRANGE = ServerPlan(
    name=HOSTILE,
    owner="Eve",
    members={"Ada": (), "Olive": ()},
    channels=("lair",),
)
NOT_YET = "hasn't agreed yet"
BOTH = WorldPlan(servers=(PLAYGROUND, STRANGE))


def strange(stage: Stage) -> Guild:
    return stage.discord.servers[HOSTILE]


def to_olive(stage: Stage) -> list[Message]:
    return stage.discord.direct_messages(stage.discord.members["Olive"])


async def asked(stage: Stage) -> Message:
    await stage.discord.wait_for(lambda: to_olive(stage))
    return to_olive(stage)[-1]


async def use(
    stage: Stage, command: str = "pika text", who: str = "Eve", /, **options: str | bool
) -> Invocation:
    guild = strange(stage)
    if command == "pika text":
        options = {"prompt": "a fox", **options}
    return await stage.discord.invoke(guild.members[who], guild.channels["lair"], command, options)


def public(stage: Stage) -> list[Message]:
    guild = strange(stage)
    return [
        m for m in stage.discord.visible(guild.owner, guild.channels["lair"]) if not m.ephemeral
    ]


async def made(stage: Stage, count: int = 1) -> None:
    """Wait until so many videos are in the strangers' server."""
    await stage.discord.wait_for(
        lambda: sum(bool(message.attachments) for message in public(stage)) >= count, 60
    )


async def test_a_strangers_server_spends_nothing_until_the_owner_agrees(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, plan=BOTH) as stage:
        discord = stage.discord
        question = await asked(stage)
        guild = strange(stage)
        eve, lair = guild.owner, guild.channels["lair"]
        # The name can't ping, format or link, and is cut.
        assert re.search(r"`.@everyone. [^`\n]{40,}…`", question.content)
        assert not question.pinged
        assert f"It has 4 members and the owner {strange(stage).owner.id}." in question.content
        cure = "set *Install Link* to *None*, then on the page *Bot* switch *Public Bot* off."
        assert cure in question.content
        for command, options in (
            ("pika text", {}),
            ("pika quota", {}),
            ("pika jobs", {}),
            ("pika help", {}),
            ("pika-mod quota", {"unlimited": True}),
            ("pika-mod settings", {}),
        ):
            said = answer(await use(stage, command, "Eve", **options))
            assert NOT_YET in said, command
            assert "nothing was charged" in said
        mention = f"{discord.bot.mention} a cat"
        await discord.post(eve, lair, mention, [card(RED)])
        await discord.wait_for(lambda: any(NOT_YET in m.content for m in public(stage)))
        posted = await discord.post(eve, lair, "look", [card(RED)])
        menu = await discord.invoke_menu(eve, posted, "Animate")
        assert NOT_YET in answer(menu)
        assert stage.fal.posts == []
        assert await jobs(stage) == await ledger(stage) == []
        # Nobody but the owner decides, and who owns a server isn't the bot's owner.
        owners = await use(stage, "pika text", "Olive")
        assert owners.response_message is not None
        assert owners.response_message.ephemeral
        await discord.click(discord.members["Olive"], question, "Serve it")
        await discord.wait_for(lambda: "is served" in question.content)
        assert question.components == []
        assert "Until you say so" not in question.content
        await use(stage)
        await made(stage)
        # Its moderators' word counts from here on, and the owner's stays over a restart.
        assert "Quota" in answer(await use(stage, "pika-mod settings"))
        await restart(stage)
        await use(stage, prompt="another fox")
        await made(stage, 2)
        assert len(to_olive(stage)) == 1


async def test_the_owner_leaves_a_server_and_it_is_left_again(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, plan=BOTH) as stage:
        discord, guild = stage.discord, strange(stage)
        answered = await use(stage, "pika text", "Olive")
        assert "You haven't agreed yet" in answer(answered)
        assert answered.response_message is not None
        pressed = await discord.click(guild.members["Olive"], answered.response_message, "Leave it")
        assert not pressed.failed
        await discord.wait_for(lambda: not guild.bot_joined)
        told = len(to_olive(stage))
        discord.add_server(guild)
        await discord.wait_for(lambda: not guild.bot_joined)
        # While the bot is away, too: servers are compared at each connect.
        assert await stage.bot.stop() == 0
        await discord.wait_for(lambda: not discord.bot_online)
        discord.add_server(guild)
        discord.advance(5)
        await stage.bot.start()
        await discord.wait_for(lambda: not guild.bot_joined)
        assert len(to_olive(stage)) == told
        # The command takes it back.
        said = await stage.bot.command("servers", "allow", str(guild.id))
        assert "once the bot is added" in said
        discord.add_server(guild)
        await use(stage)
        await made(stage)


async def test_the_command_decides_beside_the_bot_and_without_one(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer, plan=BOTH) as stage:
        discord, guild = stage.discord, strange(stage)
        question = await asked(stage)
        assert NOT_YET in answer(await use(stage))
        assert "is served" in await stage.bot.command("servers", "allow", str(guild.id))
        # The question says so, too.
        await discord.wait_for(lambda: question.content.endswith("is served."))
        assert question.components == []
        assert "Until you say so" not in question.content
        await use(stage)
        await made(stage)
        assert await stage.bot.stop() == 0
        await discord.wait_for(lambda: not discord.bot_online)
        said = await stage.bot.command("servers", "leave", str(guild.id))
        assert "at its next connect" in said
        assert guild.bot_joined
        discord.advance(5)
        await stage.bot.start()
        await discord.wait_for(lambda: not guild.bot_joined)
        listed = await stage.bot.command("servers")
        assert re.search(rf"\n{guild.id} .* no +you +no ", listed)


async def test_whose_servers_are_served_without_asking(tmp_path: Path, renderer: Renderer) -> None:
    plan = WorldPlan(
        servers=(
            PLAYGROUND,
            ServerPlan(name="Team", owner="Tess", members={"Eve": ()}, channels=("lair",)),
            ServerPlan(name="Invited", owner="Ian", channels=("lair",)),
        )
    )
    async with playing(tmp_path, renderer, plan=plan) as stage:
        discord = stage.discord
        team, invited = discord.servers["Team"], discord.servers["Invited"]
        question = await asked(stage)
        assert "2 servers" in question.content
        labels = ["1 · Serve it", "1 · Leave it", "2 · Serve it", "2 · Leave it"]
        buttons = [one for row in question.components for one in as_objects(row["components"])]
        assert [button["label"] for button in buttons] == labels
        discord.give_to_team(discord.members["Olive"], team.owner, invited=[invited.owner])
        await restart(stage)

        async def text(guild: Guild, prompt: str) -> Invocation:
            channel = guild.channels["lair"]
            return await discord.invoke(guild.owner, channel, "pika text", {"prompt": prompt})

        await text(team, "a fox")
        await discord.wait_for(lambda: len(stage.fal.posts) == 1)
        assert NOT_YET in answer(await text(invited, "a cat"))
        # A server that changes hands is a stranger's from then on.
        discord.give_server(team, team.members["Eve"])
        async with asyncio.timeout(60):
            while stage.bot.log().count(f"nobody has agreed to server {team.id}") < 2:  # noqa: ASYNC110 - the file of another process tells nobody
                await asyncio.sleep(0.02)
        assert NOT_YET in answer(await text(team, "a horse"))
        assert len(stage.fal.posts) == 1
        # The first question still stands for the other.
        assert question.components
        stranger = await discord.click(discord.members["Olive"], question, "2 · Serve it")
        assert not stranger.failed
        await discord.wait_for(lambda: "is served" in question.content)
        # That of the team's server may have been closed while it was served.
        assert len(question.components) <= 1


@pytest.mark.parametrize("owner", ["Mo", None])
async def test_the_setting_serves_a_server(
    tmp_path: Path, renderer: Renderer, owner: str | None
) -> None:
    """Whoever owns the application: what the settings name is served."""
    plan = WorldPlan(application_owner=owner)
    async with playing(tmp_path, renderer, plan=plan) as stage:
        if owner is not None:
            assert NOT_YET in answer(await ask(stage))
            listed = f"[{stage.discord.guild.id}]"
            stage.bot.environment["PIKA_DISCORD__SERVERS"] = listed
            await restart(stage)
            with pytest.raises(RuntimeError, match=r"discord\.servers"):
                await stage.bot.command("servers", "leave", str(stage.discord.guild.id))
        await ask(stage)
        await delivered(stage)
