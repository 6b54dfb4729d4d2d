"""The owner of Discord's application: direct messages, and the servers that are the owner's word.

Implements `bot.ports.Owner` and `bot.ports.servers.ServerDoor`.
"""

from collections.abc import Collection, Sequence

import discord
from typing_extensions import override

from bot.ports import Owner, Unreachable
from bot.ports.servers import SeenServer, ServerDoor
from bot.ui.client import PikaBot
from bot.ui.presentation.servers import answered, asks_about, question, servers_view
from bot.ui.trouble import with_retries


class DiscordOwner(Owner):
    """The owner of the application, or of its team."""

    def __init__(self, client: discord.Client):
        self._client = client

    @override
    async def tell(self, text: str) -> None:
        async def send() -> None:
            await (await _owners_channel(self._client)).send(text)

        await with_retries(send)


class DiscordServers(ServerDoor):
    """Servers as the bot joins and leaves them."""

    def __init__(self, bot: PikaBot):
        self._bot = bot

    @override
    def owners(self) -> Collection[int]:
        return self._bot.application_owners

    @override
    async def leave(self, guild_id: int) -> None:
        try:
            await with_retries(lambda: self._bot.http.leave_guild(guild_id))
        except Unreachable:
            # The bot isn't in it any more.
            return

    @override
    async def ask(self, servers: Sequence[SeenServer], *, more: int) -> int:
        ids = [server.guild_id for server in servers]
        numbers = range(1, len(ids) + 1) if len(ids) > 1 else None
        text, view = question(servers, more=more), servers_view(ids, numbers)
        # A repetition of the same question is the same message.
        nonce = f"ask-{ids[0]}"

        async def send() -> int:
            channel = await _owners_channel(self._bot)
            return (await channel.send(text, view=view, nonce=nonce)).id

        return await with_retries(send)

    @override
    async def close_question(self, message_id: int, guild_id: int, outcome: str) -> None:
        async def edit() -> None:
            message = await (await _owners_channel(self._bot)).fetch_message(message_id)
            if asks_about(message, guild_id):
                text, view = answered(message, guild_id, outcome)
                await message.edit(content=text, view=view)

        await with_retries(edit)


async def _owners_channel(client: discord.Client) -> discord.DMChannel:
    application = await client.application_info()
    team = application.team
    owner_id = team.owner_id if team and team.owner_id else application.owner.id
    return await client.create_dm(discord.Object(owner_id))
