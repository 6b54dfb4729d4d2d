"""Runs the bot until it is asked to stop."""

import asyncio
import gc
import logging
import math
import signal
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from bot.adapters.process.allocator import give_back_large_blocks
from bot.adapters.process.control_socket import listening
from bot.adapters.process.heartbeat import BEAT_SECONDS, Heartbeat
from bot.adapters.process.loop_lag import measuring
from bot.adapters.process.walls import missing_walls, standing_walls
from bot.adapters.sqlite.damage import problem_of
from bot.application.pipeline.dispatcher import Dispatcher
from bot.composition.adapters import Wrap, as_it_is
from bot.composition.program import opened
from bot.composition.webhook import taking_webhooks
from bot.settings import Configuration, ConfigurationProblem
from bot.settings.credentials import Credentials
from bot.ui.client import PikaBot
from bot.ui.command_sync import sync_commands
from bot.ui.connection import BadToken, IntentOff, log_in, stay_connected
from bot.ui.presence import keep_presence

log = logging.getLogger(__name__)


async def run(
    configuration: Configuration, credentials: Credentials, *, wrap: Wrap = as_it_is
) -> None:
    """Run the bot until SIGTERM or SIGINT. Raises ConfigurationProblem or DatabaseProblem."""
    give_back_large_blocks()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stopping = asyncio.create_task(stop.wait(), name="stop")
    path = configuration.settings.database.path
    heartbeat = Heartbeat(path)
    async with opened(configuration, credentials, wrap=wrap) as (bot, dispatcher), measuring():
        _log_walls()
        # One that a killed bot left may be of another user, whose file can't be touched.
        heartbeat.stop()
        # These objects stay: looking through them at each collection would stall the loop.
        gc.collect()
        gc.freeze()
        work = _known_problems(_work(bot, dispatcher, heartbeat, credentials), path)
        working = asyncio.create_task(work, name="work")
        try:
            async with (
                listening(path, partial(bot.services.operator.obey, stop.set)),
                taking_webhooks(configuration.settings, credentials, bot.services.accept_webhook),
            ):
                await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
                bot.services.operator.drain.stop()
        finally:
            log.info("stopping")
            heartbeat.stop()
            grace = configuration.settings.process.stop_seconds
            await asyncio.gather(bot.stop_accepting(grace), dispatcher.close(grace))
            if not working.done():
                working.cancel()
            stopping.cancel()
            with suppress(asyncio.CancelledError):
                await working
    log.info("stopped")


def _log_walls() -> None:
    """Log the walls around decoders, and the dangers of those that are missing."""
    log.info("decoders run behind %s", standing_walls())
    for wall in missing_walls():
        log.warning("walls: %s", wall.danger)


async def _known_problems(work: Coroutine[None, None, None], path: Path) -> None:
    """Do the work. What ends it is raised as ConfigurationProblem or DatabaseProblem, if known."""
    try:
        await work
    except Exception as error:
        leaves = [*_leaves(error)]
        if (problem := problem_of(leaves, path)) is not None:
            raise problem from error
        if any(isinstance(leaf, BadToken) for leaf in leaves):
            raise ConfigurationProblem(
                "Discord refuses DISCORD_TOKEN: copy the bot's token anew from"
                " discord.com/developers/applications, page Bot."
            ) from error
        if any(isinstance(leaf, IntentOff) for leaf in leaves):
            raise ConfigurationProblem(
                "Discord refuses the intent Message Content: switch it on at"
                " discord.com/developers/applications, page Bot, or set discord.message_content ="
                " false."
            ) from error
        raise


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


async def _work(
    bot: PikaBot, dispatcher: Dispatcher, heartbeat: Heartbeat, credentials: Credentials
) -> None:
    usable = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_be_online(bot, credentials.discord_token, usable), name="connection")
        # Nothing else is waited for: what is paid is delivered, whatever Discord refuses meanwhile.
        await usable.wait()
        group.create_task(dispatcher.run(), name="dispatcher")
        group.create_task(_beat(bot, heartbeat), name="heartbeat")
        group.create_task(keep_presence(bot), name="presence")
        group.create_task(bot.services.sweep.run(), name="sweep")
        group.create_task(bot.services.owner_messages.run(), name="owner's messages")
        group.create_task(bot.services.servers.run(), name="servers")
        group.create_task(bot.services.month.run(), name="month's budget")
        if bot.services.tell_without_cap is not None:
            group.create_task(bot.services.tell_without_cap(), name="cap")


async def _be_online(bot: PikaBot, token: str, usable: asyncio.Event) -> None:
    await log_in(bot, token, usable)
    async with asyncio.TaskGroup() as group:
        group.create_task(stay_connected(bot), name="gateway")
        group.create_task(sync_commands(bot), name="commands")


async def _beat(bot: PikaBot, heartbeat: Heartbeat) -> None:
    """Beat as long as Discord answers the connection's heartbeats."""
    await bot.wait_until_ready()
    while True:
        # Without a connection the latency is infinite, or not a number.
        if math.isfinite(bot.latency):
            heartbeat.beat()
        await asyncio.sleep(BEAT_SECONDS)
