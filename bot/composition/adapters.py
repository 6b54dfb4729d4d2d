"""Opens the adapters of fal, and gives the limits of media, as the settings say."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.adapters.fal.queue import FalQueue, FalUrls
from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.picture_intake import PictureIntake, PictureLimits
from bot.adapters.media.video_intake import VideoIntake
from bot.adapters.media.video_limits import VideoInputLimits
from bot.adapters.media.video_store import VideoKeeper
from bot.adapters.sqlite.history import SqlitePastVideos
from bot.adapters.sqlite.jobs import SqliteJobStore
from bot.adapters.sqlite.members import SqliteMembers
from bot.adapters.sqlite.rules import SqliteRules, SqliteSpending
from bot.adapters.sqlite.servers import SqliteServers
from bot.settings.credentials import Credentials
from bot.settings.schema import FalSettings, MembersVideosSettings, PicturesSettings
from bot.ui.client import PikaBot

P = TypeVar("P")


class Wrap(Protocol):
    """Called with each object that implements a port; returns the object to use in its place."""

    def __call__(self, port: P, /) -> P: ...


def as_it_is(port: P, /) -> P:
    """Return the port itself."""
    return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """The open adapters, by the port that each implements, and the bot that they are for."""

    bot: PikaBot
    store: SqliteJobStore
    members: SqliteMembers
    rules: SqliteRules
    servers: SqliteServers
    fal: FalQueue
    archive: FolderArchive
    pictures: PictureIntake
    members_videos: VideoIntake
    videos: VideoKeeper
    past: SqlitePastVideos
    spending: SqliteSpending


def open_fal(settings: FalSettings, credentials: Credentials) -> FalQueue:
    """Return fal's client as the settings say; close it with `aclose`."""
    return FalQueue(
        credentials.fal_key,
        FalUrls(
            queue=settings.queue_url,
            rest=settings.rest_url,
            cdn=settings.cdn_url,
            api=settings.api_url,
        ),
        timeout=settings.timeout_seconds,
        start_timeout=settings.start_timeout_seconds,
        file_lifetime=settings.video_lifetime_seconds,
    )


def video_limits(settings: MembersVideosSettings) -> VideoInputLimits:
    """Return the limits of members' videos as the settings say."""
    return VideoInputLimits(
        most_bytes=settings.largest_bytes, most_seconds=settings.longest_seconds
    )


def picture_limits(settings: PicturesSettings) -> PictureLimits:
    """Return the limits of members' pictures as the settings say."""
    return PictureLimits(
        most_bytes=settings.largest_bytes,
        least_side=settings.shortest_side,
        wall_seconds=settings.timeout_seconds,
    )
