"""Buttons as they are sent. What a press does is in `bot/ui/buttons.py`."""

import discord

from bot.application.submit import Offered
from bot.domain.job import ENDED, Job, Status

# From here on fal finishes and charges what it has begun.
_TOO_LATE = ENDED | {Status.RUNNING, Status.SUCCEEDED, Status.STORED}


def job_view(job: Job) -> discord.ui.View:
    """Return the buttons under a job's message."""
    items = [_button("Details", job.id, "details")]
    if job.status not in _TOO_LATE and job.cancel_requested_at is None:
        items.append(_button("Cancel", job.id, "cancel", discord.ButtonStyle.danger))
    return _view(items)


def another_view(job_id: int) -> discord.ui.View:
    """Return what goes with the news that the same was asked for a moment ago."""
    return _view([_button("Make another", job_id, "another", discord.ButtonStyle.primary)])


def offer_view(offered: Offered) -> discord.ui.View:
    """Return what goes with a price that its member has to agree to."""
    price = offered.quote.price
    agree = discord.ui.Button[discord.ui.View](
        label=f"Make it for {price}",
        style=discord.ButtonStyle.primary,
        custom_id=f"offer:{offered.id}:agree",
    )
    decline = discord.ui.Button[discord.ui.View](
        label="Don't", custom_id=f"offer:{offered.id}:decline"
    )
    return _view([agree, decline])


def no_buttons() -> discord.ui.View:
    return _view([])


def _button(
    label: str,
    job_id: int,
    action: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label=label, style=style, custom_id=f"job:{job_id}:{action}")


def _view(items: list[discord.ui.Button[discord.ui.View]]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    # A view that has ended isn't kept in memory. Presses find their way by `custom_id`.
    view.stop()
    return view
