"""Ports: the interfaces through which the application uses the outside world."""

from bot.ports.changes import Changes, Conflict, Owned, Unrecordable
from bot.ports.clock import Clock, Random
from bot.ports.delivery import (
    Announcement,
    AnsweredElsewhere,
    Attachment,
    Delivery,
    FileRefused,
    Owner,
    Shown,
    TextRefused,
    TooLargeHere,
    Undeliverable,
    Unreachable,
)
from bot.ports.fal import Fal, UploadRefused
from bot.ports.media import (
    Archive,
    DownloadTrouble,
    FileLost,
    Fitted,
    KeptFile,
    KeptVideo,
    MembersVideos,
    NothingFits,
    OtherArchive,
    Picture,
    Pictures,
    ShrinkTrouble,
    Videos,
)
from bot.ports.members import Members
from bot.ports.past_videos import PastVideos
from bot.ports.rules import AllRules, AuditEntry, Change, RuleBook, Spending
from bot.ports.servers import SeenServer, ServerBook, ServerDoor
from bot.ports.store import JobStore, Standing

__all__ = [
    "AllRules",
    "Announcement",
    "AnsweredElsewhere",
    "Archive",
    "Attachment",
    "AuditEntry",
    "Change",
    "Changes",
    "Clock",
    "Conflict",
    "Delivery",
    "DownloadTrouble",
    "Fal",
    "FileLost",
    "FileRefused",
    "Fitted",
    "JobStore",
    "KeptFile",
    "KeptVideo",
    "Members",
    "MembersVideos",
    "NothingFits",
    "OtherArchive",
    "Owned",
    "Owner",
    "PastVideos",
    "Picture",
    "Pictures",
    "Random",
    "RuleBook",
    "SeenServer",
    "ServerBook",
    "ServerDoor",
    "Shown",
    "ShrinkTrouble",
    "Spending",
    "Standing",
    "TextRefused",
    "TooLargeHere",
    "Undeliverable",
    "Unreachable",
    "Unrecordable",
    "UploadRefused",
    "Videos",
]
