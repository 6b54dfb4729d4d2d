"""A server's rules in words, for moderators: in answers, in the panel and in the audit.

Roles, channels and members are mentions, so their names can't format anything; what somebody typed
stands in code.
"""

from bot.domain.calendar import Calendar
from bot.domain.catalogue.models import Catalogue
from bot.domain.moderation.rules import Allowance, MemberRule, Quality, RoleRule, ServerRules
from bot.domain.money import show_usd
from bot.domain.text import literal

NOTHING_SAID = "nothing of its own"
_LONGEST_REASON = 200


def role(role_id: int) -> str:
    return f"<@&{role_id}>"


def member(member_id: int) -> str:
    return f"<@{member_id}>"


def from_to(before: str, after: str) -> str:
    """Return "5 → 3 videos a day": words that both end with are said once."""
    if before == after:
        return f"{after}, as before"
    was, now = before.split(" "), after.split(" ")
    # Of several things, or inside of code, an ending can't be left out.
    is_one = "`" not in before + after and " and " not in before + after
    while is_one and len(was) > 1 and len(now) > 1 and was[-1] == now[-1]:
        was.pop()
        now.pop()
    return f"{' '.join(was)} → {after}"


def allowance(said: Allowance, otherwise: str = NOTHING_SAID) -> str:
    """Return what a day allows; `otherwise` where nothing is said."""
    parts: list[str] = []
    if said.unlimited:
        parts.append("unlimited videos a day")
    elif said.videos_per_day is not None:
        parts.append(f"{count(said.videos_per_day, 'video')} a day")
    if said.usd_per_day is not None:
        parts.append(f"{show_usd(said.usd_per_day)} a day")
    return " and ".join(parts) or otherwise


def quality(said: Quality, catalogue: Catalogue) -> str:
    """Return the best that may be asked for."""
    parts: list[str] = []
    if said.resolution is not None:
        parts.append(f"up to {said.resolution}")
    if said.seconds is not None:
        parts.append(f"up to {said.seconds} s")
    if said.models:
        parts.append(f"with {models(said, catalogue)}")
    return ", ".join(parts) or "everything"


def models(said: Quality, catalogue: Catalogue) -> str:
    """Return the names of the models that may be used; several of a name are one."""
    names = {
        found.name if (found := catalogue.get(key)) else literal(key, 50) for key in said.models
    }
    return " or ".join(sorted(names)) or "every model"


def role_rule(rule: RoleRule | None, catalogue: Catalogue) -> str:
    """Return what a role brings beside its quota."""
    parts: list[str] = []
    if rule is not None and rule.quality is not None:
        parts.append(quality(rule.quality, catalogue))
    if rule is not None and rule.has_priority:
        parts.append("goes on when a budget is nearly used up")
    return "; ".join(parts) or NOTHING_SAID


def block(rule: MemberRule | None) -> str:
    if rule is None or not rule.is_blocked:
        return "may make videos"
    return f"blocked{_because(rule.reason)}"


def grant(now: int, units: int, reason: str, expires_at: int | None) -> str:
    """Return the answer to a grant: the member's bonus with it, and the grant itself."""
    return f"{count(now, 'video')} (+{units:,}{_until(expires_at)}{_because(reason)})"


def bonus(units: int) -> str:
    """Return a member's bonus, as the audit writes it."""
    return count(units, "bonus video")


def bonus_granted(now: int, units: int, reason: str, expires_at: int | None) -> str:
    """Return a member's bonus with a new grant, as the audit writes it."""
    share = "" if expires_at is None else f", {units} of them{_until(expires_at)}"
    return f"{bonus(now)}{share}{_because(reason)}"


def _until(expires_at: int | None) -> str:
    return f" until <t:{expires_at // 1000}:f>" if expires_at is not None else ""


def _because(reason: str) -> str:
    return f": {literal(reason, _LONGEST_REASON)}" if reason else ""


def budget(rules: ServerRules) -> str:
    parts = [
        f"{show_usd(limit)} a {period}"
        for limit, period in ((rules.usd_per_day, "day"), (rules.usd_per_month, "month"))
        if limit is not None
    ]
    return " and ".join(parts) or "no limit of its own"


def channels(rules: ServerRules) -> str:
    return ", ".join(f"<#{channel}>" for channel in sorted(rules.channels)) or "everywhere"


def roles(rules: ServerRules) -> str:
    """Return who may use the bot."""
    return ", ".join(f"<@&{role_id}>" for role_id in sorted(rules.roles)) or "everybody"


def newcomers(rules: ServerRules) -> str:
    parts = [
        f"{what} for {count(days, 'day')}"
        for days, what in (
            (rules.account_days, "at Discord"),
            (rules.member_days, "here"),
        )
        if days
    ]
    return " and ".join(parts) or "welcome at once"


def pause(rules: ServerRules) -> str:
    return "paused" if rules.is_paused else "open"


def time_zone(calendar: Calendar, at: int) -> str:
    """Return the zone that days turn in, and the one that follows it, if one does."""
    now = f"`{calendar.zone_at(at)}`"
    if calendar.next_zone is None or calendar.changes_at is None or calendar.changes_at <= at:
        return now
    return f"{now}, and `{calendar.next_zone}` from <t:{calendar.changes_at // 1000}:f> on"


def count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
