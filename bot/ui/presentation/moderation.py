"""Texts and controls for moderators: answers to changes, the overview of a server, the audit."""

from collections.abc import Iterable, Sequence

import discord

from bot.application.moderation.change_rules import Changed
from bot.application.moderation.overview import Overview, Used
from bot.domain.catalogue.models import Catalogue
from bot.domain.moderation import rule_text
from bot.domain.moderation.budget import Budget, Landing
from bot.domain.moderation.rules import Allowance, MemberRule, ServerRules
from bot.domain.money import show_usd
from bot.ports.rules import AuditEntry
from bot.ui.presentation.status import since

AUDIT_PAGE = 10
# Discord takes 2,000 characters.
_ROOM = 1900
_LANDINGS = {
    Landing.TIGHT: "⚠️ over 80 % used: the default is Draft at 720p",
    Landing.LAST: "⚠️ over 95 % used: only roles with priority go on",
    Landing.CLOSED: "⛔ used up",
}
_PAUSED = "⏸️ **Paused** · nobody may ask for videos or post one again; those on their way go on."
_OPEN = "▶️ **Open** · members may ask for videos."


def changes(changed: Iterable[Changed]) -> str:
    """Return a line for each change that made a difference; if none did, for each change."""
    every = list(changed)
    return _fitting(
        [_change(change) for change in every if change.differs] or [*map(_change, every)]
    )


def _change(change: Changed) -> str:
    if not change.differs:
        return f"Nothing changed · {change.what}: {change.after}"
    return f"✅ {change.what}: {rule_text.from_to(change.before, change.after)}"


def overview(overview: Overview, catalogue: Catalogue, usual: int | None, note: str = "") -> str:
    """Return a server's rules and money on one page; `usual` is the bot's own quota."""
    server = overview.rules.server
    lines = [
        note,
        _PAUSED if server.is_paused else _OPEN,
        f"**Quota** · {quota(server, usual)}",
        f"**Spent** · {budget(overview)}",
        *map(_closing, overview.closing),
        f"**Everybody may ask for** · {rule_text.quality(server.quality, catalogue)}",
        f"**Who may use me** · {rule_text.roles(server)}",
        f"**Where** · {rule_text.channels(server)}",
        f"**Newcomers** · {rule_text.newcomers(server)}",
        f"**Time zone** · {rule_text.time_zone(server.calendar, overview.at)}",
        *role_lines(overview, catalogue),
        *member_lines(overview),
    ]
    return _fitting([line for line in lines if line])


def quota(server: ServerRules, usual: int | None) -> str:
    return rule_text.allowance(
        server.allowance, rule_text.allowance(Allowance(videos_per_day=usual), "no limit")
    )


def budget(overview: Overview) -> str:
    """Return the money spent and held, today and this month."""
    return " · ".join(_used(used) for used in overview.used)


def _closing(budget: Budget) -> str:
    """Return a budget of the whole bot that stops this server, too."""
    return (
        f"**All servers together** · {show_usd(budget.taken)} of {show_usd(budget.limit)}"
        f" ({_LANDINGS[budget.landing]}), anew {since(budget.resets_at)}; only the bot's owner can"
        f" set a higher `{budget.setting}`"
    )


def _used(used: Used) -> str:
    anew = f"anew {since(used.resets_at)}"
    if used.limit is None:
        return f"{used.period} {show_usd(used.taken)}, no limit, {anew}"
    landing = Budget(used.period, used.limit, used.taken, used.resets_at).landing
    note = f" ({_LANDINGS[landing]})" if landing in _LANDINGS else ""
    return f"{used.period} {show_usd(used.taken)} of {show_usd(used.limit)}{note}, {anew}"


def members_quota(member_id: int, rule: MemberRule | None) -> str:
    allowance = rule_text.allowance(rule.allowance if rule is not None else Allowance())
    return f"**Quota of** <@{member_id}> · {allowance}"


def quotas(overview: Overview, usual: int | None, *, role_id: int | None) -> str:
    """Return the quota of a role; without one, those of everybody, of all roles and members."""
    if role_id is not None and role_id != overview.guild_id:
        of_role = {rule.role_id: rule.allowance for rule in overview.rules.roles}
        allowance = rule_text.allowance(of_role.get(role_id, Allowance()))
        return f"**Quota of** <@&{role_id}> · {allowance}"
    lines = [f"**Quota** · {quota(overview.rules.server, usual)}"]
    for who, allowance in (
        *((f"<@&{rule.role_id}>", rule.allowance) for rule in overview.rules.roles),
        *((f"<@{rule.member_id}>", rule.allowance) for rule in overview.rules.members),
    ):
        if allowance != Allowance():
            lines.append(f"- {who}: {rule_text.allowance(allowance)}")
    return _fitting(lines)


def roles(overview: Overview, catalogue: Catalogue) -> str:
    """Return the roles that may use the bot, and the best that each may ask for."""
    server = overview.rules.server
    return _fitting(
        [
            f"**Who may use me** · {rule_text.roles(server)}",
            f"**Everybody may ask for** · {rule_text.quality(server.quality, catalogue)}",
            *role_lines(overview, catalogue),
        ]
    )


def one_role(overview: Overview, catalogue: Catalogue, role_id: int) -> str:
    """Return the line of one role."""
    lines = (line for line in role_lines(overview, catalogue) if f"<@&{role_id}>:" in line)
    return next(lines, f"- <@&{role_id}>: {rule_text.NOTHING_SAID}")


def channels(overview: Overview) -> str:
    return f"**Where I may be used** · {rule_text.channels(overview.rules.server)}"


def role_lines(overview: Overview, catalogue: Catalogue) -> list[str]:
    """Return a line for each role that has rules."""
    lines: list[str] = []
    for rule in overview.rules.roles:
        parts = [
            rule_text.allowance(rule.allowance, ""),
            rule_text.role_rule(rule, catalogue) if rule.quality or rule.has_priority else "",
        ]
        lines.append(f"- <@&{rule.role_id}>: {'; '.join(part for part in parts if part)}")
    return lines


def member_lines(overview: Overview) -> list[str]:
    """Return a line for each member who has rules of their own."""
    lines: list[str] = []
    for rule in overview.rules.members:
        parts = [
            rule_text.allowance(rule.allowance, ""),
            rule_text.block(rule) if rule.is_blocked else "",
        ]
        lines.append(f"- <@{rule.member_id}>: {'; '.join(part for part in parts if part)}")
    return lines


def panel_view(overview: Overview, guild: discord.Guild | None) -> discord.ui.View:
    """Return the controls under the overview; `bot.ui.controls` answers their presses."""
    server = overview.rules.server
    view = discord.ui.View(timeout=None)
    pause = ("Resume", "resume") if server.is_paused else ("Pause", "pause")
    for label, action in (
        pause,
        ("Quota…", "quota"),
        ("Budget…", "budget"),
        ("Newcomers…", "newcomers"),
        ("Time zone…", "zone"),
    ):
        view.add_item(_button(label, action))
    known_channels = [id_ for id_ in sorted(server.channels) if guild and _knows(guild, id_)]
    view.add_item(
        discord.ui.ChannelSelect(
            custom_id="mod:channels",
            placeholder="Where I may be used: everywhere",
            min_values=0,
            max_values=25,
            default_values=[
                discord.SelectDefaultValue(id=id_, type=discord.SelectDefaultValueType.channel)
                for id_ in known_channels
            ],
        )
    )
    known_roles = [id_ for id_ in sorted(server.roles) if guild and guild.get_role(id_)]
    view.add_item(
        discord.ui.RoleSelect(
            custom_id="mod:roles",
            placeholder="Who may use me: everybody",
            min_values=0,
            max_values=25,
            default_values=[
                discord.SelectDefaultValue(id=id_, type=discord.SelectDefaultValueType.role)
                for id_ in known_roles
            ],
        )
    )
    view.add_item(_button("Who changed what", "changes"))
    # A view that has ended isn't kept in memory.
    view.stop()
    return view


def _knows(guild: discord.Guild, channel_id: int) -> bool:
    return guild.get_channel_or_thread(channel_id) is not None


def audit_page(entries: Sequence[AuditEntry]) -> tuple[str, discord.ui.View]:
    """Return as many of the entries as fit on a page, and buttons to the older and newest ones."""
    lines: list[str] = []
    last: AuditEntry | None = None
    for entry in entries[:AUDIT_PAGE]:
        line = _entry(entry)
        if sum(map(len, lines)) + len(lines) + len(line) > _ROOM:
            break
        lines.append(line)
        last = entry
    view = discord.ui.View(timeout=None)
    if last is not None and last is not entries[-1]:
        view.add_item(_button("Older", f"audit:{last.id}"))
    view.add_item(_button("Newest", "audit:0"))
    view.stop()
    return "\n".join(lines) or "Nothing was changed here.", view


def _entry(entry: AuditEntry) -> str:
    change = rule_text.from_to(entry.before, entry.after)
    text = f"<t:{entry.at // 1000}:f> <@{entry.actor_id}> · {entry.what}: {change}"
    return _cut(text, _ROOM)


def _button(label: str, action: str) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(
        label=label, style=discord.ButtonStyle.secondary, custom_id=f"mod:{action}"
    )


def _fitting(lines: Sequence[str]) -> str:
    """Return the lines that fit into a message, and the number of those that don't."""
    fitting: list[str] = []
    for number, line in enumerate(lines):
        if len("\n".join([*fitting, line])) > _ROOM:
            return "\n".join([*fitting, f"-# … and {len(lines) - number} more lines"])
        fitting.append(line)
    return "\n".join(fitting)


def _cut(text: str, most: int) -> str:
    """Cut a text that is too long, at the end of a word outside of code."""
    if len(text) <= most:
        return text
    short = text[: most - 2].rsplit(" ", 1)[0]
    return f"{short}`…" if short.count("`") % 2 else f"{short} …"
