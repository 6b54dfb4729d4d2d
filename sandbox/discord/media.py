"""Media in components and embeds, as Discord describes them to whoever reads a message.

See https://docs.discord.com/developers/components/reference#unfurled-media-item.
"""

from collections.abc import Mapping

from sandbox.discord.cdn import Attachment, Cdn, File
from sandbox.discord.picture_size import picture_size
from sandbox.discord.wire import Json, as_list, as_object, as_text

IS_SPOILER = 1 << 3
"""Flag of a file that its sender covered; see
https://docs.discord.com/developers/resources/message#attachment-object-attachment-flags."""
_MEDIA = frozenset({"media", "file", "image", "thumbnail"})


def of_attachment(attachment: Attachment) -> Json:
    """Return a media item that shows a file of its own message."""
    item: Json = {
        "url": attachment.url,
        "proxy_url": attachment.url,
        "attachment_id": str(attachment.id),
        "flags": IS_SPOILER if attachment.is_spoiler else 0,
    }
    if attachment.content_type is not None:
        item["content_type"] = attachment.content_type
    if attachment.width_height is not None:
        item["width"], item["height"] = attachment.width_height
    return item


def through_proxy(value: object, linked: Mapping[str, File], cdn: Cdn) -> object:
    """Return components or embeds whose media are shown through Discord's own proxy.

    `linked` are the pictures behind links. A link that leads to none has no proxy.
    """
    if items := as_list(value):
        return [through_proxy(item, linked, cdn) for item in items]
    if not (fields := as_object(value)):
        return value
    described: Json = {key: through_proxy(held, linked, cdn) for key, held in fields.items()}
    for key in _MEDIA & {*fields}:
        item = as_object(described[key])
        if (url := as_text(item.get("url"))) in linked:
            described[key] = item | _proxied(url, linked[url], cdn)
    return described


def _proxied(link: str, file: File, cdn: Cdn) -> Json:
    """Return what Discord adds to the link of a picture."""
    kind = file.content_type or "image/png"
    item: Json = {"proxy_url": proxy_url(link, file, cdn), "content_type": kind, "flags": 0}
    if (size := picture_size(kind, file.data)) is not None:
        item["width"], item["height"] = size
    return item


def proxy_url(link: str, file: File, cdn: Cdn) -> str:
    """Keep the picture behind a link, and return its address at Discord's proxy."""
    return cdn.publish(f"/external/{len(file.data)}/{link.replace('://', '/')}", file)
