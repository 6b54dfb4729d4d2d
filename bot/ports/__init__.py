"""Ports: the interfaces through which the application uses the outside world."""

from bot.ports.changes import Changes, Conflict, Owned, Unrecordable
from bot.ports.clock import Clock, Random
from bot.ports.delivery import (
    Announcement,
    Attachment,
    Delivery,
    Owner,
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
    Picture,
    Pictures,
    ShrinkTrouble,
    Videos,
)
from bot.ports.members import Members
from bot.ports.rules import AllRules, AuditEntry, Change, RuleBook, Spending
from bot.ports.store import JobStore, PastVideos, Standing

__all__ = [
    "AllRules",
    "Announcement",
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
    "Fitted",
    "JobStore",
    "KeptFile",
    "KeptVideo",
    "Members",
    "MembersVideos",
    "NothingFits",
    "Owned",
    "Owner",
    "PastVideos",
    "Picture",
    "Pictures",
    "Random",
    "RuleBook",
    "ShrinkTrouble",
    "Spending",
    "Standing",
    "TooLargeHere",
    "Undeliverable",
    "Unreachable",
    "Unrecordable",
    "UploadRefused",
    "Videos",
]
