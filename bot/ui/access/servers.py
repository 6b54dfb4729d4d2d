"""Servers as Discord describes them, and the check that the bot's owner has agreed to one."""

import discord

from bot.application.servers import ServeServers
from bot.domain.moderation.servers import NotServed
from bot.ports.servers import SeenServer


def owners_of(application: discord.AppInfo) -> frozenset[int]:
    """Return the application's owner; of a team's, its members who have accepted."""
    team = application.team
    if team is None:
        return frozenset({application.owner.id})
    accepted = discord.TeamMembershipState.accepted
    members = {one.id for one in team.members if one.membership_state is accepted}
    return frozenset(members | ({team.owner_id} if team.owner_id else set()))


def is_owner(client: discord.Client, user_id: int) -> bool:
    """Return whether the user is an owner of the client's application."""
    return client.application is not None and user_id in owners_of(client.application)


def seen_server(guild: discord.Guild) -> SeenServer:
    # Without the intent for members, Discord names few of them.
    owner = guild.owner
    return SeenServer(
        guild_id=guild.id,
        name=guild.name,
        owner_id=guild.owner_id,
        owner_name=owner.name if owner else None,
        members=guild.member_count,
    )


async def check_server(
    servers: ServeServers,
    owners: frozenset[int],
    guild_id: int,
    guild: discord.Guild | None,
    user_id: int,
) -> None:
    """Raise NotServed for the user unless the bot's owner has agreed to the server."""
    if guild is not None and not servers.has_met(guild_id):
        await servers.meet(seen_server(guild))
    try:
        await servers.check(guild_id)
    except NotServed as refusal:
        raise NotServed(guild_id, asks_owner=user_id in owners) from refusal
