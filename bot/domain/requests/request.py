"""What a member asks for, and the plan that comes of it."""

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
    """A command as it was given.

    `source` names the one interaction or message that asks: it never makes two jobs. What the video
    is made from is either fetched (`pictures`, `video`) or in the archive already: then `kept` has
    its keys, a video first. `parent_id` is the job that this request came of, by `relation`.
    """

    source: str
    place: Place
    kind: Kind
    options: Options
    pictures: tuple[PictureSource, ...] = ()
    video: VideoSource | None = None
    kept: tuple[str, ...] = ()
    parent_id: int | None = None
    relation: Relation | None = None

    @property
    def has_video(self) -> bool:
        return self.video is not None or any(is_video(key) for key in self.kept)

    @property
    def picture_count(self) -> int:
        return len(self.pictures) + sum(not is_video(key) for key in self.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What requests are planned with.

    `unit` is how many micro-dollars a unit of the daily quota is good for; 0: every video is one.
    """

    catalogue: Catalogue
    template: Template
    unit: int = 0


def fingerprint(job: NewJob, *, seed: int | None) -> str:
    """Return what tells the same request of the same member from any other.

    `seed` is the one that the member chose; one that was drawn for them makes no difference.
    """
    options = {name: value for name, value in job.arguments.items() if name != "seed"}
    place = job.place
    asked = [place.guild_id, place.member_id, job.endpoint, options, seed, job.inputs]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def already_asked(job: Job) -> AlreadyAsked:
    """Return the answer to a request that made `job` a moment ago."""
    place = job.place
    link = f"https://discord.com/channels/{place.guild_id}/{place.channel_id}/{place.message_id}"
    when = f"<t:{job.created_at // 1000}:R>"
    return AlreadyAsked(
        f"You asked for exactly this {when}: it is [video #{job.id}]({link}).", job.id
    )
