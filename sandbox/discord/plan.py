"""Plan of a world: servers, people, roles and channels that a loopback Discord begins with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.discord.permissions import MEMBER_PERMISSIONS, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPlan:
    """One server. People of the same name in two servers are one person.

    `@everyone` may next to nothing and a "Member" role, given to every member, carries what
    servers usually allow. So the bot has no permission that its own role doesn't give.
    """

    name: str
    """Unique in its world."""
    owner: str
    """Name of the person who owns the server, and may do everything there."""
    members: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Names of the roles by name of the member, "Member" left out."""
    roles: Mapping[str, Permission] = field(default_factory=dict[str, Permission])
    """Permissions by name of the role, without @everyone, "Member" and the bot's own role."""
    channels: Sequence[str] = ("general",)
    """Names of the text channels, topmost first."""
    has_bot: bool = True
    """The bot is in the server from the beginning."""


PLAYGROUND = ServerPlan(
    name="Pika Playground",
    owner="Olive",
    members={"Ada": (), "Ben": (), "Mo": ("Moderator",)},
    roles={"Moderator": MEMBER_PERMISSIONS | Permission.MANAGE_GUILD},
    channels=("general", "videos"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldPlan:
    """A whole Discord: its servers, and the application that the bot belongs to."""

    servers: Sequence[ServerPlan] = (PLAYGROUND,)
    """At least one; the first is the one that a test gets where it names none."""
    bot: str = "Pika"
    """Name of the bot, of its application, and of its role in each server."""
    application_owner: str | None = None
    """Name of the person who owns the application; the first server's owner if left out."""
    is_public: bool = True
    """Anybody may add the bot to a server (*Public Bot*), as Discord's default is."""

    def __post_init__(self) -> None:
        if not self.servers:
            raise ValueError("a world has at least one server")
