"""The loopback Discord: REST, gateway and CDN on one port of this machine."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from aiohttp import web

from sandbox.discord.apps import OtherApps
from sandbox.discord.faults import Fault
from sandbox.discord.gateway_actions import GatewayActions
from sandbox.discord.guild_actions import GuildActions
from sandbox.discord.guilds import Channel, Guild, Member, Role
from sandbox.discord.interactions import MemberInteractions
from sandbox.discord.members import MemberMessages
from sandbox.discord.permissions import BOT_PERMISSIONS, Permission
from sandbox.discord.plan import WorldPlan
from sandbox.discord.rate_limits import RateLimits
from sandbox.discord.rest import PREFIX, Rest
from sandbox.discord.routes_application import ApplicationRoutes
from sandbox.discord.routes_interactions import InteractionRoutes
from sandbox.discord.routes_messages import MessageRoutes
from sandbox.discord.routing import RestRequest
from sandbox.discord.state import State
from sandbox.discord.wire import Json

Found = TypeVar("Found")
HOST = "127.0.0.1"
# Discord's edge cuts larger requests off before the API sees them; see
# https://github.com/discord/discord-api-docs/issues/7603.
EDGE_LIMIT_BYTES = 200 * 1024 * 1024


class DiscordServer(MemberInteractions, MemberMessages, OtherApps, GuildActions, GatewayActions):
    """A Discord with one server in it, "Pika Playground", or with those of another plan.

    Point discord.py at it with `discord.http.Route.BASE = server.api_url` and
    `discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)`.
    """

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.base_url = ""

    @property
    def api_url(self) -> str:
        return self.base_url + PREFIX

    @property
    def token(self) -> str:
        """The only bot token that is let in."""
        return self._state.token

    @property
    def servers(self) -> dict[str, Guild]:
        """All servers by name, those included that the bot isn't in."""
        return {guild.name: guild for guild in self._state.world.guilds.values()}

    @property
    def guild(self) -> Guild:
        """The first server."""
        return self._state.world.home

    @property
    def bot(self) -> Member:
        """The bot in the first server."""
        return self.guild.bot

    @property
    def members(self) -> dict[str, Member]:
        """The people of the first server by name, without the bot."""
        return self.guild.members

    @property
    def channels(self) -> dict[str, Channel]:
        """The channels of the first server by name."""
        return self.guild.channels

    @property
    def roles(self) -> dict[str, Role]:
        """The roles of the first server by name."""
        return self.guild.roles

    @property
    def commands(self) -> list[Json]:
        """The commands the bot synced, global ones first."""
        return self._state.commands.everything()

    @property
    def requests(self) -> list[RestRequest]:
        """Every REST request in the order of arrival."""
        return self._state.requests

    @property
    def violations(self) -> list[str]:
        """Mistakes that no correct client makes, like calling a route that doesn't exist."""
        return self._state.violations

    @property
    def rate_limits(self) -> RateLimits:
        """The rate limits, and the number of requests that they refused."""
        return self._state.rate_limits

    @property
    def patience(self) -> float:
        """Seconds within which a first response has to come; Discord's three, unless set."""
        return self._state.patience

    @patience.setter
    def patience(self, seconds: float) -> None:
        self._state.patience = seconds

    async def wait_ready(self, timeout: float = 60) -> None:  # noqa: ASYNC109 - a plain deadline reads best in tests
        """Wait until the bot is on the gateway and has synced commands, now or earlier."""
        await self.wait_for(lambda: self.bot_online and self.commands, timeout)

    async def wait_for(self, predicate: Callable[[], Found], timeout: float = 60) -> Found:  # noqa: ASYNC109 - a plain deadline reads best in tests
        """Wait until the predicate returns something true; it is asked at every change.

        Raises:
            TimeoutError: It didn't; the message lists the last requests.
        """
        try:
            return await self._state.changes.wait_for(predicate, timeout)
        except TimeoutError:
            last = [f"{r.method} {r.path}: {r.status}" for r in self.requests[-5:]]
            raise TimeoutError(
                f"not within {timeout} s; online: {self.bot_online}, last requests: {last}, "
                f"violations: {self.violations}"
            ) from None

    def arm(self, fault: Fault) -> None:
        self._state.faults.arm(fault)

    def disarm(self) -> None:
        """Forget the faults that nothing has met."""
        self._state.faults.disarm()

    def now(self) -> float:
        """Return the time on the server's clock, in seconds since 1970."""
        return self._state.clock.now()

    def advance(self, seconds: float) -> None:
        """Move the server's clock on: responses, tokens, links and nonces all age by it."""
        self._state.clock.advance(seconds)
        self._state.changes.notify()


@asynccontextmanager
async def open_discord(
    *,
    port: int = 0,
    token: str | None = None,
    bot_permissions: Permission = BOT_PERMISSIONS,
    plan: WorldPlan | None = None,
) -> AsyncGenerator[DiscordServer]:
    """Run a Discord on 127.0.0.1; port 0 takes a free one.

    `bot_permissions` are those of the bot's role in each server.
    """
    state = State(token=token, bot_permissions=bot_permissions, plan=plan or WorldPlan())
    server = DiscordServer(state)
    app = web.Application(client_max_size=EDGE_LIMIT_BYTES)
    app.router.add_get("/gateway", state.gateway.serve)
    for folder in ("attachments", "ephemeral-attachments"):
        app.router.add_get(f"/{folder}/{{rest:.+}}", state.cdn.serve)
    for folder in ("stickers", "emojis", "external"):
        app.router.add_get(f"/{folder}/{{rest:.+}}", state.cdn.serve_public)
    routes = [
        *ApplicationRoutes(state).routes,
        *InteractionRoutes(state).routes,
        *MessageRoutes(state).routes,
    ]
    Rest(state).install(app, routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        bound = site.port
        server.base_url = state.cdn.base_url = f"http://{HOST}:{bound}"
        state.gateway.url = f"ws://{HOST}:{bound}/gateway"
        yield server
    finally:
        await state.gateway.drop(code=1001)
        await runner.cleanup()
