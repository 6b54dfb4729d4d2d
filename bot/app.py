"""The composition root: opens everything, wires it, and closes it in reverse order."""

import asyncio
import gc
import logging
import math
import secrets
import signal
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Protocol, TypeVar

from bot.adapters.archive import FolderArchive
from bot.adapters.clock import SystemClock
from bot.adapters.control import listening
from bot.adapters.fal.queue import FalQueue
from bot.adapters.fetch import Fetcher
from bot.adapters.memory import give_back_large_blocks
from bot.adapters.pictures import PictureIntake
from bot.adapters.pulse import BEAT_SECONDS, Pulse
from bot.adapters.sqlite.database import open_reader, open_writer, owned
from bot.adapters.sqlite.store import SqliteStore
from bot.adapters.stalls import measuring
from bot.adapters.videos import VideoKeeper
from bot.application.board import Board
from bot.application.cancel import CancelJob
from bot.application.dispatcher import Dispatcher
from bot.application.drain import DrainLine
from bot.application.drive import Driver
from bot.application.estimates import Estimates
from bot.application.events import Events
from bot.application.incidents import Incidents
from bot.application.limits import UploadLimits
from bot.application.line import Line
from bot.application.operate import ReconcileJob, ReleaseJob
from bot.application.queries import Queries
from bot.application.restored import Restored
from bot.application.services import Services
from bot.application.steps import Steps
from bot.application.submit import SubmitVideo
from bot.application.turns import Turns
from bot.application.webhooks import HearWebhook
from bot.domain.pauses import Rules
from bot.opening import open_fal, picture_limits
from bot.receiver import taking_webhooks, tickets_of
from bot.settings import Configuration, ConfigurationProblem, archive_folder
from bot.settings.credentials import Credentials
from bot.settings.timings import timings_of
from bot.ui.buttons import BUTTONS
from bot.ui.client import MAINTENANCE, BadToken, PikaBot, log_in, point_at, stay_connected
from bot.ui.delivery import DiscordDelivery
from bot.ui.owner import DiscordOwner
from bot.ui.presence import keep_presence
from bot.ui.rendering import Rendering
from cogs import all_commands

log = logging.getLogger(__name__)
P = TypeVar("P")


class Wrap(Protocol):
    """Called with every object that implements a port; what it returns is used in its place."""

    def __call__(self, port: P, /) -> P: ...


def as_it_is(port: P, /) -> P:
    return port


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
    pulse = Pulse(path)
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
    bot: PikaBot, dispatcher: Dispatcher, pulse: Pulse, credentials: Credentials
) -> None:
    try:
        await log_in(bot, credentials.discord_token)
    except BadToken as error:
        raise ConfigurationProblem(
            "Discord refuses DISCORD_TOKEN: copy the bot's token anew from"
            " discord.com/developers/applications, page Bot."
        ) from error
    async with asyncio.TaskGroup() as group:
        group.create_task(stay_connected(bot), name="connection")
        group.create_task(dispatcher.run(), name="dispatcher")
        group.create_task(_beat(bot, pulse), name="pulse")
        group.create_task(keep_presence(bot), name="presence")


async def _beat(bot: PikaBot, pulse: Pulse) -> None:
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
        store = SqliteStore(
            await stack.enter_async_context(open_writer(path)),
            await stack.enter_async_context(open_reader(path)),
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
            )
        )
        archive = wrap(FolderArchive(archive_folder(settings)))
        pictures = PictureIntake(members_media, picture_limits(settings.pictures))
        videos = VideoKeeper(fals_media, archive, limit=settings.videos.largest_bytes)
        dispatcher = _wire(
            configuration,
            bot=bot,
            store=wrap(store),
            fal=wrap(fal),
            archive=archive,
            pictures=wrap(pictures),
            videos=wrap(videos),
            credentials=credentials,
            wrap=wrap,
        )
        yield bot, dispatcher


def _wire(
    configuration: Configuration,
    *,
    bot: PikaBot,
    store: SqliteStore,
    fal: FalQueue,
    archive: FolderArchive,
    pictures: PictureIntake,
    videos: VideoKeeper,
    credentials: Credentials,
    wrap: Wrap,
) -> Dispatcher:
    settings, catalogue = configuration.settings, configuration.catalogue
    clock, random, changed = SystemClock(), secrets.SystemRandom().random, asyncio.Event()
    rendering = Rendering(catalogue)
    line = Line()
    timings = timings_of(settings)
    estimates = Estimates(store, clock, settings.fal.concurrency, longest=timings.uncertain_for)
    board = Board(
        store=store,
        delivery=wrap(DiscordDelivery(bot, rendering, clock)),
        archive=archive,
        videos=videos,
        limits=UploadLimits(store, clock),
        clock=clock,
        line=line,
        estimates=estimates,
    )
    incidents = Incidents(
        line=line,
        store=store,
        owner=wrap(DiscordOwner(bot)) if settings.discord.tell_owner else None,
        clock=clock,
        random=random,
        rules=Rules(pace=timings.retry, most_unclear=settings.fal.most_unclear_answers),
    )
    turns = Turns(
        store=store, board=board, clock=clock, random=random, timings=timings, changed=changed
    )
    driver = Driver(
        Steps(
            store=store,
            fal=fal,
            videos=videos,
            archive=archive,
            board=board,
            clock=clock,
            timings=timings,
            concurrency=settings.fal.concurrency,
            incidents=incidents,
            turns=turns,
            events=Events(fal, clock, poll_every=settings.fal.poll_beside_events()),
            callback=tickets_of(settings, credentials).url,
        )
    )
    dispatcher = Dispatcher(
        store=store,
        driver=driver,
        board=board,
        clock=clock,
        concurrency=settings.fal.concurrency,
        refresh=settings.discord.line_refresh_seconds,
        changed=changed,
        line=line,
        archive=archive,
        least_free_bytes=settings.archive.least_free_bytes,
        timings=timings,
        restored=Restored(
            store=store,
            fal=fal,
            clock=clock,
            random=random,
            timings=timings,
            line=line,
            endpoints={model.endpoint for model in catalogue.models},
        ),
        incidents=incidents,
    )
    template = settings.prompt.template()
    per_day = settings.quota.videos_per_day
    services = Services(
        submit=SubmitVideo(
            store=store,
            pictures=pictures,
            archive=archive,
            clock=clock,
            random=random,
            catalogue=catalogue,
            template=template,
            videos_per_day=per_day,
            same_within=settings.quota.same_request_seconds,
            caps=settings.line.caps(),
        ),
        cancel=CancelJob(store, clock, line),
        queries=Queries(
            store=store,
            archive=archive,
            clock=clock,
            line=line,
            videos_per_day=per_day,
            estimates=estimates,
        ),
        reconcile=ReconcileJob(
            store=store,
            fal=fal,
            clock=clock,
            submit_within=timings.submit_within,
            go_on=dispatcher.go_on,
        ),
        release=ReleaseJob(store, clock),
        hear=HearWebhook(store=store, fal=fal, clock=clock, go_on=dispatcher.go_on),
        drain=DrainLine(
            store=store,
            board=board,
            dispatcher=dispatcher,
            line=line,
            stop_intake=partial(bot.stop_accepting, settings.process.stop_seconds, MAINTENANCE),
        ),
        board=board,
        dispatcher=dispatcher,
        catalogue=catalogue,
        template=template,
    )
    bot.serve(services, rendering, store, all_commands(), BUTTONS)
    return dispatcher
