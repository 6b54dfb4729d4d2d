"""Wires what drives jobs: the dispatcher, the driver and its steps, status messages."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.adapters.fal.queue import FalQueue
from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.picture_intake import PictureIntake
from bot.adapters.media.video_intake import VideoIntake
from bot.adapters.media.video_store import VideoKeeper
from bot.adapters.process.clock import SystemClock
from bot.adapters.sqlite.history import SqlitePastVideos
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.adapters.sqlite.members import SqliteMembers
from bot.adapters.sqlite.rules import SqliteRules, SqliteSpending
from bot.application.line.estimates import Estimates
from bot.application.line.incidents import Incidents
from bot.application.line.line_state import LineState
from bot.application.line.timings import Timings
from bot.application.messages.delivery import VideoDelivery
from bot.application.messages.status_messages import StatusMessages
from bot.application.messages.upload_limits import UploadLimits
from bot.application.pipeline.dispatcher import Dispatcher
from bot.application.pipeline.driver import Driver
from bot.application.pipeline.fal_events import FalEventStreams
from bot.application.pipeline.restore import RestoreRecovery
from bot.application.pipeline.steps import Steps
from bot.application.pipeline.transitions import JobTransitions
from bot.composition.webhook import webhook_urls
from bot.domain.line.pause import BreakerPolicy
from bot.ports import Clock, Delivery, Random
from bot.settings import Configuration
from bot.settings.credentials import Credentials
from bot.settings.timings import timings_of
from bot.ui.client import PikaBot
from bot.ui.delivery import DiscordDelivery
from bot.ui.owner import DiscordOwner
from bot.ui.presentation.status import Rendering

P = TypeVar("P")


class Wrap(Protocol):
    """Called with every object that implements a port; what it returns is used in its place."""

    def __call__(self, port: P, /) -> P: ...


def as_it_is(port: P, /) -> P:
    return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """The open adapters, by the port that each implements, and the bot that they are for."""

    bot: PikaBot
    store: SqliteJobStore
    members: SqliteMembers
    rules: SqliteRules
    fal: FalQueue
    archive: FolderArchive
    pictures: PictureIntake
    members_videos: VideoIntake
    videos: VideoKeeper
    past: SqlitePastVideos
    spending: SqliteSpending


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The parts that drive jobs, as far as use cases share them."""

    dispatcher: Dispatcher
    messages: StatusMessages
    delivery: VideoDelivery
    discord: Delivery
    rendering: Rendering
    line: LineState
    estimates: Estimates
    timings: Timings
    clock: Clock
    random: Random


def wire_pipeline(
    configuration: Configuration,
    credentials: Credentials,
    adapters: Adapters,
    *,
    wrap: Wrap = as_it_is,
) -> Pipeline:
    """Return the pipeline at rest: its dispatcher drives nothing yet."""
    settings, store = configuration.settings, adapters.store
    clock, random = SystemClock(), secrets.SystemRandom().random
    timings, line = timings_of(settings), LineState()
    rendering = Rendering(configuration.catalogue)
    discord = wrap(DiscordDelivery(adapters.bot, rendering, clock))
    estimates = Estimates(store, clock, settings.fal.concurrency, longest=timings.uncertain_for)
    messages = StatusMessages(store=store, delivery=discord, line=line, estimates=estimates)
    delivery = VideoDelivery(
        store=store,
        delivery=discord,
        archive=adapters.archive,
        videos=adapters.videos,
        limits=UploadLimits(store, clock),
        clock=clock,
        messages=messages,
    )
    incidents = Incidents(
        line=line,
        store=store,
        owner=wrap(DiscordOwner(adapters.bot)) if settings.discord.tell_owner else None,
        clock=clock,
        random=random,
        policy=BreakerPolicy(backoff=timings.retry, most_unclear=settings.fal.most_unclear_answers),
    )
    changed = asyncio.Event()
    transitions = JobTransitions(
        store=store, messages=messages, clock=clock, random=random, timings=timings, changed=changed
    )
    steps = Steps(
        store=store,
        fal=adapters.fal,
        videos=adapters.videos,
        archive=adapters.archive,
        messages=messages,
        delivery=delivery,
        clock=clock,
        timings=timings,
        concurrency=settings.fal.concurrency,
        incidents=incidents,
        transitions=transitions,
        events=FalEventStreams(adapters.fal, clock, poll_every=settings.fal.poll_beside_events()),
        webhook_url=webhook_urls(settings, credentials).url,
    )
    recovery = RestoreRecovery(
        store=store,
        fal=adapters.fal,
        clock=clock,
        random=random,
        timings=timings,
        line=line,
        endpoints={model.endpoint for model in configuration.catalogue.models},
    )
    dispatcher = Dispatcher(
        store=store,
        driver=Driver(steps),
        messages=messages,
        clock=clock,
        concurrency=settings.fal.concurrency,
        refresh=settings.discord.line_refresh_seconds,
        changed=changed,
        line=line,
        archive=adapters.archive,
        least_free_bytes=settings.archive.least_free_bytes,
        timings=timings,
        recovery=recovery,
        incidents=incidents,
    )
    return Pipeline(
        dispatcher=dispatcher,
        messages=messages,
        delivery=delivery,
        discord=discord,
        rendering=rendering,
        line=line,
        estimates=estimates,
        timings=timings,
        clock=clock,
        random=random,
    )
