"""Who may use the bot's commands: everybody `/pika` and who has Manage Server `/pika-mod`, or
what the server's admins set in their place.

Discord checks commands by itself, but neither buttons nor menus nor modals nor mentions:
https://docs.discord.com/developers/interactions/application-commands#permissions
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import discord
from discord.ext import commands

from bot.ui.types import AnyInteraction

MEMBERS_COMMAND = "pika"
MODERATORS_COMMAND = "pika-mod"
_KEPT_SECONDS = 30.0
# An interaction has to be answered within three.
_ASK_SECONDS = 2.0
_ROLE, _USER, _CHANNEL = 1, 2, 3
Overrides = Mapping[tuple[int, int], bool]
"""What is allowed and denied, by kind and id."""


@dataclass(frozen=True, slots=True)
class Overridden:
    """What "Server Settings > Integrations" says of the command, and of all the bot's."""

    command: Overrides
    application: Overrides

    def lets(
        self, member_id: int, role_ids: Collection[int], guild_id: int, *, by_default: bool
    ) -> bool:
        """Say whether a member may use the command, as they may `by_default` or not.

        An override of the command takes the place of its default; one of the whole application can
        only deny.
        """
        said = _of_member(self.command, member_id, role_ids, guild_id)
        if said is not None:
            return said
        if not by_default:
            return False
        return _of_member(self.application, member_id, role_ids, guild_id) is not False

    def lets_in(self, channel_id: int, guild_id: int) -> bool:
        """Say whether the command may be used in a channel (of a thread: the one it is in)."""
        # https://docs.discord.com/developers/interactions/application-commands#application-command-permissions-object-application-command-permissions-constants
        all_channels = guild_id - 1
        said = (
            overrides.get((_CHANNEL, place))
            for overrides in (self.command, self.application)
            for place in (channel_id, all_channels)
        )
        return next((one for one in said if one is not None), True)


def _of_member(
    overrides: Overrides, member_id: int, role_ids: Collection[int], guild_id: int
) -> bool | None:
    """Return what is said of the member, else of their roles (one that allows is enough), else of
    everybody.
    """
    own = overrides.get((_USER, member_id))
    if own is not None:
        return own
    for ids in ([one for one in role_ids if one != guild_id], [guild_id]):
        said = [overrides[_ROLE, one] for one in ids if (_ROLE, one) in overrides]
        if said:
            return any(said)
    return None


class CommandRights:
    """Asks Discord for a server's overrides, and remembers them shortly.

    Each question raises discord.DiscordException, aiohttp.ClientError, OSError or TimeoutError if
    Discord can't be asked.
    """

    def __init__(self, client: commands.Bot):
        self._client = client
        self._command_ids: Mapping[str, int] = {}
        self._kept: dict[int, tuple[float, Mapping[int, Overrides]]] = {}
        self._forgotten = 0

    def forget(self, guild_id: int) -> None:
        """Ask anew, as Discord says that something was changed."""
        self._forgotten += 1
        self._kept.pop(guild_id, None)

    async def may_make(
        self, member: discord.Member, channel: discord.abc.GuildChannel | discord.Thread
    ) -> bool:
        """Say whether a member without Administrator may use `/pika` in a channel."""
        said = await self._overridden(MEMBERS_COMMAND, member.guild.id)
        return _may(said, member, _place(channel, channel.id), by_default=True)

    async def may_moderate(self, interaction: AnyInteraction, *, here: bool = True) -> bool:
        """Say whether a member may use `/pika-mod`; `here`: in this channel, too."""
        member = interaction.user
        if interaction.permissions.administrator:
            return True
        if not isinstance(member, discord.Member):
            return False
        said = await self._overridden(MODERATORS_COMMAND, member.guild.id)
        place = _place(interaction.channel, interaction.channel_id) if here else None
        return _may(said, member, place, by_default=interaction.permissions.manage_guild)

    async def _overridden(self, command: str, guild_id: int) -> Overridden:
        application_id = self._client.application_id
        assert application_id is not None, "known from the login on"
        async with asyncio.timeout(_ASK_SECONDS):
            by_id = await self._by_id(application_id, guild_id)
        of_command = by_id.get(self._command_ids.get(command, 0), {})
        return Overridden(of_command, by_id.get(application_id, {}))

    async def _by_id(self, application_id: int, guild_id: int) -> Mapping[int, Overrides]:
        now = asyncio.get_running_loop().time()
        until, kept = self._kept.get(guild_id, (0.0, None))
        if kept is not None and now < until:
            return kept
        forgotten = self._forgotten
        if not self._command_ids:
            known = await self._client.tree.fetch_commands()
            self._command_ids = {one.name: one.id for one in known}
        listed = await self._client.http.get_guild_application_command_permissions(
            application_id, guild_id
        )
        found = {
            int(one["id"]): {
                (int(said["type"]), int(said["id"])): said["permission"]
                for said in one["permissions"]
            }
            for one in listed
        }
        if forgotten == self._forgotten:
            self._kept[guild_id] = now + _KEPT_SECONDS, found
        return found


def _place(channel: object, channel_id: int | None) -> int | None:
    """Return the channel that counts: that of a thread."""
    return channel.parent_id if isinstance(channel, discord.Thread) else channel_id


def _may(said: Overridden, member: discord.Member, place: int | None, *, by_default: bool) -> bool:
    guild_id = member.guild.id
    if place is not None and not said.lets_in(place, guild_id):
        return False
    return said.lets(member.id, {r.id for r in member.roles}, guild_id, by_default=by_default)
