"""Who may use `/pika-mod`: Manage Server, or what the server's admins set in its place.

Discord checks commands by itself, but neither buttons nor menus nor modals:
https://docs.discord.com/developers/interactions/application-commands#permissions
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import discord
from discord.ext import commands

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
        self, member_id: int, role_ids: Collection[int], guild_id: int, *, manages: bool
    ) -> bool:
        """Say whether a member may use the command; `manages`: they have Manage Server.

        An override of the command takes the place of its default; one of the whole application can
        only deny.
        """
        said = _of_member(self.command, member_id, role_ids, guild_id)
        if said is not None:
            return said
        return manages and _of_member(self.application, member_id, role_ids, guild_id) is not False

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
    """Asks Discord for a server's overrides, and remembers them shortly."""

    def __init__(self, client: commands.Bot):
        self._client = client
        self._command_id: int | None = None
        self._kept: dict[int, tuple[float, Overridden]] = {}
        self._forgotten = 0

    def forget(self, guild_id: int) -> None:
        """Ask anew, as Discord says that something was changed."""
        self._forgotten += 1
        self._kept.pop(guild_id, None)

    async def may(
        self, interaction: discord.Interaction[discord.Client], *, here: bool = True
    ) -> bool:
        """Say whether a member may use the command; `here`: in this channel, too.

        Raises discord.HTTPException, OSError or TimeoutError if Discord can't be asked.
        """
        if interaction.permissions.administrator:
            return True
        member, guild_id = interaction.user, interaction.guild_id
        if guild_id is None or not isinstance(member, discord.Member):
            return False
        async with asyncio.timeout(_ASK_SECONDS):
            overridden = await self._overridden(guild_id)
        channel = interaction.channel
        place = channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id
        if here and place is not None and not overridden.lets_in(place, guild_id):
            return False
        manages = interaction.permissions.manage_guild
        roles = {role.id for role in member.roles}
        return overridden.lets(member.id, roles, guild_id, manages=manages)

    async def _overridden(self, guild_id: int) -> Overridden:
        now = asyncio.get_running_loop().time()
        until, kept = self._kept.get(guild_id, (0.0, None))
        if kept is not None and now < until:
            return kept
        forgotten = self._forgotten
        found = await self._ask(guild_id)
        if forgotten == self._forgotten:
            self._kept[guild_id] = now + _KEPT_SECONDS, found
        return found

    async def _ask(self, guild_id: int) -> Overridden:
        application_id = self._client.application_id
        assert application_id is not None, "known from the login on"
        if self._command_id is None:
            known = await self._client.tree.fetch_commands()
            self._command_id = next(one.id for one in known if one.name == MODERATORS_COMMAND)
        answers = await self._client.http.get_guild_application_command_permissions(
            application_id, guild_id
        )
        by_id = {
            int(one["id"]): {
                (int(said["type"]), int(said["id"])): said["permission"]
                for said in one["permissions"]
            }
            for one in answers
        }
        return Overridden(by_id.get(self._command_id, {}), by_id.get(application_id, {}))
