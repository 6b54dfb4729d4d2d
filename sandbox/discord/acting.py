"""What the sides of the server that tests and the page use have in common."""

from sandbox.discord.model import Member
from sandbox.discord.state import State


class Acting:
    def __init__(self, state: State) -> None:
        self._state = state

    def _upload_limit(self, member: Member) -> int:
        """How large a file the member may upload: the better of Nitro and the server's boosts."""
        return max(member.upload_limit_bytes, self._state.world.guild.upload_limit_bytes)
