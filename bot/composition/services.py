"""Wires the use cases that commands, buttons and the operator may call."""

from functools import partial

from bot.application.moderation.change_rules import Moderate
from bot.application.moderation.overview import Oversee
from bot.application.operator import ReconcileJob, ReleaseJob
from bot.application.pipeline.drain import DrainLine
from bot.application.pipeline.webhook import AcceptWebhook
from bot.application.services import (
    ModerationServices,
    OperatorServices,
    Services,
    VideoServices,
)
from bot.application.videos.cancel import CancelJob
from bot.application.videos.delete import DeleteVideo
from bot.application.videos.derive import DeriveVideo
from bot.application.videos.history import ShowHistory
from bot.application.videos.join import JoinShots
from bot.application.videos.preferences import KeepPreferences
from bot.application.videos.queries import Entitlements, Queries
from bot.application.videos.retention import SweepArchive
from bot.application.videos.start import StartVideo
from bot.application.videos.submit import SubmitVideo
from bot.composition.pipeline import Adapters, Pipeline
from bot.domain.requests.request import Offer
from bot.settings import Configuration
from bot.settings.schema import Settings
from bot.ui.client import MAINTENANCE


def wire_services(configuration: Configuration, adapters: Adapters, pipeline: Pipeline) -> Services:
    """Return every use case, wired to the adapters and the pipeline."""
    settings, store, clock = configuration.settings, adapters.store, pipeline.clock
    ceilings = settings.ceilings()
    videos = _video_services(configuration, adapters, pipeline)
    return Services(
        videos=videos,
        moderation=ModerationServices(
            change=Moderate(adapters.rules, clock, ceilings, configuration.catalogue),
            oversee=Oversee(adapters.rules, adapters.spending, clock, ceilings),
        ),
        operator=_operator_services(settings, adapters, pipeline),
        dispatcher=pipeline.dispatcher,
        messages=pipeline.messages,
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
            keep_inputs_days=settings.archive.keep_inputs_days,
            keep_videos_days=settings.archive.keep_videos_days,
        ),
    )


def _video_services(
    configuration: Configuration, adapters: Adapters, pipeline: Pipeline
) -> VideoServices:
    settings, store, archive = configuration.settings, adapters.store, adapters.archive
    clock, ceilings = pipeline.clock, settings.ceilings()
    offer = Offer(
        catalogue=configuration.catalogue,
        template=settings.prompt.template(),
        unit=settings.quota.unit_micro_usd(),
    )
    derive = DeriveVideo(store=store, archive=archive, videos=adapters.videos, offer=offer)
    submit = SubmitVideo(
        store=store,
        members=adapters.members,
        derive=derive,
        pictures=adapters.pictures,
        videos=adapters.members_videos,
        archive=archive,
        clock=clock,
        random=pipeline.random,
        offer=offer,
        ceilings=ceilings,
        confirm_above=settings.quota.confirm_micro_usd(),
        same_within=settings.quota.same_request_seconds,
        caps=settings.line.caps(),
    )
    return VideoServices(
        submit=submit,
        start=StartVideo(
            store=store,
            submit=submit,
            clock=clock,
            wake=pipeline.dispatcher.wake,
            show=pipeline.messages.try_to_show,
        ),
        derive=derive,
        cancel=CancelJob(store, clock, pipeline.line),
        delete=DeleteVideo(
            store=store,
            past=adapters.past,
            archive=archive,
            delivery=pipeline.discord,
            clock=clock,
        ),
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
            store=store, members=adapters.members, clock=clock, offer=offer, ceilings=ceilings
        ),
        preferences=KeepPreferences(adapters.members, offer),
        offer=offer,
    )


def _operator_services(
    settings: Settings, adapters: Adapters, pipeline: Pipeline
) -> OperatorServices:
    return OperatorServices(
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
