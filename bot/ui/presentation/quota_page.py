"""What members read of their quota, the rules and the budgets."""

from collections.abc import Sequence

from bot.domain.catalogue.prices import Cost
from bot.domain.moderation.admission import Admission
from bot.domain.moderation.budget import Landing
from bot.domain.moderation.quota import Quota
from bot.domain.money import show_usd
from bot.domain.refusal import Refusal
from bot.domain.requests.cost_overview import KindCost
from bot.ui.presentation.command_names import COMMAND_OF
from bot.ui.presentation.status import literal, since

_SHOWN_GRANTS = 5


def quota(quota: Quota) -> str:
    """Return how a member stands today, in one or two sentences."""
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
    if quota.usd_left is None:
        return first
    assert quota.usd_limit is not None, "what is left of it says so"
    return (
        f"{first} They may cost **{show_usd(quota.usd_limit)}** a day;"
        f" {show_usd(quota.usd_left)} of that is left."
    )


def quota_page(terms: Admission, choices: Sequence[KindCost]) -> str:
    """Return the page behind `/pika quota`."""
    lines = [quota(terms.quota), *_grants(terms.quota)]
    if terms.landing is Landing.TIGHT:
        lines.append(
            "💰 A budget is nearly used up: unless you pick `model` and `resolution`, your video is"
            " a draft at the lowest resolution."
        )
    if (reason := _closed(terms)) is not None:
        lines.append(f"⛔ {reason}")
    if choices:
        lines += ["", "**What a video takes of you here, now**"]
        lines += [_choice(one) for one in choices]
    return "\n".join(lines)


def _grants(quota: Quota) -> list[str]:
    lines: list[str] = []
    for grant in quota.grants[:_SHOWN_GRANTS]:
        until = "" if grant.expires_at is None else f", until {since(grant.expires_at)}"
        why = f" · {literal(grant.reason, 100)}" if grant.reason else ""
        lines.append(f"🎁 **{_videos(grant.units)}** more{until}{why}")
    if more := quota.grants[_SHOWN_GRANTS:]:
        lines.append(f"🎁 **{_videos(sum(grant.units for grant in more))}** more after those")
    return lines


def _closed(terms: Admission) -> str | None:
    """Return why the member can make no video here now, whatever their quota; None if they can."""
    try:
        terms.check_open()
    except Refusal as refusal:
        return str(refusal)
    return None


def _choice(choice: KindCost) -> str:
    usual, most = _cost(choice.usual), _cost(choice.most)
    up_to = "" if most == usual else f"; up to {most}"
    return f"- `/pika {COMMAND_OF[choice.kind]}`: {usual} with {choice.model.name}{up_to}"


def _cost(cost: Cost) -> str:
    return f"{_videos(cost.units)}, {cost.price}"


def _videos(units: int) -> str:
    return f"{units} video{'' if units == 1 else 's'}"
