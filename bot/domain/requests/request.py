"""Requests of members, and the offer of models that they are planned from."""

import hashlib
import json
from dataclasses import dataclass

from bot.domain.catalogue.inputs import PictureSource, VideoSource, is_video
from bot.domain.catalogue.models import Catalogue, Kind
from bot.domain.jobs.job import Job, NewJob, Place, Relation
from bot.domain.options import Options
from bot.domain.refusal import AlreadyAsked
from bot.domain.requests.prompt import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest:
    """A member's request for a video. Offers store it, so the names of its fields are fixed."""

    source: str
    """The name of the one interaction or message that asks: it never makes two jobs."""
    place: Place
    """The server, channel and member."""
    kind: Kind
    """The kind of video."""
    options: Options
    """The options that the member chose, unchecked."""
    pictures: tuple[PictureSource, ...] = ()
    """Pictures to be fetched from Discord."""
    video: VideoSource | None = None
    """A video to be fetched from Discord."""
    kept: tuple[str, ...] = ()
    """Keys of inputs that are in the archive already: a video first, then pictures."""
    parent_id: int | None = None
    """The job that the video is derived from; None: it is no derived video."""
    relation: Relation | None = None
    """The relation to that job."""
    spoiler: bool = False
    """True if that job's video is covered."""

    @property
    def has_video(self) -> bool:
        """True if a video is among the inputs."""
        return self.video is not None or any(is_video(key) for key in self.kept)

    @property
    def picture_count(self) -> int:
        """The number of pictures among the inputs."""
        return len(self.pictures) + sum(not is_video(key) for key in self.kept)

    @property
    def shows_spoiler(self) -> bool:
        """True if something that the video is made from is covered."""
        sources = (*self.pictures, *([self.video] if self.video else []))
        return self.spoiler or any(source.spoiler for source in sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The operator's offer, from which requests are planned."""

    catalogue: Catalogue
    """The enabled models."""
    template: Template
    """The template of prompts."""
    unit: int = 0
    """The micro-dollars that a unit of the daily quota stands for; 0: every video is one unit."""


def fingerprint(job: NewJob, *, seed: int | None) -> str:
    """Return a hash that is equal for equal requests of one member in one server.

    `seed` is the seed that the member chose, None for one that was drawn at random.
    """
    arguments = {name: value for name, value in job.arguments.items() if name != "seed"}
    place = job.place
    parts = [place.guild_id, place.member_id, job.endpoint, arguments, seed, job.inputs]
    if job.spoiler:
        # Who forgot to cover a picture may ask again at once.
        parts.append("spoiler")
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def already_asked(job: Job) -> AlreadyAsked:
    """Return the refusal of a request that made `job` a moment ago."""
    place = job.place
    link = f"https://discord.com/channels/{place.guild_id}/{place.channel_id}/{place.message_id}"
    when = f"<t:{job.created_at // 1000}:R>"
    return AlreadyAsked(
        f"You asked for exactly this {when}: it is [video #{job.id}]({link}).", job.reference
    )
