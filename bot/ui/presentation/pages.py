"""Pages for members beside their jobs: help, models, prices, offers, quota, own defaults."""

from collections.abc import Mapping

from bot.application.videos.submit import PriceOffer
from bot.domain.catalogue.models import DRAFT, Catalogue, Kind, Model
from bot.domain.catalogue.prices import price_of
from bot.domain.moderation.quota import Quota
from bot.domain.money import show_usd
from bot.domain.options import Options
from bot.domain.text import clean
from bot.ui.presentation.status import literal, since

COMMAND_OF: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.IMAGE: "image",
    Kind.SCENES: "scenes",
    Kind.FRAMES: "frames",
    Kind.EFFECT: "effect",
    Kind.SWAP: "swap",
    Kind.ADD: "add",
}
"""The subcommand of `/pika`, by the kind of video that it makes."""
_PURPOSES = {
    Kind.TEXT: "makes a video from a prompt",
    Kind.IMAGE: "animates a picture",
    Kind.SCENES: "puts people and things from up to five pictures into a video",
    Kind.FRAMES: "passes through two to five pictures",
    Kind.EFFECT: "melts, inflates or cake-ifies what is in a picture",
    Kind.SWAP: "replaces something in a video",
    Kind.ADD: "adds someone or something to a video",
}
FIRST_FRAME = "Your picture is an animation, so I took its first frame."


def help_page(catalogue: Catalogue, today: Quota) -> str:
    """Return the page behind `/pika help`."""
    lines = ["**Make videos with Pika**"]
    lines += [f"`/pika {COMMAND_OF[kind]}` {_PURPOSES[kind]}." for kind in catalogue.kinds]
    if Kind.IMAGE in catalogue.kinds:
        lines.append(
            "Right-click (or hold) a message with a picture, **Apps → Animate**, animates that"
            " picture."
        )
        lines.append(
            "Mention me with a picture attached, or in a reply to one of my videos, and say what"
            " happens."
        )
    lines += [
        "",
        "`/pika jobs` shows where your videos stand, `/pika cancel` stops one.",
        "`/pika history` pages through your finished ones, `/pika show` posts one again.",
        (
            "The buttons under a video make another, change it or go on with it; `/pika join` makes"
            " one film of a chain of shots."
        ),
        "`/pika models` says what everything costs, `/pika settings` keeps your own defaults.",
        "",
        quota(today),
        "-# One that fails without being charged doesn't count towards your quota.",
    ]
    return "\n".join(lines)


def models(catalogue: Catalogue, today: Quota) -> str:
    """Return the page behind `/pika models`: every model, and its prices.

    `catalogue` holds the models that the member may use here, now.
    """
    lines = ["**What there is, and what a video costs the server's owner**"]
    for kind in catalogue.kinds:
        lines.append(f"**/pika {COMMAND_OF[kind]}**")
        offered = catalogue.of(kind)
        draft = catalogue.draft(kind) if len(offered) > 1 else None
        for model in offered:
            alias = f" ({DRAFT})" if model is draft else ""
            lines.append(f"- {model.name}{alias}: {prices(model)}")
    lines += ["", quota(today)]
    return "\n".join(lines)


def prices(model: Model) -> str:
    """Return a model's prices in words, equal ones together."""
    if model.longest:
        parts = [
            f"{rule.resolution or ''} {'about ' if rule.assumed else ''}{show_usd(rule.micro_usd)}"
            f"{' a second' if rule.per_second else ''}".strip()
            for rule in model.prices
        ]
        return f"{', '.join(parts)}, up to {model.longest} s"
    priced = [
        (resolution, duration, price_of(model.prices, resolution=resolution, seconds=duration))
        for duration in model.durations or (None,)
        for resolution in model.resolutions or (None,)
    ]
    if len({price for *_, price in priced}) == 1:
        return str(priced[0][2])
    return ", ".join(f"{resolution} {duration} s {price}" for resolution, duration, price in priced)


def offer(price_offer: PriceOffer) -> str:
    """Return the question whether to make an expensive video."""
    quote = price_offer.quote
    room = quote.quota.room
    if room is None:
        counts = f" and counts as {quote.units} videos" if quote.units > 1 else ""
    elif quote.units > 1:
        counts = f" and counts as {quote.units} of the {room} videos that you have left today"
    else:
        counts = f"; you have {room} left today"
    return (
        f"💰 **This video costs the server's owner {quote.price}**{counts}.\n"
        f"-# Nothing is charged until you agree; the offer ends {since(price_offer.until)}."
    )


def variation(offer: str) -> str:
    """Return the offer to make a variation, where a reply may be mere talk."""
    return f"🎬 **Shall I make a variation of it with your words?**\n{offer}"


def preferences(options: Options) -> str:
    """Return a member's own defaults."""
    defaults = options.chosen()
    if not defaults:
        return (
            "You have no defaults of your own; `/pika settings` with an option keeps it for all"
            " your videos."
        )
    lines = [f"**{name}** {literal(clean(str(value)), 100)}" for name, value in defaults.items()]
    return "\n".join(
        ["Where you say nothing else and the model offers it, your videos are made with", *lines]
    )


def quota(quota: Quota) -> str:
    """Return a member's quota of today, used and left, in one or two sentences."""
    if quota.left is None:
        first = (
            f"You've used **{quota.used}** videos here today, and may make any number;"
            f" the count starts anew {since(quota.resets_at)}."
        )
    else:
        first = (
            f"You've used **{quota.used} of {quota.limit}** videos here today, {quota.left} left;"
            f" the count starts anew {since(quota.resets_at)}."
        )
    if quota.is_owners and quota.made != quota.used:
        # After a reset: the two numbers before don't explain what is left.
        first += f" The bot's owner allows {quota.most} a day, and {quota.made} are made."
    if quota.usd_left is None:
        return first
    assert quota.usd_limit is not None, "what is left of it says so"
    return (
        f"{first} They may cost **{show_usd(quota.usd_limit)}** a day;"
        f" {show_usd(quota.usd_left)} of that is left."
    )
