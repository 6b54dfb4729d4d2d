"""The gateway as tests watch and disturb it."""

from collections.abc import Sequence

from sandbox.discord.acting import Acting
from sandbox.discord.event_changes import Change
from sandbox.discord.event_examples import examples
from sandbox.discord.gateway_faults import IdentifyLimit
from sandbox.discord.guilds import Member
from sandbox.discord.sessions import Op
from sandbox.discord.wire import Json, as_objects, as_text


class GatewayActions(Acting):
    @property
    def gateway_url(self) -> str:
        return self._state.gateway.url

    @property
    def gateway_ops(self) -> list[int]:
        """The gateway opcodes the bot sent, in order."""
        return [int(op) for op in self._state.gateway.received]

    @property
    def presences(self) -> list[str | None]:
        """The statuses shown beside the bot's name, in order; None for an empty one."""
        return [_custom_status(presence) for presence in self._state.gateway.presences]

    @property
    def bot_online(self) -> bool:
        return self._state.gateway.online

    @property
    def identify_limit(self) -> IdentifyLimit:
        """The limit on identifies, five seconds apart and a thousand a day, with their times."""
        return self._state.gateway.identify_limit

    def give_to_team(self, owner: Member, *members: Member, invited: Sequence[Member] = ()) -> None:
        """Make the application a team's; who is `invited` hasn't accepted yet."""
        world = self._state.world
        world.team_owner = owner.user
        accepted = {one.user: True for one in members}
        world.team_members = accepted | {one.user: False for one in invited}

    def set_public(self, *, public: bool) -> None:
        """Switch *Public Bot* on or off in the application's settings."""
        self._state.world.is_public = public

    def allow_intents(self, privileged: int) -> None:
        """Switch privileged intents on in the application's settings, and all others off."""
        self._state.world.privileged_intents = privileged

    def refuse_gateway(self, times: int = 1, *, status: int | None = 503) -> None:
        """Refuse the next connects: with an HTTP status, or with None cut without an answer.

        aiohttp's client tries a cut connect once more by itself.
        """
        self._state.gateway.faults.refusals.extend([status] * times)

    @property
    def gateway_refusals_left(self) -> int:
        return len(self._state.gateway.faults.refusals)

    def set_heartbeat_interval(self, seconds: float) -> None:
        """Set the interval that the gateway asks of each connection from now on."""
        self._state.gateway.heartbeat_seconds = seconds

    def ignore_heartbeats(self, *, ignore: bool = True) -> None:
        """Acknowledge no heartbeat: the connection is dead, though its socket isn't."""
        self._state.gateway.faults.deaf = ignore

    def ask_to_reconnect(self) -> None:
        """Send op 7, as Discord does when it moves a connection to another machine."""
        self._state.gateway.send_everyone(Op.RECONNECT, None)

    def invalidate_sessions(self, *, resumable: bool) -> None:
        """Send op 9. A session that isn't resumable is gone."""
        self._state.gateway.send_everyone(Op.INVALID_SESSION, resumable)
        if not resumable:
            self._state.gateway.forget_sessions()

    def change_events(self, event: str, *changes: Change) -> None:
        """Change the next events of a kind, one by each change: leave a field out of it, say."""
        armed = ((event, change) for change in changes)
        self._state.gateway.faults.changes.extend(armed)

    @property
    def changes_left(self) -> int:
        return len(self._state.gateway.faults.changes)

    def example_events(self) -> dict[str, Json]:
        """Return a payload of every event that the gateway can send, about the first server."""
        return examples(self._state.world, self._state.gateway.url)

    def send_event(self, event: str, data: object) -> None:
        """Send any event, with whatever payload."""
        self._state.gateway.send_event(event, data)

    def send_raw(self, frame: str | bytes) -> None:
        """Send a frame that may be no payload at all; bytes break a compressed stream."""
        self._state.gateway.send_raw(frame)

    async def drop_gateway(self, *, forget: bool = False, code: int = 4000) -> None:
        """Close the gateway's sockets; with `forget`, the session can't be resumed either.

        `code` is the reason, such as 4004 for a token that was made anew.
        """
        if forget:
            self._state.gateway.forget_sessions()
        await self._state.gateway.drop(code=code)


def _custom_status(presence: Json) -> str | None:
    """Return the words of a custom activity, type 4; see
    https://docs.discord.com/developers/events/gateway-events#activity-object-activity-types.
    """
    for activity in as_objects(presence.get("activities")):
        if activity.get("type") == 4:
            return as_text(activity.get("state"))
    return None
