"""The announcement of a session, of two that begin within seconds."""

import discord
import pytest

from bot.ui.event_guard import guard_events


async def test_a_session_that_the_one_before_announced_is_no_error() -> None:
    """The earlier announcement has taken away what the later one waits on."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        state = client._connection  # pyright: ignore[reportPrivateUsage]
        late = state._delay_ready  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(AttributeError):
            await late()
        guard_events(state, dict)
        await state._delay_ready()  # pyright: ignore[reportPrivateUsage]
