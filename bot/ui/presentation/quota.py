"""The page behind `/pika quota`: what is left, grants, and the cost of each kind of video."""

from collections.abc import Sequence

from bot.domain.catalogue.prices import Cost
from bot.domain.moderation.admission import Admission
from bot.domain.moderation.budget import Landing
from bot.domain.moderation.quota import Quota
from bot.domain.refusal import Refusal
from bot.domain.requests.cost_overview import KindCost
from bot.domain.text import plural
from bot.ui.presentation.pages import COMMAND_OF, quota
from bot.ui.presentation.status import literal, since

_SHOWN_GRANTS = 5


def quota_page(admission: Admission, kind_costs: Sequence[KindCost]) -> str:
    """Return the page behind `/pika quota`."""
    lines = [quota(admission.quota), *_grants(admission.quota)]
    if admission.landing is Landing.TIGHT:
        lines.append(
            "💰 A budget is nearly used up: unless you pick `model` and `resolution`, your video is"
            " a draft at the lowest resolution."
        )
    if (reason := _closed(admission)) is not None:
        lines.append(f"⛔ {reason}")
    if kind_costs:
        lines += ["", "**What a video takes of you here, now**"]
        lines += [_kind_cost(kind_cost) for kind_cost in kind_costs]
    return "\n".join(lines)


def _grants(quota: Quota) -> list[str]:
    lines: list[str] = []
    for grant in quota.grants[:_SHOWN_GRANTS]:
        until = "" if grant.expires_at is None else f", until {since(grant.expires_at)}"
        why = f" · {literal(grant.reason, 100)}" if grant.reason else ""
        lines.append(f"🎁 **{grant.units} {plural('video', grant.units)}** more{until}{why}")
    if more := quota.grants[_SHOWN_GRANTS:]:
        units = sum(grant.units for grant in more)
        lines.append(f"🎁 **{units} {plural('video', units)}** more after those")
    return lines


def _closed(admission: Admission) -> str | None:
    """Return the reason why no video can be made here now, whatever the quota; None if one can."""
    try:
        admission.check_open()
    except Refusal as refusal:
        return str(refusal)
    return None


def _kind_cost(kind_cost: KindCost) -> str:
    usual, most = _cost(kind_cost.usual), _cost(kind_cost.most)
    up_to = "" if most == usual else f"; up to {most}"
    return f"- `/pika {COMMAND_OF[kind_cost.kind]}`: {usual} with {kind_cost.model.name}{up_to}"


def _cost(cost: Cost) -> str:
    return f"{cost.units} {plural('video', cost.units)}, {cost.price}"
