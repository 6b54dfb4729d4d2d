"""Permissions of commands: their defaults, and the overrides that a server's admins set.

See https://docs.discord.com/developers/interactions/application-commands#permissions.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from sandbox.discord.guilds import Channel, Guild, Member, Role
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import Json, as_integer
from sandbox.discord.world import World

MOST_OVERRIDES = 100
_Key: TypeAlias = tuple[int | None, int]
"""The ids of a server and a command."""

OverrideTarget: TypeAlias = Role | Member | Channel | Guild
"""A server stands for all of its channels."""


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


_Overrides: TypeAlias = dict[tuple[Target, int], Override]


class CommandOverrides:
    """The overrides under "Server Settings > Integrations", by server and command."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_command: dict[_Key, _Overrides] = {}

    def set(self, command_id: int, to: OverrideTarget, *, allow: bool | None) -> Json:
        """Set one override; return all of the command's in that server, as Discord writes them.

        The application's own id stands for all of its commands; None takes an override back.

        Raises:
            ValueError: It has a hundred already, or direct messages were named.
        """
        key = _guild_of(to), command_id
        overrides = self._by_command.setdefault(key, {})
        target, target_id = _target(to)
        if allow is None:
            overrides.pop((target, target_id), None)
            return self._payload(key)
        if len({*overrides, (target, target_id)}) > MOST_OVERRIDES:
            raise ValueError(f"the command {command_id} has {MOST_OVERRIDES} overrides already")
        overrides[target, target_id] = Override(target_id, target, allow)
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
        # Those of the whole application count where the command's own say nothing.
        own = self._by_command.get((channel.guild_id, as_integer(command["id"])), {})
        all_ = self._by_command.get((channel.guild_id, self._world.application_id), {})
        if self._channel_denied(own, all_, channel):
            return False
        answer = self._for_member(own, member)
        if answer is not None:
            return answer
        default = command.get("default_member_permissions")
        # "0" reserves a command for administrators.
        needed = Permission(as_integer(default)) or Permission.ADMINISTRATOR
        if default is not None and needed not in has:
            return False
        return self._for_member(all_, member) is not False

    def _channel_denied(self, own: _Overrides, all_: _Overrides, channel: Channel) -> bool:
        place = channel if channel.thread is None else channel.thread.parent
        assert channel.guild_id is not None, "checked before"
        for overrides in (own, all_):
            for place_id in (place.id, channel.guild_id - 1):
                if (override := overrides.get((Target.CHANNEL, place_id))) is not None:
                    return not override.allow
        return False

    def _for_member(self, overrides: _Overrides, member: Member) -> bool | None:
        """Return the member's override, else an allowing role's, else a denying one's, or None."""
        if (own := overrides.get((Target.USER, member.id))) is not None:
            return own.allow
        for ids in ([role.id for role in member.roles], [member.guild_id]):
            of_roles = [overrides.get((Target.ROLE, role_id)) for role_id in ids]
            answers = [override.allow for override in of_roles if override is not None]
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


def _target(to: OverrideTarget) -> tuple[Target, int]:
    match to:
        case Role():
            return Target.ROLE, to.id
        case Member():
            return Target.USER, to.id
        case Channel():
            return Target.CHANNEL, to.id
        case Guild():
            # Discord's constant for all channels; @everyone is a role.
            return Target.CHANNEL, to.id - 1


def _guild_of(target: OverrideTarget) -> int:
    if isinstance(target, Guild):
        return target.id
    if target.guild_id is None:
        raise ValueError("direct messages have no overrides")
    return target.guild_id
