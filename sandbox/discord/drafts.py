"""What a request wants a message to be, checked against Discord's limits.

See https://docs.discord.com/developers/resources/message#create-message.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sandbox.discord.components import check_message_components, texts
from sandbox.discord.errors import invalid_form, too_large, too_long
from sandbox.discord.model import COMPONENTS_V2, EPHEMERAL
from sandbox.discord.wire import Json, as_integer, as_list, as_object, as_objects, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.discord.cdn import Attachment, Cdn, File

LONGEST_CONTENT = 2000
MOST_FILES = 10
MOST_EMBEDS = 10
LONGEST_NONCE = 25


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked body. `files` are keyed by the number in their part's name, `files[n]`."""

    body: Json
    files: Mapping[int, File]

    @property
    def content(self) -> str:
        return as_text(self.body.get("content"))

    @property
    def embeds(self) -> list[Json]:
        return as_objects(self.body.get("embeds"))

    @property
    def components(self) -> list[Json]:
        return as_objects(self.body.get("components"))

    @property
    def flags(self) -> int:
        return as_integer(self.body.get("flags"))

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def text(self) -> str:
        """Everything in it that can mention somebody."""
        return "\n".join([self.content, *texts(self.components)])

    @property
    def allowed_mentions(self) -> Json | None:
        value = self.body.get("allowed_mentions")
        return None if value is None else as_object(value)

    @property
    def nonce(self) -> str | int | None:
        value = self.body.get("nonce")
        return value if isinstance(value, str | int) else None

    @property
    def is_empty(self) -> bool:
        return not (self.content or self.embeds or self.components or self.files)


def read_draft(
    body: Json, files: Mapping[int, File], *, size_limit: int, flags: int = 0, path: str = ""
) -> Draft:
    """Check a body; `flags` are those the message has already, `path` leads to the body.

    Raises:
        ApiError: 40005 for a file over `size_limit` bytes, 50035 for anything too long.
    """
    draft = Draft(body, files)
    if len(draft.content) > LONGEST_CONTENT:
        raise too_long(f"{path}content", LONGEST_CONTENT)
    if len(draft.embeds) > MOST_EMBEDS:
        raise too_long(f"{path}embeds", MOST_EMBEDS)
    if len(str(draft.nonce or "")) > LONGEST_NONCE:
        raise too_long(f"{path}nonce", LONGEST_NONCE)
    if len(files) > MOST_FILES:
        raise too_long(f"{path}attachments", MOST_FILES)
    if any(len(file.data) > size_limit for file in files.values()):
        raise too_large()
    version_2 = bool((flags | draft.flags) & COMPONENTS_V2)
    if version_2 and (draft.content or draft.embeds):
        raise invalid_form(
            f"{path}content" if draft.content else f"{path}embeds",
            "The 'content' and 'embeds' fields cannot be used with Components V2",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        )
    check_message_components(draft.components, version_2=version_2, path=f"{path}components")
    return draft


def attach(
    draft: Draft, existing: list[Attachment], cdn: Cdn, folder: str, *, ephemeral: bool
) -> list[Attachment]:
    """Give the attachments after the request: those it names are kept, its files are added.

    Without an `attachments` list, everything is kept and the files are appended; see
    https://docs.discord.com/developers/resources/message#edit-message.

    Raises:
        ApiError: 50035 for an id that is neither there nor among the files.
    """
    waiting = dict(draft.files)

    def store(number: int, entry: Json) -> Attachment:
        file = waiting.pop(number)
        return cdn.store(
            replace(
                file,
                filename=as_text(entry.get("filename")) or file.filename,
                description=as_text(entry.get("description")) or None,
            ),
            folder=folder,
            ephemeral=ephemeral,
        )

    listing = draft.body.get("attachments")
    attachments = list(existing) if listing is None else []
    for index, entry in enumerate(as_objects(listing)):
        wanted = as_integer(entry.get("id"), -1)
        kept = next((old for old in existing if old.id == wanted), None)
        if kept is not None:
            description = as_text(entry.get("description")) or kept.description
            attachments.append(replace(kept, description=description))
        elif wanted in waiting:
            attachments.append(store(wanted, entry))
        else:
            raise invalid_form(f"attachments.{index}.id", f"Unknown attachment {wanted}.")
    attachments.extend(store(number, {}) for number in sorted(waiting))
    if len(attachments) > MOST_FILES:
        raise too_long("attachments", MOST_FILES)
    return attachments


def link_attachments(value: object, attachments: list[Attachment]) -> object:
    """Replace `attachment://name` in components and embeds by the file's link.

    Raises:
        ApiError: 50035 for a name that isn't attached.
    """
    if objects := as_object(value):
        return {key: link_attachments(item, attachments) for key, item in objects.items()}
    if items := as_list(value):
        return [link_attachments(item, attachments) for item in items]
    if not isinstance(value, str) or not value.startswith("attachment://"):
        return value
    name = value.removeprefix("attachment://")
    for attachment in attachments:
        if attachment.filename == name:
            return attachment.url
    raise invalid_form("components", f"No attachment is named {name}.")
