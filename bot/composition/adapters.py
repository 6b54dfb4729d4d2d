"""Opens the adapters of fal, and gives the limits of media, as the settings say."""

from bot.adapters.fal.queue import FalQueue, FalUrls
from bot.adapters.media.picture_intake import PictureLimits
from bot.adapters.media.video_limits import VideoInputLimits
from bot.settings.credentials import Credentials
from bot.settings.schema import FalSettings, MembersVideosSettings, PicturesSettings


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
