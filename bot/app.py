"""The composition root: opens everything, wires it, and closes it in reverse order."""

import asyncio
import gc
import logging
import math
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.download import Fetcher
from bot.adapters.media.picture_intake import PictureIntake
from bot.adapters.media.video_intake import VideoIntake
from bot.adapters.media.video_store import VideoKeeper
from bot.adapters.process.allocator import give_back_large_blocks
from bot.adapters.process.control_socket import listening
from bot.adapters.process.heartbeat import BEAT_SECONDS, Heartbeat
from bot.adapters.process.loop_lag import measuring
from bot.adapters.sqlite.database import open_reader, open_writer, owned
from bot.adapters.sqlite.history import SqlitePastVideos
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.adapters.sqlite.members import SqliteMembers
from bot.adapters.sqlite.rules import SqliteRules, SqliteSpending
from bot.application.pipeline.dispatcher import Dispatcher
from bot.composition.adapters import open_fal, picture_limits, video_limits
from bot.composition.pipeline import Adapters, Wrap, as_it_is, wire
from bot.composition.webhook import taking_webhooks
from bot.settings import Configuration, ConfigurationProblem, archive_folder
from bot.settings.credentials import Credentials
from bot.ui.client import PikaBot
from bot.ui.connection import BadToken, IntentOff, log_in, point_at, stay_connected
from bot.ui.messages.message_pictures import StickerUrls
from bot.ui.presence import keep_presence

log = logging.getLogger(__name__)


async def run(
    configuration: Configuration, credentials: Credentials, *, wrap: Wrap = as_it_is
) -> None:
    """Be the bot until SIGTERM or SIGINT. Raises ConfigurationProblem or DatabaseProblem."""
    give_back_large_blocks()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stopping = asyncio.create_task(stop.wait(), name="stop")
    path = configuration.settings.database.path
    pulse = Heartbeat(path)
    async with opened(configuration, credentials, wrap=wrap) as (bot, dispatcher), measuring():
        # What is there by now stays: to look through it again and again would stall the loop.
        gc.collect()
        gc.freeze()
        working = asyncio.create_task(_work(bot, dispatcher, pulse, credentials), name="work")
        try:
            async with (
                listening(path, partial(bot.services.obey, stop.set)),
                taking_webhooks(configuration.settings, credentials, bot.services.hear),
            ):
                await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
                bot.services.drain.stop()
        finally:
            log.info("stopping")
            pulse.stop()
            grace = configuration.settings.process.stop_seconds
            await asyncio.gather(bot.stop_accepting(grace), dispatcher.close(grace))
            if not working.done():
                working.cancel()
            stopping.cancel()
            with suppress(asyncio.CancelledError):
                await working
    log.info("stopped")


async def _work(
    bot: PikaBot, dispatcher: Dispatcher, pulse: Heartbeat, credentials: Credentials
) -> None:
    try:
        await log_in(bot, credentials.discord_token)
    except BadToken as error:
        raise ConfigurationProblem(
            "Discord refuses DISCORD_TOKEN: copy the bot's token anew from"
            " discord.com/developers/applications, page Bot."
        ) from error
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(stay_connected(bot), name="connection")
            group.create_task(dispatcher.run(), name="dispatcher")
            group.create_task(_beat(bot, pulse), name="pulse")
            group.create_task(keep_presence(bot), name="presence")
            group.create_task(bot.services.sweep.run(), name="sweep")
    except ExceptionGroup as errors:
        if errors.subgroup(IntentOff) is None:
            raise
        raise ConfigurationProblem(
            "Discord refuses the intent Message Content: switch it on at"
            " discord.com/developers/applications, page Bot, or set discord.message_content ="
            " false."
        ) from errors


async def _beat(bot: PikaBot, pulse: Heartbeat) -> None:
    """Give a sign of life for as long as Discord answers heartbeats."""
    await bot.wait_until_ready()
    while True:
        # The latency is infinite, or not a number, while there is no connection.
        if math.isfinite(bot.latency):
            pulse.beat()
        await asyncio.sleep(BEAT_SECONDS)


@asynccontextmanager
async def opened(
    configuration: Configuration, credentials: Credentials, *, wrap: Wrap = as_it_is
) -> AsyncGenerator[tuple[PikaBot, Dispatcher]]:
    """Yield the whole program, wired and at rest: not logged in, nothing driven yet."""
    settings = configuration.settings
    point_at(settings.discord.api_url, settings.discord.gateway_url)
    async with AsyncExitStack() as stack:
        path = settings.database.path
        stack.enter_context(owned(path))
        writer = await stack.enter_async_context(open_writer(path))
        reader = await stack.enter_async_context(open_reader(path))
        store = SqliteJobStore(
            writer,
            reader,
            returns_per_day=settings.quota.returns_per_day,
            order=settings.line.order,
        )
        fal = open_fal(settings.fal, credentials)
        stack.push_async_callback(fal.aclose)
        members_media = Fetcher(settings.discord.media_hosts, total_seconds=30)
        stack.push_async_callback(members_media.aclose)
        fals_media = Fetcher(
            settings.fal.media_hosts, total_seconds=settings.videos.timeout_seconds
        )
        stack.push_async_callback(fals_media.aclose)
        bot = await stack.enter_async_context(
            PikaBot(
                guild_ready_timeout=settings.discord.guild_ready_seconds,
                presence_every=settings.discord.presence_seconds,
                sticker_urls=StickerUrls(settings.discord.cdn_url, settings.discord.media_url),
                message_content=settings.discord.message_content,
            )
        )
        archive = wrap(FolderArchive(archive_folder(settings)))
        pictures = PictureIntake(members_media, picture_limits(settings.pictures))
        videos = VideoKeeper(fals_media, archive, limit=settings.videos.largest_bytes)
        adapters = Adapters(
            bot=bot,
            store=wrap(store),
            members=wrap(SqliteMembers(writer, reader)),
            rules=wrap(SqliteRules(writer, reader)),
            fal=wrap(fal),
            archive=archive,
            pictures=wrap(pictures),
            members_videos=wrap(
                VideoIntake(members_media, archive, video_limits(settings.members_videos))
            ),
            videos=wrap(videos),
            past=wrap(SqlitePastVideos(reader)),
            spending=wrap(SqliteSpending(reader)),
        )
        dispatcher = wire(configuration, credentials, adapters, wrap=wrap)
        yield bot, dispatcher
