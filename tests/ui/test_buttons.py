"""The buttons that are sent, and what answers a press."""

from dataclasses import replace

import discord

from bot.application.videos.history import HistoryEntry, Page
from bot.application.videos.submit import PriceOffer, Quote
from bot.domain.catalogue.models import Kind
from bot.domain.catalogue.prices import Price
from bot.domain.jobs.chains import frame_key
from bot.domain.jobs.job import Status
from bot.domain.moderation.quota import Quota
from bot.ui.controls.job_buttons import JOB_ACTIONS, JOB_BUTTONS, MESSAGE_ACTIONS
from bot.ui.presentation import views
from tests.domain.examples import CATALOGUE, MODEL, job

LARGEST = 10**18 - 1  # as many digits as the templates take


def everything_sent() -> list[str]:
    """Return the `custom_id` of every button of every view."""
    waiting = replace(job(), id=LARGEST)
    shot = replace(
        job(Status.DELIVERED),
        id=LARGEST,
        model=MODEL.key,
        kind=Kind.IMAGE,
        inputs=(frame_key(job(Status.DELIVERED)),),
    )
    first = replace(job(Status.DELIVERED), id=LARGEST, model=MODEL.key)
    quote = Quote(Price(200_000, assumed=False), 1, Quota(used=0, limit=5, day=0, resets_at=0))
    page = Page([HistoryEntry(first, is_kept=True, poster=None)], newer=True, older=True)
    sent = [
        views.job_view(waiting),
        views.result_view(first, CATALOGUE),
        views.result_view(shot, CATALOGUE),
        views.delete_view(first, 2**63 - 1),
        views.another_view(first.reference),
        views.history_view(page),
        views.offer_view(PriceOffer(LARGEST, quote, until=0)),
    ]
    buttons = [item for view in sent for item in view.children]
    return [str(item.custom_id) for item in buttons if isinstance(item, discord.ui.Button)]


async def test_every_button_is_known_where_it_is_pressed() -> None:
    templates = [button.__discord_ui_compiled_template__ for button in JOB_BUTTONS]
    actions: set[str] = set()
    message_actions: set[str] = set()
    for custom_id in everything_sent():
        (match,) = [found for one in templates if (found := one.fullmatch(custom_id))]
        if custom_id.startswith("job:"):
            groups = match.groupdict()
            (message_actions if "message" in groups else actions).add(groups["action"])
    assert actions == set(JOB_ACTIONS)
    assert message_actions == set(MESSAGE_ACTIONS)
