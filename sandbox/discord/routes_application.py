"""The bot's own identity, the gateway's address, and the sync of commands."""

from sandbox.discord.errors import (
    ApiError,
    invalid_form,
    unknown_command,
    unknown_command_permissions,
    unknown_guild,
)
from sandbox.discord.guild_actions import leave_guild
from sandbox.discord.payloads import application_payload, own_user_payload
from sandbox.discord.routing import Reply, RestRequest, Route
from sandbox.discord.state import State
from sandbox.discord.wire import as_integer, as_objects

GLOBAL_COMMANDS = "/applications/{application}/commands"
GUILD_COMMANDS = "/applications/{application}/guilds/{guild}/commands"


class ApplicationRoutes:
    def __init__(self, state: State) -> None:
        self._state = state
        self.routes = [
            Route("GET", "/users/@me", self.read_user),
            Route("DELETE", "/users/@me/guilds/{guild}", self.leave_server),
            Route("GET", "/oauth2/applications/@me", self.read_application),
            Route("GET", "/applications/@me", self.read_application),
            Route("GET", "/gateway", self.read_gateway, by_bot=False),
            Route("GET", "/gateway/bot", self.read_bot_gateway),
            Route("GET", GLOBAL_COMMANDS, self.list_commands),
            Route("PUT", GLOBAL_COMMANDS, self.sync_commands),
            Route("GET", GUILD_COMMANDS, self.list_commands),
            Route("PUT", GUILD_COMMANDS, self.sync_commands),
            Route("GET", f"{GUILD_COMMANDS}/permissions", self.list_overrides),
            Route("GET", f"{GUILD_COMMANDS}/{{command}}/permissions", self.read_overrides),
        ]

    def read_user(self, _request: RestRequest) -> Reply:
        return Reply(200, own_user_payload(self._state.world))

    def read_application(self, _request: RestRequest) -> Reply:
        return Reply(200, application_payload(self._state.world))

    def leave_server(self, request: RestRequest) -> Reply:
        """Leave a server; see https://docs.discord.com/developers/resources/user#leave-guild."""
        guild = self._state.world.guilds.get(request.id("guild"))
        if guild is None or not guild.bot_joined:
            raise unknown_guild()
        leave_guild(self._state, guild)
        return Reply()

    def read_gateway(self, _request: RestRequest) -> Reply:
        return Reply(200, {"url": self._state.gateway.url})

    def read_bot_gateway(self, _request: RestRequest) -> Reply:
        identifies = self._state.gateway.identify_limit
        limit = {
            "total": identifies.per_day,
            "remaining": identifies.remaining,
            "reset_after": round(identifies.reset_after(self._state.clock.now()) * 1000),
            "max_concurrency": 1,
        }
        url = self._state.gateway.url
        return Reply(200, {"url": url, "shards": 1, "session_start_limit": limit})

    def list_commands(self, request: RestRequest) -> Reply:
        return Reply(200, self._state.commands.scope(self._scope(request)))

    def sync_commands(self, request: RestRequest) -> Reply:
        scope = self._scope(request)
        if request.json:
            raise invalid_form("_", "Only iterables may be used in a ListType")
        application_id = self._state.world.application_id
        wanted = as_objects(request.body)
        return Reply(200, self._state.commands.replace(scope, application_id, wanted))

    def list_overrides(self, request: RestRequest) -> Reply:
        """List the overrides of all commands that have some. The bot may not set them."""
        guild_id = self._scope(request)
        ids = [as_integer(command["id"]) for command in self._state.commands.offered(guild_id)]
        ids.append(self._state.world.application_id)
        return Reply(200, self._state.overrides.payloads(guild_id, ids))

    def read_overrides(self, request: RestRequest) -> Reply:
        guild_id, command_id = self._scope(request), request.id("command")
        offered = self._state.commands.offered(guild_id)
        if all(as_integer(command["id"]) != command_id for command in offered):
            raise unknown_command()
        payload = self._state.overrides.payload(guild_id, command_id)
        if payload is None:
            raise unknown_command_permissions()
        return Reply(200, payload)

    def _scope(self, request: RestRequest) -> int | None:
        if request.id("application") != self._state.world.application_id:
            raise ApiError(403, 20012, "You are not authorized to perform this action")
        if "guild" not in request.parameters:
            return None
        guild = self._state.world.guilds.get(request.id("guild"))
        if guild is None or not guild.bot_joined:
            raise unknown_guild()
        return guild.id
