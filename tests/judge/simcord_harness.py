"""The bot as it is composed for real, between simcord and the sandbox's fal."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import pytest
import simcord
from discord.http import HTTPClient

from bot.application.pipeline.dispatcher import Dispatcher
from bot.composition.program import opened
from bot.domain.refusal import Refusal
from bot.settings import load
from bot.settings.credentials import Credentials
from bot.ui.client import PikaBot

GUILD = 10**18
"""The server that the bot's owner has agreed to."""


@dataclass
class Program:
    """The bot as it is composed for real, with its database in a folder."""

    settings: dict[str, str]

    @asynccontextmanager
    async def started(self) -> AsyncGenerator[tuple[PikaBot, Dispatcher]]:
        with _environment(self.settings):
            configuration = load(self.settings)
        credentials = Credentials(discord_token="fake", fal_key="fake-fal-key")
        async with opened(configuration, credentials) as (bot, dispatcher):
            yield bot, dispatcher


@contextmanager
def _environment(settings: dict[str, str]) -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        yield


@dataclass
class Scene:
    env: simcord.Env
    channel: simcord.ChannelHandle
    ada: simcord.MemberActor


@asynccontextmanager
async def judging(bot: PikaBot) -> AsyncGenerator[simcord.Env]:
    """simcord counts every exception of a command; a refusal is how commands say no."""
    async with simcord.run(bot, check_errors=False) as env:
        await bot.tree.sync()
        with pytest.MonkeyPatch.context() as patch:
            # simcord has no route for it.
            patch.setattr(HTTPClient, "get_guild_application_command_permissions", _no_overrides)
            yield env
        errors = [getattr(error, "original", error) for error in env.errors]
        assert not [e for e in errors if not isinstance(e, Refusal | Expected)], env.transcript()


async def _no_overrides(*_: object) -> list[object]:
    return []


class Expected(Exception):
    """An error that a test planted."""


def set_up(env: simcord.Env) -> Scene:
    guild = env.create_guild(id=GUILD)
    channel = guild.create_text_channel("videos")
    return Scene(env, channel, guild.add_member(env.create_user("ada")))


def said(result: simcord.InteractionResult) -> str:
    assert result.response is not None
    return result.response.content


def latest(scene: Scene) -> str:
    assert scene.channel.last_message is not None
    return scene.channel.last_message.content


def private(result: simcord.InteractionResult) -> str:
    assert result.ephemeral
    return said(result)


@asynccontextmanager
async def working(dispatcher: Dispatcher) -> AsyncGenerator[None]:
    task = asyncio.create_task(dispatcher.run())
    try:
        yield
    finally:
        await dispatcher.close(grace=5)
        await task
