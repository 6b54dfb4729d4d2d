"""One member's view of the server, as JSON for the page."""

from sandbox.discord import Attachment, Message, Response
from sandbox.discord.cdn import LINK_LIFE_SECONDS
from sandbox.discord.guilds import Member
from sandbox.discord.model import Kind
from sandbox.discord.wire import Json
from sandbox.fal import Post
from sandbox.page.books import Books
from sandbox.page.commands import leaves
from sandbox.stage import Stage

FIRST_CHANNEL = "videos"
POSTS = 20


class View:
    def __init__(self, stage: Stage, books: Books) -> None:
        self._stage = stage
        self._books = books
        # A link is signed anew at every look; the page would load the file anew with it.
        self._links: dict[int, tuple[str, float]] = {}

    def parts(self, member: Member) -> Json:
        """Return everything, in parts that change at different times."""
        discord = self._stage.discord
        return {
            "world": self._world(),
            "commands": leaves(discord.commands),
            "messages": {
                channel.name: [
                    self._message(message) for message in discord.visible(member, channel)
                ]
                for channel in discord.channels.values()
            },
            "fal": self._fal(),
            "books": self._books.content,
        }

    def _world(self) -> Json:
        discord = self._stage.discord
        channels = sorted(discord.channels.values(), key=lambda one: one.name != FIRST_CHANNEL)
        members = [*discord.members.values(), discord.bot]
        return {
            "guild": discord.guild.name,
            "owner": discord.guild.owner.name,
            "bot_online": discord.bot_online,
            "members": [
                {
                    "id": str(who.id),
                    "name": who.name,
                    "bot": who.user.is_bot,
                    "roles": [role.name for role in who.roles],
                }
                for who in members
            ],
            "channels": [{"id": str(one.id), "name": one.name} for one in channels],
            "roles": [{"id": str(one.id), "name": one.name} for one in discord.roles.values()],
        }

    def _message(self, message: Message) -> Json:
        invocation = message.invocation
        deferred = invocation and invocation.response_type is Response.DEFERRED_MESSAGE
        is_response = invocation is not None and invocation.response_message is message
        # The first edit of a deferred response is the response itself.
        unmarked = 1 if deferred and is_response else 0
        command = None
        if invocation is not None and is_response and invocation.kind is Kind.COMMAND:
            command = {"member": invocation.member.name, "name": invocation.command}
        return {
            "id": str(message.id),
            "author": {
                "id": str(message.author.id),
                "name": message.author.name,
                "bot": message.author.is_bot,
            },
            "at": round(message.created_at * 1000),
            "content": message.content,
            "edited": message.edits > unmarked,
            "ephemeral": message.ephemeral,
            "loading": message.loading,
            "pinged": [str(who) for who in sorted(message.pinged)],
            "everyone": message.mentions_everyone,
            "command": command,
            "reply": _reply(message),
            "attachments": [self._attachment(file) for file in message.attachments],
            "components": message.components,
        }

    def _attachment(self, file: Attachment) -> Json:
        width, height = file.width_height or (None, None)
        return {
            "id": str(file.id),
            "name": file.filename,
            "size": file.size,
            "type": file.content_type or "application/octet-stream",
            "url": self._link(file),
            "alt": file.description,
            "width": width,
            "height": height,
        }

    def _link(self, file: Attachment) -> str:
        now = self._stage.discord.now()
        url, signed_at = self._links.get(file.id, ("", 0.0))
        if not url or now - signed_at > LINK_LIFE_SECONDS / 2:
            url = file.url
            self._links[file.id] = url, now
        return url

    def _fal(self) -> Json:
        fal = self._stage.fal
        violations = [*self._stage.discord.violations, *fal.violations]
        return {"posts": [self._post(post) for post in fal.posts[-POSTS:]], "wrong": violations}

    def _post(self, post: Post) -> Json:
        request = self._stage.fal.requests.get(post.request_id or "")
        error = request.error.error_type if request and request.error else None
        return {
            "endpoint": post.endpoint,
            "arguments": post.arguments,
            "status": post.status,
            "state": request.state if request else None,
            "error": error,
            "at": round(post.at.timestamp() * 1000),
        }


def _reply(message: Message) -> Json | None:
    to = message.reference
    # What everybody sees tells nothing of what only one member does.
    if to is None or (to.ephemeral and not message.ephemeral):
        return None
    excerpt = to.content or ("a file" if to.attachments else "")
    return {
        "id": str(to.id),
        "author": to.author.name,
        "content": "" if to.deleted else excerpt[:400],
        "deleted": to.deleted,
    }
