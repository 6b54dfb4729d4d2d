"""What moderators read: answers to changes, the overview of their server, and the audit."""

from collections.abc import Iterable, Sequence

import discord

from bot.application.moderation.change_rules import Changed
from bot.application.moderation.overview import Overview, Used
from bot.domain.catalogue.models import Catalogue
from bot.domain.moderation import rule_text as words
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
_PAUSED = "⏸️ **Paused** · nobody may ask for videos; those that were asked for go on."
_OPEN = "▶️ **Open** · members may ask for videos."


def changes(changed: Iterable[Changed]) -> str:
    """Return what was changed, from what to what."""
    told = list(changed)
    return _fitting([_change(one) for one in told if one.differs] or [*map(_change, told)])


def _change(one: Changed) -> str:
    if not one.differs:
        return f"Nothing changed · {one.what}: {one.after}"
    return f"✅ {one.what}: {words.from_to(one.before, one.after)}"


def overview(seen: Overview, catalogue: Catalogue, usual: int | None, note: str = "") -> str:
    """Return everything that counts in a server; `usual` is the bot's own quota."""
    server = seen.rules.server
    lines = [
        note,
        _PAUSED if server.is_paused else _OPEN,
        f"**Quota** · {quota(server, usual)}",
        f"**Spent** · {budget(seen)}",
        f"**Everybody may ask for** · {words.quality(server.quality, catalogue)}",
        f"**Who may use me** · {words.roles(server)}",
        f"**Where** · {words.channels(server)}",
        f"**Newcomers** · {words.newcomers(server)}",
        f"**Time zone** · {words.time_zone(server.calendar, seen.at)}",
        *role_lines(seen, catalogue),
        *member_lines(seen),
    ]
    return _fitting([line for line in lines if line])


def quota(server: ServerRules, usual: int | None) -> str:
    return words.allowance(
        server.allowance, words.allowance(Allowance(videos_per_day=usual), "no limit")
    )


def budget(seen: Overview) -> str:
    """Return what is spent and held, today and this month."""
    return " · ".join(_used(one) for one in seen.used)


def _used(used: Used) -> str:
    anew = f"anew {since(used.resets_at)}"
    if used.limit is None:
        return f"{used.period} {show_usd(used.taken)}, no limit, {anew}"
    landing = Budget(used.period, used.limit, used.taken, used.resets_at).landing
    note = f" ({_LANDINGS[landing]})" if landing in _LANDINGS else ""
    return f"{used.period} {show_usd(used.taken)} of {show_usd(used.limit)}{note}, {anew}"


def members_quota(member_id: int, rule: MemberRule | None) -> str:
    said = words.allowance(rule.allowance if rule is not None else Allowance())
    return f"**Quota of** <@{member_id}> · {said}"


def quotas(seen: Overview, usual: int | None, *, role_id: int | None) -> str:
    """Return the quota of a role, or without one everybody's."""
    if role_id is not None and role_id != seen.guild_id:
        of_role = {rule.role_id: rule.allowance for rule in seen.rules.roles}
        said = words.allowance(of_role.get(role_id, Allowance()))
        return f"**Quota of** <@&{role_id}> · {said}"
    lines = [f"**Quota** · {quota(seen.rules.server, usual)}"]
    for who, allowance in (
        *((f"<@&{rule.role_id}>", rule.allowance) for rule in seen.rules.roles),
        *((f"<@{rule.member_id}>", rule.allowance) for rule in seen.rules.members),
    ):
        if allowance != Allowance():
            lines.append(f"- {who}: {words.allowance(allowance)}")
    return _fitting(lines)


def roles(seen: Overview, catalogue: Catalogue) -> str:
    """Return who may use the bot, and what each role may ask for."""
    server = seen.rules.server
    return _fitting(
        [
            f"**Who may use me** · {words.roles(server)}",
            f"**Everybody may ask for** · {words.quality(server.quality, catalogue)}",
            *role_lines(seen, catalogue),
        ]
    )


def one_role(seen: Overview, catalogue: Catalogue, role_id: int) -> str:
    """Return what a role brings."""
    lines = (line for line in role_lines(seen, catalogue) if f"<@&{role_id}>:" in line)
    return next(lines, f"- <@&{role_id}>: {words.NOTHING_SAID}")


def channels(seen: Overview) -> str:
    return f"**Where I may be used** · {words.channels(seen.rules.server)}"


def role_lines(seen: Overview, catalogue: Catalogue) -> list[str]:
    """Return a line for each role that brings something."""
    lines: list[str] = []
    for rule in seen.rules.roles:
        parts = [
            words.allowance(rule.allowance, ""),
            words.role_rule(rule, catalogue) if rule.quality or rule.has_priority else "",
        ]
        lines.append(f"- <@&{rule.role_id}>: {'; '.join(part for part in parts if part)}")
    return lines


def member_lines(seen: Overview) -> list[str]:
    """Return a line for each member that something was decided of."""
    lines: list[str] = []
    for rule in seen.rules.members:
        parts = [
            words.allowance(rule.allowance, ""),
            words.block(rule) if rule.is_blocked else "",
        ]
        lines.append(f"- <@{rule.member_id}>: {'; '.join(part for part in parts if part)}")
    return lines


def panel_view(seen: Overview, guild: discord.Guild | None) -> discord.ui.View:
    """Return the controls under the overview. Presses find their way by `custom_id`."""
    server = seen.rules.server
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
    known_channels = [one for one in sorted(server.channels) if guild and _channel(guild, one)]
    view.add_item(
        discord.ui.ChannelSelect(
            custom_id="mod:channels",
            placeholder="Where I may be used: everywhere",
            min_values=0,
            max_values=25,
            default_values=[
                discord.SelectDefaultValue(id=one, type=discord.SelectDefaultValueType.channel)
                for one in known_channels
            ],
        )
    )
    known_roles = [one for one in sorted(server.roles) if guild and guild.get_role(one)]
    view.add_item(
        discord.ui.RoleSelect(
            custom_id="mod:roles",
            placeholder="Who may use me: everybody",
            min_values=0,
            max_values=25,
            default_values=[
                discord.SelectDefaultValue(id=one, type=discord.SelectDefaultValueType.role)
                for one in known_roles
            ],
        )
    )
    view.add_item(_button("Who changed what", "changes"))
    # A view that has ended isn't kept in memory.
    view.stop()
    return view


def _channel(guild: discord.Guild, channel_id: int) -> bool:
    return guild.get_channel_or_thread(channel_id) is not None


def audit_page(entries: Sequence[AuditEntry]) -> tuple[str, discord.ui.View]:
    """Return as many of the entries as there is room for, and the way to those before."""
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
    changed = words.from_to(entry.before, entry.after)
    text = f"<t:{entry.at // 1000}:f> <@{entry.actor_id}> · {entry.what}: {changed}"
    return _cut(text, _ROOM)


def _button(label: str, action: str) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(
        label=label, style=discord.ButtonStyle.secondary, custom_id=f"mod:{action}"
    )


def _fitting(lines: Sequence[str]) -> str:
    """Return the lines that there is room for, and how many more there are."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        if len("\n".join([*kept, line])) > _ROOM:
            return "\n".join([*kept, f"-# … and {len(lines) - number} more lines"])
        kept.append(line)
    return "\n".join(kept)


def _cut(text: str, most: int) -> str:
    """Cut a text that is too long, at the end of a word outside of code."""
    if len(text) <= most:
        return text
    short = text[: most - 2].rsplit(" ", 1)[0]
    return f"{short}`…" if short.count("`") % 2 else f"{short} …"
