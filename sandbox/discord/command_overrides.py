"""Permissions of commands: their defaults, and the overrides that a server's admins set.

See https://docs.discord.com/developers/interactions/application-commands#permissions.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from sandbox.discord.guilds import Channel, Member, Role
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json, as_integer
from sandbox.discord.world import World

MOST_OVERRIDES = 100
_Key: TypeAlias = tuple[int | None, int]
"""The ids of a server and a command."""


class Target(IntEnum):
    ROLE = 1
    USER = 2
    CHANNEL = 3


@dataclass(frozen=True, slots=True)
class Override:
    """A server's own permission of one command for one role, member or channel."""

    target_id: int
    """Id of the role, member or channel."""
    target: Target
    allow: bool
    """False denies the command."""

    @property
    def payload(self) -> Json:
        return {"id": str(self.target_id), "type": int(self.target), "permission": self.allow}


class CommandOverrides:
    """The overrides under "Server Settings > Integrations", by server and command."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_command: dict[_Key, dict[int, Override]] = {}

    def set(self, command: Json, to: Role | Member | Channel, *, allow: bool) -> Json:
        """Set one override; return all of the command's in that server, as Discord writes them.

        Raises:
            ValueError: It has a hundred already, or direct messages were named.
        """
        target = {Role: Target.ROLE, Member: Target.USER, Channel: Target.CHANNEL}[type(to)]
        key = _guild_of(to), as_integer(command["id"])
        overrides = self._by_command.setdefault(key, {})
        if len({*overrides, to.id}) > MOST_OVERRIDES:
            raise ValueError(f"{command['name']!r} has {MOST_OVERRIDES} overrides already")
        overrides[to.id] = Override(to.id, target, allow)
        return self._payload(key)

    def payload(self, guild_id: int | None, command_id: int) -> Json | None:
        """Return a command's overrides in a server, or None where it has none."""
        key = guild_id, command_id
        return self._payload(key) if self._by_command.get(key) else None

    def payloads(self, guild_id: int | None, command_ids: list[int]) -> list[Json]:
        payloads = [self.payload(guild_id, command_id) for command_id in command_ids]
        return [payload for payload in payloads if payload is not None]

    def may_use(self, command: Json, member: Member, channel: Channel) -> bool:
        """Return whether Discord offers a command to a member in a channel of a server.

        An override for the member or a role takes the place of the command's default; one for
        the channel comes on top. Administrators may always.
        """
        has = self._world.permissions(member.user, channel)
        if Permission.ADMINISTRATOR in has:
            return True
        if Permission.VIEW_CHANNEL | Permission.USE_APPLICATION_COMMANDS not in has:
            return False
        overrides = self._by_command.get((channel.guild_id, as_integer(command["id"])), {})
        if self._channel_denied(overrides, channel):
            return False
        answer = self._for_member(overrides, member)
        if answer is not None:
            return answer
        default = command.get("default_member_permissions")
        # "0" reserves a command for administrators.
        needed = Permission(as_integer(default)) or Permission.ADMINISTRATOR
        return default is None or needed in has

    def _channel_denied(self, overrides: dict[int, Override], channel: Channel) -> bool:
        place = channel if channel.thread is None else channel.thread.parent
        return place.id in overrides and not overrides[place.id].allow

    def _for_member(self, overrides: dict[int, Override], member: Member) -> bool | None:
        """Return the member's override, else an allowing role's, else a denying one's, or None."""
        if member.id in overrides:
            return overrides[member.id].allow
        for ids in ([role.id for role in member.roles], [member.guild_id]):
            answers = [overrides[role_id].allow for role_id in ids if role_id in overrides]
            if answers:
                return any(answers)
        return None

    def _payload(self, key: _Key) -> Json:
        guild_id, command_id = key
        return {
            "id": str(command_id),
            "application_id": str(self._world.application_id),
            "guild_id": str(guild_id),
            "permissions": [each.payload for each in self._by_command[key].values()],
        }


def _guild_of(target: Role | Member | Channel) -> int:
    if target.guild_id is None:
        raise ValueError("direct messages have no overrides")
    return target.guild_id
