"""What scenes are made of: acting as a member, waiting for what comes, and saying what is wrong."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from av.error import FFmpegError

from sandbox.discord import Channel, File, Invocation, Member, Message
from sandbox.discord.forms import ModalValue, OptionValue
from sandbox.discord.wire import as_objects, as_text
from sandbox.fal import Post
from sandbox.scenes.pictures import QUADRANTS, Video, alike, decode, quadrants
from sandbox.scenes.transcript import Entry, Transcript
from sandbox.stage import Stage
from sandbox.terminal import Terminal

Found = TypeVar("Found")
Scene: TypeAlias = Callable[["Tour"], Awaitable[None]]
"""A function; its docstring is its title."""
VIDEO_SECONDS = 60.0
"""The longest that a video may take here, others before it included."""
FRAME_SECONDS = 0.05
JOB_NUMBER = re.compile(r" #[0-9]+")
"""In a status message as soon as the job exists."""


@dataclass(frozen=True)
class Promise:
    """What a video has to be like. Pixels; `shows_photo` stands for the four colours."""

    entry: Entry
    width: int
    height: int
    seconds: float = 5.0
    shows_photo: bool = False


class Tour:
    """`promises` are the videos that are on their way, `wrong` what wasn't as expected."""

    def __init__(self, stage: Stage, transcript: Transcript, terminal: Terminal) -> None:
        self.stage = stage
        self.transcript = transcript
        self.promises: list[Promise] = []
        self.wrong: list[str] = []
        self._terminal = terminal

    @property
    def channel(self) -> Channel:
        return self.stage.discord.channels["videos"]

    def member(self, name: str) -> Member:
        return self.stage.discord.members[name]

    def expect(self, condition: object, what: str) -> None:
        """Note what is wrong, and go on."""
        if not condition:
            self.wrong.append(what)
            self._terminal.complain(f"Wrong: {what}")

    async def command(self, who: str, command: str, **options: OptionValue) -> Entry:
        """Send a slash command; the entry holds the bot's answer."""
        entry = self._begin(who, f"/{command}", options)
        sent = self.stage.discord.invoke(self.member(who), self.channel, command, options)
        return self._answered(entry, await sent)

    async def menu(self, who: str, message: Message, command: str, **values: ModalValue) -> Entry:
        """Open the Apps menu of a message, fill in the modal that comes and send it."""
        shown: dict[str, OptionValue] = {
            name: value for name, value in values.items() if isinstance(value, str | bool | File)
        }
        entry = self._begin(who, f"Apps → {command}", shown)
        opened = await self.stage.discord.invoke_menu(self.member(who), message, command)
        # A field's name is its label, which may have spaces; there is one of each kind here.
        labelled = dict(zip(_labels(opened), values.values(), strict=True))
        return self._answered(entry, await self.stage.discord.submit_modal(opened, labelled))

    async def click(self, who: str, message: Message, button: str) -> Entry:
        entry = self._begin(who, f"button {button}", {})
        pressed = await self.stage.discord.click(self.member(who), message, button)
        return self._answered(entry, pressed)

    async def fill_in(
        self, who: str, message: Message, button: str, values: Mapping[str, ModalValue]
    ) -> Entry:
        """Press a button, fill in the modal that comes and send it; the rest stays as it is."""
        entry = self._begin(who, f"button {button}", {k: str(v) for k, v in values.items()})
        opened = await self.stage.discord.click(self.member(who), message, button)
        return self._answered(entry, await self.stage.discord.submit_modal(opened, values))

    async def post(self, who: str, content: str, *files: File) -> Message:
        """Write a message as a member."""
        return await self.stage.discord.post(self.member(who), self.channel, content, files)

    async def accepted(self, entry: Entry) -> None:
        """Wait until the bot has made a job of it. Raises TimeoutError."""
        status = entry.messages[0]
        await self.until(lambda: JOB_NUMBER.search(status.content))

    async def promise(
        self, entry: Entry, width: int, height: int, *, shows_photo: bool = False
    ) -> None:
        """Note what a video has to be like, once it is on its way. Raises TimeoutError."""
        await self.accepted(entry)
        self.promises.append(Promise(entry, width, height, shows_photo=shows_photo))

    async def kept(self, promise: Promise) -> None:
        """Wait for the video and check it. Raises TimeoutError."""
        entry = promise.entry
        status = entry.messages[0]
        mention = await self.until(lambda: self._mention(status), VIDEO_SECONDS)
        entry.messages.append(mention)
        entry.seconds = mention.created_at - entry.began
        name = f"{entry.number:02} {entry.command}"
        self.expect(
            set(mention.pinged) == {entry.member.id}, f"{name}: not just the member was pinged"
        )
        self.expect(len(status.attachments) == 1, f"{name}: {len(status.attachments)} files")
        for attachment in status.attachments:
            self.expect(attachment.description, f"{name}: the video has no alt text")
            await self._check_video(name, promise, attachment.data)

    async def until(self, predicate: Callable[[], Found | None], seconds: float = 10.0) -> Found:
        """Wait for something to be there. Raises TimeoutError."""
        found = await self.stage.discord.wait_for(predicate, seconds)
        assert found is not None
        return found

    def sent_to_fal(self, words: str) -> Post | None:
        """Return what was sent to fal with these words in its prompt."""
        posts = self.stage.fal.posts
        return next((post for post in posts if words in str(post.arguments.get("prompt"))), None)

    def bot_messages(self) -> list[Message]:
        """Return everything that the bot wrote, whoever sees it."""
        discord = self.stage.discord
        seen = {
            message.id: message
            for member in discord.members.values()
            for channel in discord.channels.values()
            for message in discord.visible(member, channel)
            if message.author is discord.bot.user
        }
        return list(seen.values())

    async def _check_video(self, name: str, promise: Promise, data: bytes) -> None:
        try:
            video: Video = await asyncio.to_thread(decode, data)
        except (FFmpegError, ValueError) as error:
            self.expect(None, f"{name}: the video can't be decoded: {error}")
            return
        size, wanted = (video.width, video.height), (promise.width, promise.height)
        self.expect(size == wanted, f"{name}: {size} and not {wanted} pixels")
        off = abs(video.seconds - promise.seconds)
        self.expect(off <= FRAME_SECONDS, f"{name}: {video.seconds} and not {promise.seconds} s")
        if promise.shows_photo:
            seen = quadrants(video.first)
            self.expect(alike(seen, QUADRANTS), f"{name}: the first frame's colours are {seen}")

    def _begin(self, who: str, command: str, options: dict[str, OptionValue]) -> Entry:
        now = self.stage.discord.now()
        return self.transcript.begin(self.member(who), self.channel.name, command, options, now)

    def _answered(self, entry: Entry, invocation: Invocation) -> Entry:
        self.expect(not invocation.failed, f"{entry.command}: the application did not respond")
        first = invocation.response_message
        entry.messages = [*([first] if first else []), *invocation.followups]
        entry.seconds = self.stage.discord.now() - entry.began
        return entry

    def _mention(self, status: Message) -> Message | None:
        """Return the reply that tells the member of the end of a job."""
        replies = (
            message
            for message in self.bot_messages()
            if message.reference is status and not message.ephemeral
        )
        return next(replies, None)


def _labels(opened: Invocation) -> list[str]:
    assert opened.modal is not None, "the menu opened no modal"
    return [as_text(item.get("label")) for item in as_objects(opened.modal.get("components"))]
