"""Opens the webhook receiver, if the settings ask for one."""

import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus

from bot.adapters.process.clock import SystemClock
from bot.adapters.webhook.urls import WebhookUrls
from bot.application.pipeline.webhook import AcceptWebhook, WebhookReply
from bot.settings import ConfigurationProblem
from bot.settings.credentials import Credentials
from bot.settings.schema import Settings

log = logging.getLogger(__name__)

_ANSWERS = {
    WebhookReply.TAKEN: HTTPStatus.OK,
    WebhookReply.LATER: HTTPStatus.SERVICE_UNAVAILABLE,
    WebhookReply.REFUSED: HTTPStatus.FORBIDDEN,
}


def webhook_urls(settings: Settings, credentials: Credentials) -> WebhookUrls:
    """Return the signed URLs that fal may call."""
    return WebhookUrls(settings.webhook.public_url, credentials.fal_key)


@asynccontextmanager
async def taking_webhooks(
    settings: Settings, credentials: Credentials, accept_webhook: AcceptWebhook
) -> AsyncGenerator[None]:
    """Take fal's calls if there is a public URL. Raises ConfigurationProblem."""
    if not settings.webhook.public_url:
        yield
        return
    # The two modules take 8 MB, so only a bot with webhooks imports them.
    from bot.adapters.fal.webhook_signatures import Signatures  # noqa: PLC0415
    from bot.adapters.webhook.receiver import receiving  # noqa: PLC0415

    async def answer(reference: str, request_id: str) -> HTTPStatus:
        return _ANSWERS[await accept_webhook(reference, request_id)]

    host, port = settings.webhook.host, settings.webhook.port
    async with AsyncExitStack() as stack:
        receiver = receiving(
            host,
            port,
            urls=webhook_urls(settings, credentials),
            signatures=Signatures(settings.fal.rest_url),
            clock=SystemClock(),
            accept=answer,
            fal_offset=accept_webhook.fal.clock_offset,
        )
        try:
            await stack.enter_async_context(receiver)
        except OSError as error:
            raise ConfigurationProblem(
                f"the webhook receiver can't listen on {host}:{port} ({error.strerror}): set"
                " `webhook.host` and `webhook.port` to an address that is free."
            ) from error
        log.info("fal's webhooks are taken on %s:%d", host, port)
        yield
