"""Other bots of a server, and emoji: what a bot meets in the messages that it reads."""

from collections.abc import Mapping, Sequence

from sandbox.discord.acting import Acting
from sandbox.discord.cdn import File
from sandbox.discord.drafts import read_draft
from sandbox.discord.guilds import Channel, Guild, Member
from sandbox.discord.media import through_proxy
from sandbox.discord.model import COMPONENTS_V2, Message
from sandbox.discord.wire import Json


class OtherApps(Acting):
    """Messages of applications that aren't played here, but for what they post."""

    def add_app(self, name: str, *, guild: Guild | None = None) -> Member:
        """Add another bot to a server."""
        world = self._state.world
        member = world.add_member(guild or world.home, name)
        member.user.is_bot = True
        self._state.changes.notify()
        return member

    def post_as_app(
        self,
        app: Member,
        channel: Channel,
        content: str = "",
        files: Sequence[File] = (),
        *,
        embeds: Sequence[Json] = (),
        components: Sequence[Json] = (),
        linked: Mapping[str, File] | None = None,
    ) -> Message:
        """Post as another bot, with Components V2 if there are any components.

        `linked` are the pictures behind the links of its media: they are shown through Discord's
        proxy. What Discord refuses of such a message raises ApiError.
        """
        if not app.user.is_bot:
            raise ValueError(f"{app.name} is no application")
        state = self._state
        pictures = linked or {}
        body: Json = {"content": content}
        if embeds:
            body["embeds"] = through_proxy([*embeds], pictures, state.cdn)
        if components:
            body |= {
                "components": through_proxy([*components], pictures, state.cdn),
                "flags": COMPONENTS_V2,
            }
        limit = state.world.upload_limit(channel)
        draft = read_draft(body, dict(enumerate(files)), size_limit=limit)
        message = state.messages.create(app.user, channel, draft)
        state.changes.notify()
        return message

    def add_emoji(self, name: str, data: bytes) -> str:
        """Add a custom emoji to the server; return how it is written in a message."""
        emoji_id = self._state.ids.next()
        self._state.cdn.publish(f"/emojis/{emoji_id}.webp", File(name, data, "image/webp"))
        return f"<:{name}:{emoji_id}>"
