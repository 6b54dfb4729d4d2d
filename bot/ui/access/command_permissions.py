"""A server's own overrides of the permissions for the bot's commands.

By default everybody may use `/pika`, and members with Manage Server `/pika-mod`. Discord checks
commands by itself, but neither buttons nor menus nor modals nor mentions:
https://docs.discord.com/developers/interactions/application-commands#permissions
"""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar
from weakref import WeakValueDictionary

import aiohttp
import discord
from discord.ext import commands

from bot.domain.refusal import NotPossible
from bot.ui.access.asker import role_ids_of
from bot.ui.types import AnyInteraction

log = logging.getLogger(__name__)
T = TypeVar("T")

MEMBERS_COMMAND = "pika"
MODERATORS_COMMAND = "pika-mod"
NOT_ASKED = "Discord can't tell me right now whether you may do that; please try again in a moment."
_CACHE_SECONDS = 30.0
# An interaction has to be answered within three.
_ASK_SECONDS = 2.0
_ROLE, _USER, _CHANNEL = 1, 2, 3
Overrides = Mapping[tuple[int, int], bool]
"""Allowed or denied, by the kind and the id of a role, a member or a channel."""


@dataclass(frozen=True, slots=True)
class CommandOverrides:
    """Overrides of one command and of the whole application, from the server's Integrations."""

    command: Overrides
    application: Overrides

    def allows(
        self, member_id: int, role_ids: Collection[int], guild_id: int, *, by_default: bool
    ) -> bool:
        """Return whether a member may use the command; `by_default` counts where nothing overrides.

        An override of the command takes the place of its default; one of the whole application can
        only deny.
        """
        allowed = _of_member(self.command, member_id, role_ids, guild_id)
        if allowed is not None:
            return allowed
        if not by_default:
            return False
        return _of_member(self.application, member_id, role_ids, guild_id) is not False

    def allows_in(self, channel_id: int, guild_id: int) -> bool:
        """Return whether the command may be used in a channel; for a thread, pass its parent."""
        # https://docs.discord.com/developers/interactions/application-commands#application-command-permissions-object-application-command-permissions-constants
        all_channels = guild_id - 1
        by_precedence = (
            overrides.get((_CHANNEL, id_))
            for overrides in (self.command, self.application)
            for id_ in (channel_id, all_channels)
        )
        return next((allowed for allowed in by_precedence if allowed is not None), True)


def _of_member(
    overrides: Overrides, member_id: int, role_ids: Collection[int], guild_id: int
) -> bool | None:
    """Return the override of the member, else of their roles, else of everybody.

    Of several roles, one that allows is enough.
    """
    own = overrides.get((_USER, member_id))
    if own is not None:
        return own
    for ids in ([role_id for role_id in role_ids if role_id != guild_id], [guild_id]):
        allowed = [overrides[_ROLE, role_id] for role_id in ids if (_ROLE, role_id) in overrides]
        if allowed:
            return any(allowed)
    return None


class CommandRights:
    """Asks Discord for a server's overrides, and caches them for half a minute.

    Each question raises discord.DiscordException, aiohttp.ClientError, OSError or TimeoutError if
    Discord can't be asked.
    """

    def __init__(self, client: commands.Bot):
        self._client = client
        self._command_ids: Mapping[str, int] = {}
        # So that of many presses at once, one asks.
        self._locks = WeakValueDictionary[int, asyncio.Lock]()
        self._cache: dict[int, tuple[float, Mapping[int, Overrides]]] = {}
        self._invalidations = 0

    def forget(self, guild_id: int) -> None:
        """Drop a server's cached overrides, as Discord reports that they were changed."""
        self._invalidations += 1
        self._cache.pop(guild_id, None)

    async def may_use(self, command: str, member: discord.Member, channel_id: int | None) -> bool:
        """Return whether a member without Administrator may use a command for everybody.

        `channel_id` is that whose overrides count (`overridden_channel_of`).
        """
        overrides = await self._overrides_of(command, member.guild.id)
        return _may(overrides, member, channel_id, by_default=True)

    async def may_moderate(self, interaction: AnyInteraction, *, here: bool = True) -> bool:
        """Return whether a member may use `/pika-mod`; with `here`, in this channel, too."""
        member = interaction.user
        if interaction.permissions.administrator:
            return True
        if not isinstance(member, discord.Member):
            return False
        overrides = await self._overrides_of(MODERATORS_COMMAND, member.guild.id)
        channel_id = (
            overridden_channel_of(interaction.channel, interaction.channel_id) if here else None
        )
        return _may(overrides, member, channel_id, by_default=interaction.permissions.manage_guild)

    async def _overrides_of(self, command: str, guild_id: int) -> CommandOverrides:
        application_id = self._client.application_id
        assert application_id is not None, "known from the login on"
        lock = self._locks.setdefault(guild_id, asyncio.Lock())
        async with asyncio.timeout(_ASK_SECONDS), lock:
            by_id = await self._by_id(application_id, guild_id)
        of_command = by_id.get(self._command_ids.get(command, 0), {})
        return CommandOverrides(of_command, by_id.get(application_id, {}))

    async def _by_id(self, application_id: int, guild_id: int) -> Mapping[int, Overrides]:
        now = asyncio.get_running_loop().time()
        until, cached = self._cache.get(guild_id, (0.0, None))
        if cached is not None and now < until:
            return cached
        invalidations = self._invalidations
        if not self._command_ids:
            fetched = await self._client.tree.fetch_commands()
            self._command_ids = {command.name: command.id for command in fetched}
        listed = await self._client.http.get_guild_application_command_permissions(
            application_id, guild_id
        )
        by_id = {
            int(target["id"]): {
                (int(override["type"]), int(override["id"])): override["permission"]
                for override in target["permissions"]
            }
            for target in listed
        }
        if invalidations == self._invalidations:
            self._cache[guild_id] = now + _CACHE_SECONDS, by_id
        return by_id


async def answered(question: Awaitable[T]) -> T:
    """Return Discord's answer to a question about rights. Raises NotPossible if there is none."""
    try:
        return await question
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("can't ask Discord for a server's overrides: %s", type(error).__name__)
        raise NotPossible(NOT_ASKED) from error


def overridden_channel_of(channel: object, channel_id: int | None) -> int | None:
    """Return the channel whose overrides count: a thread's parent."""
    return channel.parent_id if isinstance(channel, discord.Thread) else channel_id


def _may(
    overrides: CommandOverrides, member: discord.Member, channel_id: int | None, *, by_default: bool
) -> bool:
    guild_id = member.guild.id
    if channel_id is not None and not overrides.allows_in(channel_id, guild_id):
        return False
    return overrides.allows(member.id, role_ids_of(member), guild_id, by_default=by_default)
