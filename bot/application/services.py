"""What commands and buttons may call."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.application.allowed import Allowed
from bot.application.board import Board
from bot.application.cancel import CancelJob
from bot.application.deleting import DeleteVideo
from bot.application.dispatcher import Dispatcher
from bot.application.drain import DrainLine
from bot.application.history import ShowHistory
from bot.application.joining import JoinShots
from bot.application.moderation import Moderate
from bot.application.operate import ReconcileJob, ReleaseJob
from bot.application.oversight import Oversee
from bot.application.preferences import KeepPreferences
from bot.application.queries import Queries
from bot.application.refining import Refining
from bot.application.submit import SubmitVideo
from bot.application.sweeping import SweepArchive
from bot.application.webhooks import HearWebhook
from bot.domain.orders import Drain, Order, Reconcile, Release
from bot.domain.request import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases, and what the operator offers."""

    submit: SubmitVideo
    allowed: Allowed
    cancel: CancelJob
    queries: Queries
    refining: Refining
    delete: DeleteVideo
    history: ShowHistory
    join: JoinShots
    sweep: SweepArchive
    reconcile: ReconcileJob
    release: ReleaseJob
    hear: HearWebhook
    drain: DrainLine
    board: Board
    dispatcher: Dispatcher
    preferences: KeepPreferences
    offer: Offer
    moderate: Moderate
    oversee: Oversee

    async def obey(self, end: Callable[[], None], order: Order) -> str:
        """Do what the operator orders; `end` ends the bot. Raises Refusal."""
        match order:
            case Release():
                return await self.release(order.job_id, charged=order.charged)
            case Reconcile():
                return await self.reconcile(order.job_id, order.request_id)
            case Drain():
                return await self.drain(end, wait=order.wait)
