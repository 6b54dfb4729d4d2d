"""Wires the pipeline: the dispatcher, the driver and its steps, status messages."""

import asyncio
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.adapters.process.clock import SystemClock
from bot.application.line.estimates import Estimates
from bot.application.line.explanation import ExplainLine
from bot.application.line.incidents import Incidents
from bot.application.line.keep_guard import KeepGuard
from bot.application.line.line_state import LineState
from bot.application.line.owner_messages import OwnerMessages
from bot.application.line.timings import Timings
from bot.application.messages.delivery import VideoDelivery
from bot.application.messages.status_messages import StatusMessages
from bot.application.messages.upload_limits import UploadLimits
from bot.application.pipeline.age_check import AgeCheck
from bot.application.pipeline.dispatcher import Dispatcher
from bot.application.pipeline.driver import Driver
from bot.application.pipeline.fal_events import FalEventStreams
from bot.application.pipeline.fetching import FetchVideo
from bot.application.pipeline.left_servers import GiveBackLeft
from bot.application.pipeline.restore import RestoreRecovery
from bot.application.pipeline.steps import Steps
from bot.application.pipeline.transitions import JobTransitions
from bot.application.videos.delete import DeleteVideo
from bot.composition.adapters import Adapters, Wrap, as_it_is
from bot.composition.webhook import webhook_urls
from bot.domain.jobs.tags import TAG_BYTES, tag_of
from bot.domain.line.pause import BreakerPolicy
from bot.ports import Clock, Delivery, Owner, Random
from bot.ports.servers import ServerDoor
from bot.settings import Configuration
from bot.settings.credentials import Credentials
from bot.settings.schema import Settings
from bot.settings.timings import timings_of
from bot.ui.delivery import DiscordDelivery
from bot.ui.owner import DiscordOwner, DiscordServers
from bot.ui.presentation.status import Rendering


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The parts that drive jobs, as far as use cases share them."""

    dispatcher: Dispatcher
    messages: StatusMessages
    owner_messages: OwnerMessages
    delivery: VideoDelivery
    delete: DeleteVideo
    discord: Delivery
    door: ServerDoor
    owner: Owner | None
    rendering: Rendering
    line: LineState
    explain: ExplainLine
    estimates: Estimates
    timings: Timings
    clock: Clock
    random: Random
    draw_tag: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """The values that every part of the pipeline works with."""

    settings: Settings
    adapters: Adapters
    timings: Timings
    line: LineState
    clock: Clock
    random: Random
    changed: asyncio.Event
    """Wakes the dispatcher."""


def wire_pipeline(
    configuration: Configuration,
    credentials: Credentials,
    adapters: Adapters,
    *,
    wrap: Wrap = as_it_is,
) -> Pipeline:
    """Return the pipeline at rest: its dispatcher drives nothing yet."""
    settings, store = configuration.settings, adapters.store
    shared = _Shared(
        settings=settings,
        adapters=adapters,
        timings=timings_of(settings),
        line=LineState(),
        clock=SystemClock(),
        random=secrets.SystemRandom().random,
        changed=asyncio.Event(),
    )
    clock, timings, line = shared.clock, shared.timings, shared.line
    rendering = Rendering(configuration.catalogue)
    discord = wrap(DiscordDelivery(adapters.bot, rendering, clock, adapters.bot.answers))
    estimates = Estimates(store, clock, settings.fal.concurrency, longest=timings.uncertain_for)
    messages = StatusMessages(store=store, delivery=discord, line=line, estimates=estimates)
    delete = DeleteVideo(
        store=store, past=adapters.past, archive=adapters.archive, delivery=discord, clock=clock
    )
    delivery = _video_delivery(shared, messages, discord, delete)
    owner = wrap(DiscordOwner(adapters.bot)) if settings.discord.tell_owner else None
    owner_messages = OwnerMessages(store=store, owner=owner, clock=clock)
    incidents, guard = _incidents(shared, owner_messages), _guard(shared, owner_messages)
    callback = webhook_urls(settings, credentials).url
    age_check = _age_check(shared, discord)
    steps = _steps(
        shared, messages, delivery, incidents, callback, guard=guard, age_check=age_check
    )
    endpoints = {model.endpoint for model in configuration.catalogue.models}
    return Pipeline(
        dispatcher=_dispatcher(shared, steps, guard, age_check, endpoints),
        messages=messages,
        owner_messages=owner_messages,
        delivery=delivery,
        delete=delete,
        discord=discord,
        door=wrap(DiscordServers(adapters.bot)),
        owner=owner,
        rendering=rendering,
        line=line,
        explain=ExplainLine(line, guard, incidents),
        estimates=estimates,
        timings=timings,
        clock=clock,
        random=shared.random,
        draw_tag=lambda: tag_of(secrets.token_bytes(TAG_BYTES)),
    )


def _video_delivery(
    shared: _Shared, messages: StatusMessages, discord: Delivery, delete: DeleteVideo
) -> VideoDelivery:
    adapters, clock = shared.adapters, shared.clock
    return VideoDelivery(
        store=adapters.store,
        delivery=discord,
        archive=adapters.archive,
        videos=adapters.videos,
        limits=UploadLimits(adapters.store, clock),
        clock=clock,
        messages=messages,
        finish_deletion=delete.finish,
    )


def _incidents(shared: _Shared, messages: OwnerMessages) -> Incidents:
    most_unclear = shared.settings.fal.most_unclear_answers
    return Incidents(
        line=shared.line,
        store=shared.adapters.store,
        messages=messages,
        clock=shared.clock,
        random=shared.random,
        policy=BreakerPolicy(backoff=shared.timings.retry, most_unclear=most_unclear),
    )


def _guard(shared: _Shared, owner_messages: OwnerMessages) -> KeepGuard:
    adapters = shared.adapters
    return KeepGuard(
        line=shared.line,
        store=adapters.store,
        archive=adapters.archive,
        videos=adapters.videos,
        clock=shared.clock,
        owner_messages=owner_messages,
        least_free_bytes=shared.settings.archive.least_free_bytes,
        changed=shared.changed,
    )


def _steps(
    shared: _Shared,
    messages: StatusMessages,
    delivery: VideoDelivery,
    incidents: Incidents,
    callback: Callable[[str], str | None],
    *,
    guard: KeepGuard,
    age_check: AgeCheck,
) -> Steps:
    adapters, clock, settings = shared.adapters, shared.clock, shared.settings
    transitions = JobTransitions(
        store=adapters.store,
        messages=messages,
        clock=clock,
        random=shared.random,
        timings=shared.timings,
        changed=shared.changed,
        fal_offset=adapters.fal.clock_offset,
    )
    return Steps(
        store=adapters.store,
        fal=adapters.fal,
        fetch_video=FetchVideo(
            videos=adapters.videos,
            guard=guard,
            transitions=transitions,
            messages=messages,
            timings=shared.timings,
        ),
        archive=adapters.archive,
        messages=messages,
        delivery=delivery,
        clock=clock,
        timings=shared.timings,
        concurrency=settings.fal.concurrency,
        incidents=incidents,
        transitions=transitions,
        events=FalEventStreams(adapters.fal, clock, poll_every=settings.fal.poll_beside_events()),
        may_send=age_check.may_send,
        webhook_url=callback,
    )


def _age_check(shared: _Shared, discord: Delivery) -> AgeCheck:
    return AgeCheck(
        store=shared.adapters.store,
        fal=shared.adapters.fal,
        delivery=discord,
        clock=shared.clock,
        random=shared.random,
        timings=shared.timings,
        line=shared.line,
    )


def _dispatcher(
    shared: _Shared,
    steps: Steps,
    guard: KeepGuard,
    age_check: AgeCheck,
    endpoints: Collection[str],
) -> Dispatcher:
    adapters, settings = shared.adapters, shared.settings
    recovery = RestoreRecovery(
        store=adapters.store,
        fal=adapters.fal,
        clock=shared.clock,
        random=shared.random,
        timings=shared.timings,
        line=shared.line,
        endpoints=endpoints,
    )
    return Dispatcher(
        store=adapters.store,
        driver=Driver(steps),
        messages=steps.messages,
        clock=shared.clock,
        concurrency=settings.fal.concurrency,
        refresh=settings.discord.line_refresh_seconds,
        changed=shared.changed,
        line=shared.line,
        guard=guard,
        timings=shared.timings,
        recovery=recovery,
        age_check=age_check,
        give_back_left=GiveBackLeft(
            store=adapters.store, book=adapters.servers, line=shared.line, clock=shared.clock
        ),
        incidents=steps.incidents,
    )
