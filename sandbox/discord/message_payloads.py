"""Discord's JSON for files, messages and interactions."""

from sandbox.discord.cdn import Attachment
from sandbox.discord.clock import timestamp
from sandbox.discord.content import MESSAGE_CONTENT, blanked, readable
from sandbox.discord.guilds import Channel
from sandbox.discord.media import IS_SPOILER
from sandbox.discord.model import Invocation, Kind, Message
from sandbox.discord.payloads import (
    LOCALE,
    channel_payload,
    member_in_channel_payload,
    user_payload,
)
from sandbox.discord.wire import Json
from sandbox.discord.world import World

GUILD_CONTEXT, BOT_DIRECT_CONTEXT = 0, 1
# Kinds of references.
REPLY, FORWARD = 0, 1
_SNAPSHOT = (
    *("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags"),
    *("mentions", "mention_roles", "sticker_items", "components"),
)


def attachment_payload(file: Attachment) -> Json:
    payload: Json = {
        "id": str(file.id),
        "filename": file.filename,
        "size": file.size,
        "url": file.url,
        "proxy_url": file.url,
        "flags": IS_SPOILER if file.is_spoiler else 0,
    }
    if file.content_type is not None:
        payload["content_type"] = file.content_type
    if file.width_height is not None:
        payload["width"], payload["height"] = file.width_height
    if file.description is not None:
        payload["description"] = file.description
    if file.ephemeral:
        payload["ephemeral"] = True
    return payload


def message_payload(
    what: Message, world: World, *, content: bool | None = None, is_target: bool = False
) -> Json:
    """Return a message as the bot reads it, blank where it may not read the content.

    `content`: the reader has the MESSAGE_CONTENT intent; left out, the application's settings
    decide. `is_target`: an Apps menu was opened on this message.
    """
    if content is None:
        content = bool(world.privileged_intents & MESSAGE_CONTENT)
    payload = _message_alone(what, world)
    if what.forwarded is not None:
        payload |= _forward(what.forwarded, world)
    if not (content or is_target or readable(what, world)):
        payload = blanked(payload)
    if what.reference is not None:
        payload["message_reference"] = _reference(what.reference, REPLY)
        payload["referenced_message"] = _referenced(what.reference, world, content=content)
    if what.invocation is not None:
        payload["application_id"] = str(world.application_id)
        payload["webhook_id"] = str(world.application_id)
        payload["interaction_metadata"] = _interaction_metadata(what.invocation)
    return payload


def _reference(to: Message, kind: int) -> Json:
    reference: Json = {
        "type": kind,
        "message_id": str(to.id),
        "channel_id": str(to.channel_id),
    }
    return reference if to.channel.is_direct else reference | _server(to.channel)


def _server(channel: Channel) -> Json:
    return {"guild_id": str(channel.guild_id)}


def _forward(what: Message, world: World) -> Json:
    """See https://docs.discord.com/developers/resources/message#message-snapshot-object."""
    whole = _message_alone(what, world)
    snapshot = {key: whole[key] for key in _SNAPSHOT if key in whole}
    return {
        "message_reference": _reference(what, FORWARD),
        "message_snapshots": [{"message": snapshot}],
    }


def _referenced(what: Message, world: World, *, content: bool) -> Json | None:
    """Return a replied-to message, which is blank unless the bot may read it by itself.

    No documentation states this outright; every text about the intent speaks of the message itself.
    """
    if what.deleted:
        return None
    payload = _message_alone(what, world)
    if what.forwarded is not None:
        payload |= _forward(what.forwarded, world)
    if what.reference is not None:
        payload["message_reference"] = _reference(what.reference, REPLY)
    return payload if content or readable(what, world) else blanked(payload)


def _message_alone(what: Message, world: World) -> Json:
    mentioned = [who for who in map(world.user, sorted(what.mentioned)) if who is not None]
    payload: Json = {
        "id": str(what.id),
        "channel_id": str(what.channel_id),
        "type": what.type,
        "author": user_payload(what.author),
        "content": what.content,
        "timestamp": timestamp(what.created_at),
        "edited_timestamp": None if what.edited_at is None else timestamp(what.edited_at),
        "tts": False,
        "mention_everyone": what.mentions_everyone,
        "mentions": [user_payload(who) for who in mentioned],
        "mention_roles": [],
        "mention_channels": [],
        "attachments": [attachment_payload(file) for file in what.attachments],
        "embeds": what.embeds,
        "components": what.components,
        "pinned": False,
        "flags": what.flags,
    }
    if what.stickers:
        payload["sticker_items"] = [
            {"id": str(one.id), "name": one.name, "format_type": int(one.format)}
            for one in what.stickers
        ]
    if what.nonce is not None:
        payload["nonce"] = what.nonce
    return payload


def _interaction_metadata(invocation: Invocation) -> Json:
    payload: Json = {
        "id": str(invocation.id),
        "type": int(invocation.kind),
        "user": user_payload(invocation.member.user),
        "authorizing_integration_owners": {"0": str(invocation.channel.guild_id or 0)},
    }
    if invocation.target is not None:
        payload["target_message_id"] = str(invocation.target.id)
    if invocation.source is not None and invocation.kind is Kind.COMPONENT:
        payload["interacted_message_id"] = str(invocation.source.id)
    return payload


def interaction_payload(invocation: Invocation, data: Json, world: World) -> Json:
    """Return the payload of INTERACTION_CREATE."""
    where = invocation.channel
    member_permissions = world.permissions(invocation.member.user, where)
    # Whether it says of a thread that it is locked, or private, isn't documented.
    app_permissions = world.granted(world.bot, where)
    payload: Json = {
        "id": str(invocation.id),
        "application_id": str(world.application_id),
        "type": int(invocation.kind),
        "token": invocation.token,
        "version": 1,
        "data": data,
        "channel_id": str(where.id),
        "channel": channel_payload(where) | {"permissions": str(int(member_permissions))},
        "app_permissions": str(int(app_permissions)),
        "locale": LOCALE,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "attachment_size_limit": invocation.attachment_size_limit,
        "authorizing_integration_owners": {"0": str(where.guild_id or 0)},
    }
    if where.is_direct:
        payload["user"] = user_payload(invocation.member.user)
        payload["context"] = BOT_DIRECT_CONTEXT
    else:
        payload |= _server(where)
        payload["guild"] = {"id": str(where.guild_id), "features": [], "locale": LOCALE}
        payload["guild_locale"] = LOCALE
        if world.member(invocation.member.user, where) is None:
            payload["user"] = user_payload(invocation.member.user)
        else:
            payload["member"] = member_in_channel_payload(world, invocation.member, where)
        payload["context"] = GUILD_CONTEXT
    if invocation.source is not None:
        payload["message"] = message_payload(invocation.source, world)
    return payload


def callback_payload(invocation: Invocation, world: World) -> Json:
    """Return the answer to a callback that asked `with_response`."""
    interaction_part: Json = {"id": str(invocation.id), "type": int(invocation.kind)}
    payload: Json = {"interaction": interaction_part}
    answered = invocation.response_message
    if answered is not None and invocation.response_type is not None:
        interaction_part["response_message_id"] = str(answered.id)
        interaction_part["response_message_loading"] = answered.loading
        interaction_part["response_message_ephemeral"] = answered.ephemeral
        resource: Json = {"type": int(invocation.response_type)}
        if answered is not invocation.source:
            resource["message"] = message_payload(answered, world)
        payload["resource"] = resource
    return payload
