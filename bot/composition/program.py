"""Opens the whole program, wires it, and closes it in reverse order."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace

from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.download import Downloader
from bot.adapters.media.picture_intake import PictureIntake
from bot.adapters.media.video_intake import INPUTS, VideoIntake
from bot.adapters.media.video_store import VideoKeeper
from bot.adapters.process.clock import SystemClock
from bot.adapters.process.member_queue import SlowFileWatch
from bot.adapters.sqlite.damage import check_whole
from bot.adapters.sqlite.history import SqlitePastVideos
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.adapters.sqlite.members import SqliteMembers
from bot.adapters.sqlite.ownership import open_owned
from bot.adapters.sqlite.rules import SqliteRules, SqliteSpending
from bot.adapters.sqlite.servers import SqliteServers
from bot.application.line.archive_mark import know_archive
from bot.application.moderation.no_cap import is_without_cap
from bot.application.pipeline.dispatcher import Dispatcher
from bot.composition.adapters import (
    Adapters,
    Wrap,
    as_it_is,
    open_fal,
    picture_limits,
    video_limits,
)
from bot.composition.pipeline import wire_pipeline
from bot.composition.services import wire_services
from bot.ports import JobStore
from bot.settings import Configuration, archive_folder
from bot.settings.credentials import Credentials
from bot.settings.schema import Settings
from bot.ui.access.bot_permissions import forget_membership
from bot.ui.access.command_tree import GatedTree
from bot.ui.client import PikaBot, Serving
from bot.ui.connection import point_at
from bot.ui.controls.job_buttons import JOB_BUTTONS
from bot.ui.controls.moderation_controls import CONTROL_ITEMS
from bot.ui.controls.server_buttons import SERVER_BUTTONS
from bot.ui.messages.message_pictures import StickerUrls
from bot.ui.unclaimed import Unclaimed
from cogs import all_commands
from cogs.mentions import Mentions
from cogs.servers import Servers

BUTTONS = (*JOB_BUTTONS, *CONTROL_ITEMS, *SERVER_BUTTONS)
"""The classes of all persistent buttons and menus."""


@asynccontextmanager
async def opened(
    configuration: Configuration, credentials: Credentials, *, wrap: Wrap = as_it_is
) -> AsyncGenerator[tuple[PikaBot, Dispatcher]]:
    """Yield the whole program, wired and at rest: not logged in, nothing driven yet."""
    settings = configuration.settings
    point_at(settings.discord.api_url, settings.discord.gateway_url)
    async with AsyncExitStack() as stack:
        adapters = await _open_adapters(stack, settings, credentials, wrap)
        # What can't be marked now is marked by the guard.
        with suppress(OSError):
            await know_archive(adapters.store, adapters.archive)
        capped = await capped_as_before(configuration, adapters.store)
        without_cap, configuration = capped is not configuration, capped
        pipeline = wire_pipeline(configuration, credentials, adapters, wrap=wrap)
        services = wire_services(configuration, adapters, pipeline, without_cap=without_cap)
        bot = adapters.bot
        bot.serve(
            Serving(services, pipeline.rendering, adapters.store),
            all_commands(configuration.catalogue),
            BUTTONS,
        )
        bot.add_listener(Mentions(bot).on_message)
        bot.add_listener(forget_membership, "on_thread_remove")
        servers, unclaimed = Servers(bot), Unclaimed(bot)
        for listener in (
            unclaimed.on_interaction,
            unclaimed.on_unreadable_interaction,
            servers.on_ready,
            servers.on_resumed,
            servers.on_guild_available,
            servers.on_guild_join,
            servers.on_guild_update,
            servers.on_guild_remove,
        ):
            bot.add_listener(listener)
        yield bot, pipeline.dispatcher


async def _open_adapters(
    stack: AsyncExitStack, settings: Settings, credentials: Credentials, wrap: Wrap
) -> Adapters:
    """Open every adapter; `stack` closes them. Raises DatabaseProblem."""
    path = settings.database.path
    writer, reader = await stack.enter_async_context(open_owned(path))
    await check_whole(reader, path)
    store = SqliteJobStore(
        writer, reader, returns_per_day=settings.quota.returns_per_day, order=settings.line.order
    )
    fal = open_fal(settings.fal, credentials)
    stack.push_async_callback(fal.aclose)
    members_media = Downloader(settings.discord.media_hosts, total_seconds=30)
    stack.push_async_callback(members_media.aclose)
    fals_media = Downloader(settings.fal.media_hosts, total_seconds=settings.videos.timeout_seconds)
    stack.push_async_callback(fals_media.aclose)
    bot = await stack.enter_async_context(_bot(settings))
    archive = wrap(FolderArchive(archive_folder(settings)))
    slow = SlowFileWatch(SystemClock())
    video_intake = VideoIntake(
        members_media, archive, video_limits(settings.members_videos), slow=slow
    )
    inputs = archive_folder(settings) / INPUTS
    pictures = PictureIntake(members_media, inputs, picture_limits(settings.pictures), slow=slow)
    videos = VideoKeeper(fals_media, archive, limit=settings.videos.largest_bytes)
    return Adapters(
        bot=bot,
        store=wrap(store),
        members=wrap(SqliteMembers(writer, reader)),
        rules=wrap(SqliteRules(writer, reader)),
        servers=wrap(SqliteServers(writer, reader)),
        fal=wrap(fal),
        archive=archive,
        pictures=wrap(pictures),
        members_videos=wrap(video_intake),
        videos=wrap(videos),
        past=wrap(SqlitePastVideos(reader)),
        spending=wrap(SqliteSpending(reader)),
    )


async def capped_as_before(configuration: Configuration, store: JobStore) -> Configuration:
    """Return the configuration, without the monthly cap as shipped where none held before."""
    settings = configuration.settings
    if not settings.has_cap_as_shipped() or not await is_without_cap(store):
        return configuration
    return replace(configuration, settings=settings.without_cap())


def _bot(settings: Settings) -> PikaBot:
    return PikaBot(
        guild_ready_timeout=settings.discord.guild_ready_seconds,
        presence_every=settings.discord.presence_seconds,
        sticker_urls=StickerUrls(settings.discord.cdn_url, settings.discord.media_url),
        message_content=settings.discord.message_content,
        tree=GatedTree,
    )
