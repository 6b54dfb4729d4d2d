"""What commands and buttons may call."""

from dataclasses import dataclass

from bot.application.board import Board
from bot.application.cancel import CancelJob
from bot.application.dispatcher import Dispatcher
from bot.application.operate import ReconcileJob, ReleaseJob
from bot.application.queries import Queries
from bot.application.submit import SubmitVideo
from bot.application.webhooks import HearWebhook
from bot.domain.models import Catalogue
from bot.domain.prompt import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases, and what the operator offers."""

    submit: SubmitVideo
    cancel: CancelJob
    queries: Queries
    reconcile: ReconcileJob
    release: ReleaseJob
    hear: HearWebhook
    board: Board
    dispatcher: Dispatcher
    catalogue: Catalogue
    template: Template
