"""Means of the scenes: acting as a member, waiting for results, and reporting mistakes."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from av.error import FFmpegError

from sandbox.discord import Channel, File, Invocation, Member, Message
from sandbox.discord.forms import ModalValue, OptionValue
from sandbox.fal import Post
from sandbox.scenes.pictures import (
    QUADRANTS,
    Colour,
    Video,
    alike,
    decode,
    middle,
    quadrants,
)
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
    """The expected properties of a video."""

    entry: Entry
    """The command or click that asked for the video."""
    width: int
    """Pixels, as `height`."""
    height: int
    seconds: float = 5.0
    shows_photo: bool = False
    """The video shows the photo of four colours."""
    shows: Mapping[float, Colour] = field(default_factory=dict[float, Colour])
    """Colours in the middle of the video by time in seconds."""


class Tour:
    """One tour: `promises` are the videos under way, `wrong` the failed expectations.

    Videos are drawn `scale` times as wide and high as promised.
    """

    def __init__(
        self, stage: Stage, transcript: Transcript, terminal: Terminal, scale: float = 1.0
    ) -> None:
        self.stage = stage
        self.transcript = transcript
        self.scale = scale
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
        """Open the Apps menu of a message, fill in the fields of the modal that comes, by their
        ids, and send it.
        """
        shown: dict[str, OptionValue] = {
            name: value for name, value in values.items() if isinstance(value, str | bool | File)
        }
        entry = self._begin(who, f"Apps → {command}", shown)
        opened = await self.stage.discord.invoke_menu(self.member(who), message, command)
        return self._answered(entry, await self.stage.discord.submit_modal(opened, values))

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

    async def mention(
        self, who: str, words: str, *files: File, reply_to: Message | None = None
    ) -> Entry:
        """Write a message that mentions the bot; the entry holds the bot's reply."""
        named = {f"image{number}": file for number, file in enumerate(files, 1)}
        entry = self._begin(who, "@Pika", {"words": words, **named})
        discord = self.stage.discord
        text = f"{discord.bot.mention} {words}"
        member = self.member(who)
        asked = await discord.post(member, self.channel, text, files, reply_to=reply_to)
        entry.messages = [await self.until(lambda: self._mention(asked))]
        entry.at_first = [entry.text]
        entry.seconds = discord.now() - entry.began
        return entry

    async def accepted(self, entry: Entry) -> None:
        """Wait until the bot has made a job of it. Raises TimeoutError."""
        status = entry.status
        await self.until(lambda: JOB_NUMBER.search(status.content) or status.deleted)
        self.expect(not status.deleted, f"{entry.command} was taken back: {entry.text!r}")

    async def promise(
        self,
        entry: Entry,
        width: int,
        height: int,
        *,
        seconds: float = 5.0,
        shows_photo: bool = False,
        shows: Mapping[float, Colour] | None = None,
    ) -> None:
        """Note what a video has to be like, once it is on its way. Raises TimeoutError."""
        await self.accepted(entry)
        promised = Promise(entry, width, height, seconds, shows_photo, shows or {})
        self.promises.append(promised)

    async def followed(self, entry: Entry, messages: int = 2) -> None:
        """Wait until the answer has so many messages. Raises TimeoutError."""
        invocation = entry.invocation
        assert invocation is not None, "it was answered"
        await self.until(lambda: len(_messages(invocation)) >= messages)
        self._saw(entry, invocation)

    async def refused(self, words: str, who: str, command: str, **options: OptionValue) -> None:
        """Send a command that is refused in private, with these words."""
        entry = await self.command(who, command, **options)
        if not entry.messages[-1].ephemeral:
            await self.followed(entry)
        private = [message.content for message in entry.messages if message.ephemeral]
        self.expect(any(words in text for text in private), f"{entry.command} said {entry.text!r}")

    async def kept(self, promise: Promise) -> None:
        """Wait for the video and check it. Raises TimeoutError."""
        entry = promise.entry
        status = entry.status
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
        """Return the submit to fal with these words in its prompt."""
        posts = self.stage.fal.posts
        return next((post for post in posts if words in str(post.arguments.get("prompt"))), None)

    def bot_messages(self) -> list[Message]:
        """Return all messages of the bot, private ones included."""
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
            video: Video = await asyncio.to_thread(decode, data, [*promise.shows])
        except (FFmpegError, ValueError) as error:
            self.expect(None, f"{name}: the video can't be decoded: {error}")
            return
        size = video.width, video.height
        # An encoder wants even numbers.
        wanted = tuple(2 * round(n * self.scale / 2) for n in (promise.width, promise.height))
        self.expect(size == wanted, f"{name}: {size} and not {wanted} pixels")
        off = abs(video.seconds - promise.seconds)
        self.expect(off <= FRAME_SECONDS, f"{name}: {video.seconds} and not {promise.seconds} s")
        if promise.shows_photo:
            seen = quadrants(video.first)
            self.expect(alike(seen, QUADRANTS), f"{name}: the first frame's colours are {seen}")
        shown = [middle(frame) for frame in video.at]
        wrong = f"{name}: at {[*promise.shows]} s the colours are {shown}"
        self.expect(alike(shown, [*promise.shows.values()]), wrong)

    def _begin(self, who: str, command: str, options: dict[str, OptionValue]) -> Entry:
        now = self.stage.discord.now()
        return self.transcript.begin(self.member(who), self.channel.name, command, options, now)

    def _answered(self, entry: Entry, invocation: Invocation) -> Entry:
        self.expect(not invocation.failed, f"{entry.command}: the application did not respond")
        entry.invocation = invocation
        self._saw(entry, invocation)
        entry.seconds = self.stage.discord.now() - entry.began
        return entry

    def _saw(self, entry: Entry, invocation: Invocation) -> None:
        entry.messages = _messages(invocation)
        new = entry.messages[len(entry.at_first) :]
        entry.at_first += [message.content for message in new]

    def _mention(self, status: Message) -> Message | None:
        """Return the bot's public reply to a job's message, which reports the end."""
        replies = (
            message
            for message in self.bot_messages()
            if message.reference is status and not message.ephemeral
        )
        return next(replies, None)


def _messages(invocation: Invocation) -> list[Message]:
    first = invocation.response_message
    return [*([first] if first else []), *invocation.followups]
