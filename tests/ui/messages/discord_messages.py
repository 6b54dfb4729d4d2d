"""Messages as discord.py makes them of what Discord tells."""

import discord

ME, ADA, BEN = 11, 22, 33
Payload = dict[str, object]


def user(who: int) -> Payload:
    return {"id": str(who), "username": f"user{who}", "discriminator": "0", "avatar": None}


def payload(content: str = "", parts: Payload | None = None, *, by: int = ADA) -> Payload:
    return {
        "id": "7",
        "channel_id": "5",
        "type": 0,
        "author": user(by),
        "content": content,
        "timestamp": "2026-11-22T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "flags": 0,
        **(parts or {}),
    }


def attachment(name: str, kind: str | None = None) -> Payload:
    url = f"https://cdn.discordapp.com/attachments/5/1/{name}?ex=1"
    more = {} if kind is None else {"content_type": kind}
    return {"id": "1", "filename": name, "size": 9, "url": url, "proxy_url": url, **more}


def sticker(form: int, number: int = 8) -> Payload:
    return {"id": str(number), "name": f"sticker {form}", "format_type": form}


def forward(snapshot: Payload) -> Payload:
    return {
        "message_reference": {"type": 1, "message_id": "6", "channel_id": "5"},
        "message_snapshots": [{"message": payload(parts=snapshot)}],
    }


def reply_to(replied: Payload | None) -> Payload:
    return {
        "type": 19,
        "message_reference": {"type": 0, "message_id": "6", "channel_id": "5"},
        "referenced_message": replied,
    }


def message(data: Payload) -> discord.Message:
    client = discord.Client(intents=discord.Intents.none())
    channel = client.get_partial_messageable(5, guild_id=4)
    state = client._connection  # pyright: ignore[reportPrivateUsage]  # what messages are made with
    return discord.Message(state=state, channel=channel, data=data)  # pyright: ignore[reportArgumentType]  # Discord's own JSON


def guild_of(found: discord.Message) -> discord.Guild:
    return discord.Guild(data={"id": "4"}, state=found._state)  # pyright: ignore[reportArgumentType, reportPrivateUsage]  # all that discord.py insists on
