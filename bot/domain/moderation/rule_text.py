"""A server's rules in words, for moderators: in answers, in the panel and in the audit.

Roles, channels and members are mentions, so that their names can't format anything; text that
somebody typed is a code span.
"""

from bot.domain.calendar import Calendar
from bot.domain.catalogue.models import Catalogue
from bot.domain.moderation.rules import Allowance, MemberRule, Quality, RoleRule, ServerRules
from bot.domain.money import show_usd
from bot.domain.text import literal, plural

NOTHING_SAID = "nothing of its own"
_LONGEST_REASON = 200


def role(role_id: int) -> str:
    """Return a role's mention."""
    return f"<@&{role_id}>"


def member(member_id: int) -> str:
    """Return a member's mention."""
    return f"<@{member_id}>"


def from_to(before: str, after: str) -> str:
    """Return a change, such as "5 → 3 videos a day": a common ending is written once."""
    if before == after:
        return f"{after}, as before"
    was, now = before.split(" "), after.split(" ")
    # An ending belongs to the last of several things only, or to a code span.
    is_one = "`" not in before + after and " and " not in before + after
    while is_one and len(was) > 1 and len(now) > 1 and was[-1] == now[-1]:
        was.pop()
        now.pop()
    return f"{' '.join(was)} → {after}"


def allowance(rule: Allowance, otherwise: str = NOTHING_SAID) -> str:
    """Return an allowance in words; `otherwise` if it sets nothing."""
    parts: list[str] = []
    if rule.unlimited:
        parts.append("unlimited videos a day")
    elif rule.videos_per_day is not None:
        parts.append(f"{count(rule.videos_per_day, 'video')} a day")
    if rule.usd_per_day is not None:
        parts.append(f"{show_usd(rule.usd_per_day)} a day")
    return " and ".join(parts) or otherwise


def quality(rule: Quality, catalogue: Catalogue) -> str:
    """Return a quality in words."""
    parts: list[str] = []
    if rule.resolution is not None:
        parts.append(f"up to {rule.resolution}")
    if rule.seconds is not None:
        parts.append(f"up to {rule.seconds} s")
    if rule.models:
        parts.append(f"with {models(rule, catalogue)}")
    return ", ".join(parts) or "everything"


def models(rule: Quality, catalogue: Catalogue) -> str:
    """Return the names of the models that a quality allows, each name once."""
    names = {
        model.name if (model := catalogue.get(key)) else literal(key, 50) for key in rule.models
    }
    return " or ".join(sorted(names)) or "every model"


def role_rule(rule: RoleRule | None, catalogue: Catalogue) -> str:
    """Return a role's quality and priority in words."""
    parts: list[str] = []
    if rule is not None and rule.quality is not None:
        parts.append(quality(rule.quality, catalogue))
    if rule is not None and rule.has_priority:
        parts.append("goes on when a budget is nearly used up")
    return "; ".join(parts) or NOTHING_SAID


def block(rule: MemberRule | None) -> str:
    """Return in words whether a member is blocked."""
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
    """Return a server's budgets in words."""
    parts = [
        f"{show_usd(limit)} a {period}"
        for limit, period in ((rules.usd_per_day, "day"), (rules.usd_per_month, "month"))
        if limit is not None
    ]
    return " and ".join(parts) or "no limit of its own"


def channels(rules: ServerRules) -> str:
    """Return mentions of the channels in which the bot may be used."""
    return ", ".join(f"<#{channel}>" for channel in sorted(rules.channels)) or "everywhere"


def roles(rules: ServerRules) -> str:
    """Return mentions of the roles that may use the bot."""
    return ", ".join(f"<@&{role_id}>" for role_id in sorted(rules.roles)) or "everybody"


def newcomers(rules: ServerRules) -> str:
    """Return in words the age of account and membership that is needed."""
    parts = [
        f"{where} for {count(days, 'day')}"
        for days, where in (
            (rules.account_days, "at Discord"),
            (rules.member_days, "here"),
        )
        if days
    ]
    return " and ".join(parts) or "welcome at once"


def pause(rules: ServerRules) -> str:
    """Return in words whether the moderators have paused the bot."""
    return "paused" if rules.is_paused else "open"


def time_zone(calendar: Calendar, at: int) -> str:
    """Return a calendar's time zone, and the one that follows it, if there is one."""
    now = f"`{calendar.zone_at(at)}`"
    if calendar.next_zone is None or calendar.changes_at is None or calendar.changes_at <= at:
        return now
    return f"{now}, and `{calendar.next_zone}` from <t:{calendar.changes_at // 1000}:f> on"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural if needed."""
    return f"{number:,} {plural(noun, number)}"


def reset(used: int, most: int | None) -> str:
    """Return a count after a reset; `most` is what the bot's owner allows a day all the same."""
    none = count(0, "video")
    if most is None or not used:
        return none
    return f"{none}; what was made still counts for the bot's owner, who allows {most} a day"
