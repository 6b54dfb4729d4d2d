"""A loopback Discord that unmodified discord.py logs in to, and the members' side of it."""

from sandbox.discord.cdn import Attachment, File
from sandbox.discord.faults import Answer, Delay, Drop, Fault
from sandbox.discord.guilds import Channel, ChannelKind, Guild, Member, Role, User
from sandbox.discord.model import Invocation, Kind, Message, Response, Sticker, StickerFormat
from sandbox.discord.permissions import Permission
from sandbox.discord.plan import PLAYGROUND, ServerPlan, WorldPlan
from sandbox.discord.rate_limits import Limit
from sandbox.discord.routing import RestRequest
from sandbox.discord.server import DiscordServer, open_discord

__all__ = [
    "PLAYGROUND",
    "Answer",
    "Attachment",
    "Channel",
    "ChannelKind",
    "Delay",
    "DiscordServer",
    "Drop",
    "Fault",
    "File",
    "Guild",
    "Invocation",
    "Kind",
    "Limit",
    "Member",
    "Message",
    "Permission",
    "Response",
    "RestRequest",
    "Role",
    "ServerPlan",
    "Sticker",
    "StickerFormat",
    "User",
    "WorldPlan",
    "open_discord",
]
