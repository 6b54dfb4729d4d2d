"""Inputs of videos: pictures and videos, and fal's names for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from bot.domain.catalogue.models import KIND_INPUTS, Kind
from bot.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class PictureSource:
    """A member's picture at Discord."""

    url: str
    """Its address."""
    size: int
    """Its size in bytes, as Discord reports it."""
    spoiler: bool = False
    """True if its member covered it."""
    name: str = "that picture"
    """Its name in sentences for the member; of several pictures, each has its own."""


@dataclass(frozen=True, slots=True)
class VideoSource:
    """A member's video at Discord."""

    url: str
    """Its address."""
    size: int
    """Its size in bytes, as Discord reports it."""
    spoiler: bool = False
    """True if its member covered it."""


def is_video(key: str) -> bool:
    """Return whether a key of the archive names a video; the other inputs are pictures."""
    return key.endswith(".mp4")


def check_inputs(kind: Kind, pictures: int, *, video: bool) -> None:
    """Raise Refusal unless the kind takes that many pictures, and a video if there is one."""
    needed = KIND_INPUTS[kind]
    fewest, most = needed.pictures
    if needed.video and not video:
        raise Refusal("Please attach the video to change as `video`.")
    if video and not needed.video:
        raise Refusal("Please leave out the video: this is made from something else.")
    if pictures < fewest == most == 1:
        raise Refusal("Please attach a picture as `image`.")
    if pictures < fewest:
        several = "pictures" if fewest > 1 else "picture"
        raise Refusal(f"Please attach at least {fewest} {several}, as `image1` to `image{most}`.")
    if pictures > most == 0:
        raise Refusal("Please leave out the picture: this is made from something else.")
    if pictures > most:
        raise Refusal(f"Please attach at most {most} {'pictures' if most > 1 else 'picture'}.")


def input_arguments(kind: Kind, urls: Sequence[str]) -> dict[str, str | list[str]]:
    """Return the arguments that give fal the URLs: of a video first, then of the pictures."""
    if not urls:
        return {}
    if kind in {Kind.SCENES, Kind.FRAMES}:
        return {"image_urls": [*urls]}
    names = ("video_url", "image_url") if KIND_INPUTS[kind].video else ("image_url",)
    return dict(zip(names, urls, strict=False))


def input_urls(kind: Kind, arguments: Mapping[str, object]) -> tuple[str, ...]:
    """Return the URLs in fal's arguments, in the order of `input_arguments`."""
    if kind in {Kind.SCENES, Kind.FRAMES}:
        listed = arguments.get("image_urls")
        urls = cast("Sequence[object]", listed) if isinstance(listed, list) else ()
    else:
        urls = [arguments.get(name) for name in ("video_url", "image_url")]
    return tuple(url for url in urls if isinstance(url, str))
