"""Implements `bot.ports.Owner`: direct messages to the owner of Discord's application."""

import discord
from typing_extensions import override

from bot.ports import Owner
from bot.ui.delivery import with_retries


class DiscordOwner(Owner):
    """The owner of the application, or of its team."""

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
