"""The message that a request asks for, checked against Discord's limits.

See https://docs.discord.com/developers/resources/message#create-message.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sandbox.discord.cdn import Attachment, Cdn, File
from sandbox.discord.component_rules import check_classic
from sandbox.discord.components import texts, with_text_ids
from sandbox.discord.components_v2 import ATTACHED, check_no_legacy_fields, check_version_2
from sandbox.discord.embeds import check_embeds
from sandbox.discord.errors import invalid_form, too_large, too_long
from sandbox.discord.media import of_attachment
from sandbox.discord.model import COMPONENTS_V2, EPHEMERAL
from sandbox.discord.wire import Json, as_integer, as_list, as_object, as_objects, as_text

LONGEST_CONTENT = 2000
MOST_FILES = 10
LONGEST_NONCE = 25
LONGEST_DESCRIPTION = 1024


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
        return with_text_ids(as_objects(self.body.get("components")))

    @property
    def flags(self) -> int:
        return as_integer(self.body.get("flags"))

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def text(self) -> str:
        """All text of the message that can mention somebody."""
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
    check_embeds(draft.embeds, f"{path}embeds")
    if len(str(draft.nonce or "")) > LONGEST_NONCE:
        raise too_long(f"{path}nonce", LONGEST_NONCE)
    if len(files) > MOST_FILES:
        raise too_long(f"{path}attachments", MOST_FILES)
    for index, entry in enumerate(as_objects(body.get("attachments"))):
        if len(as_text(entry.get("description"))) > LONGEST_DESCRIPTION:
            raise too_long(f"{path}attachments.{index}.description", LONGEST_DESCRIPTION)
    if any(len(file.data) > size_limit for file in files.values()):
        raise too_large()
    if (flags | draft.flags) & COMPONENTS_V2:
        check_no_legacy_fields(body, path)
        check_version_2(draft.components, f"{path}components")
    else:
        check_classic(draft.components, f"{path}components")
    return draft


def attach(
    draft: Draft, existing: list[Attachment], cdn: Cdn, folder: str, *, ephemeral: bool
) -> list[Attachment]:
    """Return the attachments after the request: those it names are kept, its files are added.

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
                spoiler=file.spoiler or entry.get("is_spoiler") is True,
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
    """Replace `attachment://name` in components and embeds by the file's link and description.

    Raises:
        ApiError: 50035 for a name that isn't attached.
    """
    if objects := as_object(value):
        linked = {key: link_attachments(item, attachments) for key, item in objects.items()}
        url = objects.get("url")
        if not isinstance(url, str) or not url.startswith(ATTACHED):
            return linked
        return linked | of_attachment(_attached(url, attachments))
    if items := as_list(value):
        return [link_attachments(item, attachments) for item in items]
    if isinstance(value, str) and value.startswith(ATTACHED):
        return _attached(value, attachments).url
    return value


def _attached(link: str, attachments: list[Attachment]) -> Attachment:
    name = link.removeprefix(ATTACHED)
    for attachment in attachments:
        if attachment.filename == name:
            return attachment
    raise invalid_form(
        "components",
        f"The referenced attachment {name!r} was not found",
        "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
    )
