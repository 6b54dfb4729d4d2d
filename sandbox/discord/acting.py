"""Base of the members' side of the server, which tests and the page use."""

from sandbox.discord.guilds import Channel, Member
from sandbox.discord.state import State


class Acting:
    def __init__(self, state: State) -> None:
        self._state = state

    def _upload_limit(self, member: Member, channel: Channel) -> int:
        """Return a member's largest upload in bytes: by Nitro or by the server's boosts."""
        return max(member.upload_limit_bytes, self._state.world.upload_limit(channel))
