"""Buttons as they are sent; `bot.ui.controls.job_buttons` answers their presses."""

from collections.abc import Sequence

import discord

from bot.application.videos.history import Page
from bot.application.videos.submit import PriceOffer
from bot.domain.catalogue.models import Catalogue, Kind
from bot.domain.jobs.chains import previous_shot
from bot.domain.jobs.job import CANCELABLE, Job
from bot.domain.money import show_usd
from bot.domain.requests.derived import Upgrade, upgrade_of


def job_view(job: Job) -> discord.ui.View:
    """Return the buttons under a job's message."""
    items = [_button("Details", job, "details")]
    if job.status in CANCELABLE and job.cancel_requested_at is None:
        items.append(_button("Cancel", job, "cancel", discord.ButtonStyle.danger))
    return _view(items)


def announcement_view(tag: str) -> discord.ui.View:
    """Return the button under an announcement; its custom id tells whose announcement it is."""
    return _view([_button("Cancel", tag, "cancel", discord.ButtonStyle.danger)])


def result_view(job: Job, catalogue: Catalogue) -> discord.ui.View:
    """Return the buttons under a finished video: videos that can be made of it, the rest below."""
    items: list[discord.ui.Button[discord.ui.View]] = []
    if catalogue.get(job.model) is not None:
        items.append(_button("Again", job, "again"))
    if catalogue.of(job.kind):
        items.append(_button("Edit", job, "edit"))
    if (upgrade := upgrade_of(job, catalogue)) is not None:
        items.append(_button(_upgrade_label(job, upgrade), job, "hq"))
    if catalogue.of(Kind.IMAGE):
        items.append(_button("Continue", job, "continue"))
    if previous_shot(job) is not None:
        items.append(_button("Join", job, "join"))
    below = [
        _button("Details", job, "details"),
        _button("Delete", job, "delete", discord.ButtonStyle.danger),
    ]
    for button in below:
        button.row = 1
    return _view([*items, *below])


def _upgrade_label(job: Job, upgrade: Upgrade) -> str:
    """Return a label with the difference in price, or with the price where it isn't higher."""
    price = upgrade.cost.price
    about = "about " if price.assumed or job.price_assumed else ""
    more = price.micro_usd - job.price
    return f"HQ {about}+{show_usd(more)}" if more > 0 else f"HQ for {price}"


def delete_view(job: Job, message_id: int) -> discord.ui.View:
    """Return the button that deletes a video in its own message and in the one with that id."""
    action = f"delete:{message_id}"
    return _view([_button("Delete for good", job, action, discord.ButtonStyle.danger)])


def history_view(page: Page) -> discord.ui.View:
    """Return a button for each video of the page that is kept, and buttons that turn the page."""
    kept = [entry.job for entry in page.entries if entry.is_kept]
    items = [_button(f"Show #{job.id}", job, "show") for job in kept]
    if page.newer and page.entries:
        items.append(_page_button("◀ Newer", f"newer:{page.entries[0].job.id}"))
    if page.older and page.entries:
        items.append(_page_button("Older ▶", f"older:{page.entries[-1].job.id}"))
    return _view(items)


def _page_button(label: str, where: str) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label=label, custom_id=f"history:{where}", row=1)


def another_view(reference: str) -> discord.ui.View:
    """Return the button under the news that the same request was accepted a moment ago."""
    button = discord.ui.Button[discord.ui.View](
        label="Make another",
        style=discord.ButtonStyle.primary,
        custom_id=f"job:{reference}:another",
    )
    return _view([button])


def offer_view(price_offer: PriceOffer) -> discord.ui.View:
    """Return the buttons under a price offer."""
    price = price_offer.quote.price
    agree = discord.ui.Button[discord.ui.View](
        label=f"Make it for {price}",
        style=discord.ButtonStyle.primary,
        custom_id=f"offer:{price_offer.id}:agree",
    )
    decline = discord.ui.Button[discord.ui.View](
        label="Don't", custom_id=f"offer:{price_offer.id}:decline"
    )
    return _view([agree, decline])


def carries(message: discord.Message, view: discord.ui.View) -> bool:
    """Return whether a message has the same buttons as the view, by their custom ids."""
    ids = {*custom_ids(message.components)}
    return ids == {item.custom_id for item in view.children if isinstance(item, discord.ui.Button)}


def custom_ids(components: Sequence[discord.Component]) -> list[str]:
    """Return the `custom_id` of each button of a message."""
    return [
        item.custom_id
        for row in components
        for item in (row.children if isinstance(row, discord.ActionRow) else ())
        if isinstance(item, discord.Button) and item.custom_id is not None
    ]


def is_button_of(job: Job, custom_id: str) -> bool:
    """Return whether a custom id refers to the job."""
    return custom_id.startswith(f"job:{job.reference}:")


def no_buttons() -> discord.ui.View:
    return _view([])


def _button(
    label: str,
    job: Job | str,
    action: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
) -> discord.ui.Button[discord.ui.View]:
    """Return a button of a job, or of the announcement with that tag."""
    reference = job if isinstance(job, str) else job.reference
    return discord.ui.Button(label=label, style=style, custom_id=f"job:{reference}:{action}")


def _view(items: list[discord.ui.Button[discord.ui.View]]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    # A view that has ended isn't kept in memory. Presses find their way by `custom_id`.
    view.stop()
    return view
