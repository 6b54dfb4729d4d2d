"""The tour's output: every file that the bot posted, and a transcript of the messages."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.discord import File, Invocation, Member, Message
from sandbox.discord.components import Component, kind, walk
from sandbox.discord.forms import OptionValue
from sandbox.discord.wire import Json


@dataclass(eq=False)
class Entry:
    """A command or a click, and the messages that answered it."""

    number: int
    """Position in the transcript, from 1."""
    member: Member
    channel: str
    """Name of the channel."""
    command: str
    """The command, or the label of the button."""
    options: dict[str, OptionValue]
    began: float
    """Time on the Discord's clock, in seconds since 1970."""
    messages: list[Message] = field(default_factory=list)
    """The messages that the member saw, oldest first, in their last state."""
    at_first: list[str] = field(default_factory=list)
    """Their texts when the bot had just answered."""
    seconds: float = 0.0
    """Seconds until the answer, or until the video where one was awaited."""
    invocation: Invocation | None = None

    @property
    def text(self) -> str:
        return "\n".join(message.content for message in self.messages)

    @property
    def status(self) -> Message:
        """The message that everybody sees: it becomes the video. Raises LookupError."""
        public = [message for message in self.messages if not message.ephemeral]
        if not public:
            raise LookupError(f"{self.command} was only answered in private: {self.text!r}")
        return public[0]


class Transcript:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: list[Entry] = []

    def begin(
        self,
        member: Member,
        channel: str,
        command: str,
        options: dict[str, OptionValue],
        now: float,
    ) -> Entry:
        entry = Entry(len(self.entries) + 1, member, channel, command, options, now)
        self.entries.append(entry)
        return entry

    def write(self) -> Path:
        """Save all files and `transcript.json`; return the latter's path."""
        self.folder.mkdir(parents=True, exist_ok=True)
        told = [self._told(entry) for entry in self.entries]
        path = self.folder / "transcript.json"
        path.write_text(f"{json.dumps(told, indent=2, ensure_ascii=False)}\n", encoding="utf-8")
        return path

    def _told(self, entry: Entry) -> Json:
        return {
            "number": entry.number,
            "member": entry.member.name,
            "channel": entry.channel,
            "command": entry.command,
            "options": {name: _plain(value) for name, value in entry.options.items()},
            "answered": entry.at_first,
            "seen": [
                self._seen(entry, message) for message in entry.messages if not message.deleted
            ],
            "seconds": round(entry.seconds, 2),
        }

    def _seen(self, entry: Entry, message: Message) -> Json:
        return {
            "text": message.content,
            "only_the_member_sees_it": message.ephemeral,
            "buttons": [
                item.get("label")
                for item in walk(message.components)
                if kind(item) == Component.BUTTON
            ],
            "attachments": [
                self._saved(entry, message, at) for at in range(len(message.attachments))
            ],
        }

    def _saved(self, entry: Entry, message: Message, at: int) -> Json:
        attachment = message.attachments[at]
        more = f"-{at + 1}" if at else ""
        words = re.sub(r"[^a-z0-9]+", "-", entry.command.lower()).strip("-")
        path = self.folder / f"{entry.number:02}-{words}{more}{Path(attachment.filename).suffix}"
        path.write_bytes(attachment.data)
        return {
            "file_name": attachment.filename,
            "size": attachment.size,
            "alt_text": attachment.description,
            "saved_as": path.name,
        }


def _plain(value: OptionValue) -> object:
    if isinstance(value, File):
        return value.filename
    return value if isinstance(value, str | int | float | bool) else value.name
