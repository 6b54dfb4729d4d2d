"""Who works with whom: the use cases, and the adapters they are given."""

import asyncio
import secrets
from dataclasses import dataclass
from functools import partial
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
from bot.application.messages.status_messages import StatusMessages
from bot.application.messages.upload_limits import UploadLimits
from bot.application.moderation.change_rules import Moderate
from bot.application.moderation.overview import Oversee
from bot.application.operator import ReconcileJob, ReleaseJob
from bot.application.pipeline.dispatcher import Dispatcher
from bot.application.pipeline.drain import DrainLine
from bot.application.pipeline.driver import Driver
from bot.application.pipeline.fal_events import FalEventStreams
from bot.application.pipeline.restore import RestoreRecovery
from bot.application.pipeline.steps import Steps
from bot.application.pipeline.transitions import JobTransitions
from bot.application.pipeline.webhook import AcceptWebhook
from bot.application.services import Services
from bot.application.videos.cancel import CancelJob
from bot.application.videos.delete import DeleteVideo
from bot.application.videos.derive import DeriveVideo
from bot.application.videos.history import ShowHistory
from bot.application.videos.join import JoinShots
from bot.application.videos.preferences import KeepPreferences
from bot.application.videos.queries import Entitlements, Queries
from bot.application.videos.retention import SweepArchive
from bot.application.videos.submit import SubmitVideo
from bot.composition.webhook import tickets_of
from bot.domain.line.pause import BreakerPolicy
from bot.domain.requests.request import Offer
from bot.settings import Configuration
from bot.settings.credentials import Credentials
from bot.settings.timings import timings_of
from bot.ui.client import MAINTENANCE, PikaBot
from bot.ui.controls.job_buttons import BUTTONS, RESULT_BUTTONS
from bot.ui.controls.moderation_controls import CONTROL_ITEMS
from bot.ui.delivery import DiscordDelivery
from bot.ui.owner import DiscordOwner
from bot.ui.presentation.status import Rendering
from cogs import all_commands
from cogs.mentions import Mentions

P = TypeVar("P")


class Wrap(Protocol):
    """Called with every object that implements a port; what it returns is used in its place."""

    def __call__(self, port: P, /) -> P: ...


def as_it_is(port: P, /) -> P:
    return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What implements the ports, opened, and the bot that they are for."""

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


def wire(
    configuration: Configuration,
    credentials: Credentials,
    adapters: Adapters,
    *,
    wrap: Wrap = as_it_is,
) -> Dispatcher:
    """Give everything what it works with; return what drives the jobs."""
    settings, catalogue = configuration.settings, configuration.catalogue
    clock, random, changed = SystemClock(), secrets.SystemRandom().random, asyncio.Event()
    rendering = Rendering(catalogue)
    line = LineState()
    timings = timings_of(settings)
    estimates = Estimates(
        adapters.store, clock, settings.fal.concurrency, longest=timings.uncertain_for
    )
    delivery = wrap(DiscordDelivery(adapters.bot, rendering, clock))
    board = StatusMessages(
        store=adapters.store,
        delivery=delivery,
        archive=adapters.archive,
        videos=adapters.videos,
        limits=UploadLimits(adapters.store, clock),
        clock=clock,
        line=line,
        estimates=estimates,
    )
    incidents = Incidents(
        line=line,
        store=adapters.store,
        owner=wrap(DiscordOwner(adapters.bot)) if settings.discord.tell_owner else None,
        clock=clock,
        random=random,
        rules=BreakerPolicy(pace=timings.retry, most_unclear=settings.fal.most_unclear_answers),
    )
    turns = JobTransitions(
        store=adapters.store,
        board=board,
        clock=clock,
        random=random,
        timings=timings,
        changed=changed,
    )
    driver = Driver(
        Steps(
            store=adapters.store,
            fal=adapters.fal,
            videos=adapters.videos,
            archive=adapters.archive,
            board=board,
            clock=clock,
            timings=timings,
            concurrency=settings.fal.concurrency,
            incidents=incidents,
            turns=turns,
            events=FalEventStreams(
                adapters.fal, clock, poll_every=settings.fal.poll_beside_events()
            ),
            callback=tickets_of(settings, credentials).url,
        )
    )
    dispatcher = Dispatcher(
        store=adapters.store,
        driver=driver,
        board=board,
        clock=clock,
        concurrency=settings.fal.concurrency,
        refresh=settings.discord.line_refresh_seconds,
        changed=changed,
        line=line,
        archive=adapters.archive,
        least_free_bytes=settings.archive.least_free_bytes,
        timings=timings,
        restored=RestoreRecovery(
            store=adapters.store,
            fal=adapters.fal,
            clock=clock,
            random=random,
            timings=timings,
            line=line,
            endpoints={model.endpoint for model in catalogue.models},
        ),
        incidents=incidents,
    )
    offer = Offer(
        catalogue=catalogue,
        template=settings.prompt.template(),
        unit=settings.quota.unit_micro_usd(),
    )
    refining = DeriveVideo(
        store=adapters.store, archive=adapters.archive, videos=adapters.videos, offer=offer
    )
    delete = DeleteVideo(
        store=adapters.store, past=adapters.past, archive=adapters.archive, delivery=delivery
    )
    ceilings = settings.ceilings()
    services = Services(
        submit=SubmitVideo(
            store=adapters.store,
            members=adapters.members,
            refining=refining,
            pictures=adapters.pictures,
            videos=adapters.members_videos,
            archive=adapters.archive,
            clock=clock,
            random=random,
            offer=offer,
            ceilings=ceilings,
            confirm_above=settings.quota.confirm_micro_usd(),
            same_within=settings.quota.same_request_seconds,
            caps=settings.line.caps(),
        ),
        allowed=Entitlements(
            store=adapters.store,
            members=adapters.members,
            clock=clock,
            offer=offer,
            ceilings=ceilings,
        ),
        cancel=CancelJob(adapters.store, clock, line),
        queries=Queries(
            store=adapters.store,
            archive=adapters.archive,
            clock=clock,
            line=line,
            estimates=estimates,
        ),
        refining=refining,
        delete=delete,
        history=ShowHistory(past=adapters.past, archive=adapters.archive, videos=adapters.videos),
        join=JoinShots(store=adapters.store, archive=adapters.archive, videos=adapters.videos),
        sweep=SweepArchive(
            past=adapters.past,
            archive=adapters.archive,
            clock=clock,
            deleting=delete,
            keep_inputs_days=settings.archive.keep_inputs_days,
            keep_videos_days=settings.archive.keep_videos_days,
        ),
        reconcile=ReconcileJob(
            store=adapters.store,
            fal=adapters.fal,
            clock=clock,
            submit_within=timings.submit_within,
            go_on=dispatcher.go_on,
        ),
        release=ReleaseJob(adapters.store, clock),
        hear=AcceptWebhook(
            store=adapters.store, fal=adapters.fal, clock=clock, go_on=dispatcher.go_on
        ),
        drain=DrainLine(
            store=adapters.store,
            board=board,
            dispatcher=dispatcher,
            line=line,
            stop_intake=partial(
                adapters.bot.stop_accepting, settings.process.stop_seconds, MAINTENANCE
            ),
        ),
        board=board,
        dispatcher=dispatcher,
        preferences=KeepPreferences(adapters.members, offer),
        offer=offer,
        moderate=Moderate(adapters.rules, clock, ceilings, catalogue),
        oversee=Oversee(adapters.rules, adapters.spending, clock, ceilings),
    )
    buttons = (*BUTTONS, *RESULT_BUTTONS, *CONTROL_ITEMS)
    adapters.bot.serve(services, rendering, adapters.store, all_commands(catalogue), buttons)
    adapters.bot.add_listener(Mentions(adapters.bot).on_message)
    return dispatcher
