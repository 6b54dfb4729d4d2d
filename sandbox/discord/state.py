"""All that the routes, the gateway and the members' side share."""

import base64
import secrets

from sandbox.discord.cdn import Cdn
from sandbox.discord.clock import Changes, Clock, Snowflakes
from sandbox.discord.command_overrides import CommandOverrides
from sandbox.discord.commands import CommandRegistry
from sandbox.discord.faults import Faults
from sandbox.discord.gateway import Gateway
from sandbox.discord.messages import Messages
from sandbox.discord.model import ACKNOWLEDGE_SECONDS, Invocation
from sandbox.discord.permissions import Permission
from sandbox.discord.plan import WorldPlan
from sandbox.discord.rate_limits import RateLimits
from sandbox.discord.routing import RestRequest
from sandbox.discord.threads import Threads
from sandbox.discord.world import World


class State:
    """`invocations` are keyed by their token."""

    def __init__(self, *, token: str | None, bot_permissions: Permission, plan: WorldPlan) -> None:
        self.clock = Clock()
        self.ids = Snowflakes(self.clock)
        self.changes = Changes()
        self.world = World(self.clock, self.ids, plan, bot_permissions)
        self.token = token or _fake_token(self.world.application_id)
        self.cdn = Cdn(self.clock, self.ids)
        self.requests: list[RestRequest] = []
        self.violations: list[str] = []
        self.gateway = Gateway(self.clock, self.world, self.token, self.changes, self.violations)
        self.threads = Threads(self.clock, self.world, self.gateway)
        self.messages = Messages(
            self.clock,
            self.ids,
            self.world,
            self.cdn,
            self.gateway,
            self.threads,
            self.violations,
        )
        self.commands = CommandRegistry(self.clock, self.ids)
        self.overrides = CommandOverrides(self.world)
        self.rate_limits = RateLimits(self.clock)
        self.faults = Faults()
        self.patience = ACKNOWLEDGE_SECONDS
        self.invocations: dict[str, Invocation] = {}


def _fake_token(bot_id: int) -> str:
    """Make up a token of the usual shape: the bot's id, a time and a signature."""
    identity = base64.urlsafe_b64encode(str(bot_id).encode()).decode().rstrip("=")
    return f"{identity}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"
