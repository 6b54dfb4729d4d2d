"""Implements `bot.ports.Owner`: direct messages to whom Discord's application belongs to."""

import discord
from typing_extensions import override

from bot.ports import Owner
from bot.ui.delivery import with_retries


class DiscordOwner(Owner):
    """The application's owner; of a team's application, the team's."""

    def __init__(self, client: discord.Client):
        self._client = client

    @override
    async def tell(self, text: str) -> None:
        async def send() -> None:
            application = await self._client.application_info()
            team = application.team
            owner_id = team.owner_id if team and team.owner_id else application.owner.id
            channel = await self._client.create_dm(discord.Object(owner_id))
            await channel.send(text)

        await with_retries(send)
