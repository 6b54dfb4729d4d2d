"""Everything that commands and buttons may call."""

import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass

from bot.application.line.explanation import ExplainLine
from bot.application.line.owner_messages import OwnerMessages
from bot.application.line.sole_process import SoleProcess
from bot.application.messages.delivery import VideoDelivery
from bot.application.messages.status_messages import StatusMessages
from bot.application.moderation.change_rules import Moderate
from bot.application.moderation.month_watch import WatchMonth
from bot.application.moderation.overview import Oversee
from bot.application.operator import ReconcileJob, ReleaseJob
from bot.application.pipeline.dispatcher import Dispatcher
from bot.application.pipeline.drain import DrainLine
from bot.application.pipeline.webhook import AcceptWebhook
from bot.application.servers import ServeServers
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
from bot.domain.operator_orders import Drain, Explain, OperatorOrder, Reconcile, Release, Serve
from bot.domain.requests.request import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoServices:
    """The use cases of members, and `offer`: the catalogue and template of the operator."""

    submit: SubmitVideo
    start: StartVideo
    derive: DeriveVideo
    cancel: CancelJob
    delete: DeleteVideo
    join: JoinShots
    history: ShowHistory
    queries: Queries
    entitlements: Entitlements
    preferences: KeepPreferences
    offer: Offer


@dataclass(frozen=True, slots=True)
class ModerationServices:
    """The use cases of moderators."""

    change: Moderate
    oversee: Oversee


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorServices:
    """The use cases of the operator, who speaks through the command line."""

    reconcile: ReconcileJob
    release: ReleaseJob
    drain: DrainLine
    servers: ServeServers
    explain: ExplainLine

    async def obey(self, end: Callable[[], None], order: OperatorOrder) -> str:
        """Do what the operator orders; `end` ends the bot. Raises Refusal."""
        match order:
            case Release():
                return await self.release(order.job_id, charged=order.charged)
            case Reconcile():
                return await self.reconcile(order.job_id, order.request_id)
            case Serve():
                return await self.servers.decide(order.guild_id, allow=order.allow)
            case Explain():
                return json.dumps([asdict(held) for held in self.explain()])
            case Drain():
                return await self.drain(end, wait=order.wait)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases by who calls them, and the parts of the pipeline that commands touch."""

    videos: VideoServices
    moderation: ModerationServices
    operator: OperatorServices
    servers: ServeServers
    dispatcher: Dispatcher
    messages: StatusMessages
    owner_messages: OwnerMessages
    sole_process: SoleProcess
    delivery: VideoDelivery
    accept_webhook: AcceptWebhook
    sweep: SweepArchive
    month: WatchMonth
    tell_without_cap: Callable[[], Coroutine[None, None, None]] | None
    """Tells the owner that no monthly cap holds; None where that isn't to be said."""
