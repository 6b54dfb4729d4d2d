"""Wires the use cases that commands, buttons and the operator may call."""

import socket
from functools import partial

from bot.application.line.sole_process import SoleProcess
from bot.application.moderation.change_rules import Moderate
from bot.application.moderation.month_watch import WatchMonth
from bot.application.moderation.no_cap import tell_without_cap
from bot.application.moderation.overview import Oversee
from bot.application.operator import ReconcileJob, ReleaseJob
from bot.application.pipeline.drain import DrainLine
from bot.application.pipeline.webhook import AcceptWebhook
from bot.application.servers import ServeServers
from bot.application.services import (
    ModerationServices,
    OperatorServices,
    Services,
    VideoServices,
)
from bot.application.videos.cancel import CancelJob
from bot.application.videos.derive import DeriveVideo
from bot.application.videos.history import ShowHistory
from bot.application.videos.join import JoinShots
from bot.application.videos.preferences import KeepPreferences
from bot.application.videos.queries import Entitlements, Queries
from bot.application.videos.retention import SweepArchive
from bot.application.videos.start import StartVideo
from bot.application.videos.submit import SubmitVideo
from bot.composition.adapters import Adapters
from bot.composition.pipeline import Pipeline
from bot.domain.requests.request import Offer
from bot.domain.text import literal
from bot.settings import Configuration
from bot.settings.schema import Settings
from bot.ui.client import MAINTENANCE


def wire_services(
    configuration: Configuration, adapters: Adapters, pipeline: Pipeline, *, without_cap: bool
) -> Services:
    """Return every use case, wired to the adapters and the pipeline.

    `without_cap`: the owner has to know that the cap as shipped doesn't hold.
    """
    settings, store, clock = configuration.settings, adapters.store, pipeline.clock
    ceilings = settings.ceilings()
    servers = ServeServers(
        book=adapters.servers,
        door=pipeline.door,
        store=store,
        clock=clock,
        listed=frozenset(settings.discord.servers),
        asks=settings.discord.tell_owner,
        line=pipeline.line,
        wake_line=pipeline.dispatcher.wake,
    )
    month = WatchMonth(
        spending=adapters.spending,
        ceilings=ceilings,
        clock=clock,
        messages=pipeline.owner_messages,
    )
    videos = _video_services(configuration, adapters, pipeline, month)
    return Services(
        servers=servers,
        month=month,
        tell_without_cap=partial(tell_without_cap, store, pipeline.owner) if without_cap else None,
        videos=videos,
        moderation=ModerationServices(
            change=Moderate(adapters.rules, clock, ceilings, configuration.catalogue),
            oversee=Oversee(adapters.rules, adapters.spending, clock, ceilings),
        ),
        operator=_operator_services(settings, adapters, pipeline, servers),
        dispatcher=pipeline.dispatcher,
        messages=pipeline.messages,
        owner_messages=pipeline.owner_messages,
        sole_process=_sole_process(settings, pipeline),
        delivery=pipeline.delivery,
        accept_webhook=AcceptWebhook(
            store=store,
            fal=adapters.fal,
            clock=clock,
            go_on=pipeline.dispatcher.go_on,
            adopt=pipeline.dispatcher.adopt,
        ),
        sweep=SweepArchive(
            past=adapters.past,
            archive=adapters.archive,
            clock=clock,
            delete=videos.delete,
            show_missed=pipeline.messages.show_missed,
            keep_inputs_days=settings.archive.keep_inputs_days,
            keep_videos_days=settings.archive.keep_videos_days,
        ),
    )


def _sole_process(settings: Settings, pipeline: Pipeline) -> SoleProcess:
    return SoleProcess(
        line=pipeline.line,
        messages=pipeline.owner_messages,
        copy=_copy(settings),
        wake=pipeline.dispatcher.wake,
    )


def _copy(settings: Settings) -> str:
    """Return the names of this machine and of the database, which tell two copies apart."""
    path = str(settings.database.path.absolute())
    return f"{literal(socket.gethostname(), 64)} ({literal(path, 200)})"


def _video_services(
    configuration: Configuration,
    adapters: Adapters,
    pipeline: Pipeline,
    month: WatchMonth,
) -> VideoServices:
    settings, store, archive = configuration.settings, adapters.store, adapters.archive
    clock, ceilings = pipeline.clock, settings.ceilings()
    offer = Offer(
        catalogue=configuration.catalogue,
        template=settings.prompt.template(),
        unit=settings.quota.unit_micro_usd(),
    )
    derive = DeriveVideo(store=store, archive=archive, videos=adapters.videos, offer=offer)
    submit = _submit(configuration, adapters, pipeline, derive, month=month)
    return VideoServices(
        submit=submit,
        start=StartVideo(
            store=store,
            submit=submit,
            clock=clock,
            wake=pipeline.dispatcher.wake,
            show=pipeline.messages.try_to_show,
            draw_tag=pipeline.draw_tag,
        ),
        derive=derive,
        cancel=CancelJob(store, clock, pipeline.line),
        delete=pipeline.delete,
        join=JoinShots(store=store, archive=archive, videos=adapters.videos),
        history=ShowHistory(past=adapters.past, archive=archive, videos=adapters.videos),
        queries=Queries(
            store=store,
            archive=archive,
            clock=clock,
            line=pipeline.line,
            estimates=pipeline.estimates,
        ),
        entitlements=Entitlements(
            store=store,
            members=adapters.members,
            clock=clock,
            offer=offer,
            ceilings=ceilings,
            rules=adapters.rules,
        ),
        preferences=KeepPreferences(adapters.members, offer),
        offer=offer,
    )


def _submit(
    configuration: Configuration,
    adapters: Adapters,
    pipeline: Pipeline,
    derive: DeriveVideo,
    *,
    month: WatchMonth,
) -> SubmitVideo:
    settings = configuration.settings
    return SubmitVideo(
        store=adapters.store,
        month=month,
        members=adapters.members,
        derive=derive,
        pictures=adapters.pictures,
        videos=adapters.members_videos,
        archive=adapters.archive,
        clock=pipeline.clock,
        random=pipeline.random,
        offer=derive.offer,
        ceilings=settings.ceilings(),
        confirm_above=settings.quota.confirm_micro_usd(),
        same_within=settings.quota.same_request_seconds,
        caps=settings.line.caps(),
    )


def _operator_services(
    settings: Settings, adapters: Adapters, pipeline: Pipeline, servers: ServeServers
) -> OperatorServices:
    return OperatorServices(
        servers=servers,
        explain=pipeline.explain,
        reconcile=ReconcileJob(
            store=adapters.store,
            fal=adapters.fal,
            clock=pipeline.clock,
            submit_within=pipeline.timings.submit_within,
            go_on=pipeline.dispatcher.go_on,
        ),
        release=ReleaseJob(adapters.store, pipeline.clock, pipeline.dispatcher.wake),
        drain=DrainLine(
            store=adapters.store,
            messages=pipeline.messages,
            dispatcher=pipeline.dispatcher,
            line=pipeline.line,
            patience=pipeline.timings.uncertain_for,
            stop_intake=partial(
                adapters.bot.stop_accepting, settings.process.stop_seconds, MAINTENANCE
            ),
        ),
    )
