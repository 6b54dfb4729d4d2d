"""What goes into a video beside words: pictures and videos, and under which names fal takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from bot.domain.catalogue.models import TAKES, Kind
from bot.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class PictureSource:
    """Where a member's picture is. `size` is in bytes, as Discord announced it."""

    url: str
    size: int


@dataclass(frozen=True, slots=True)
class VideoSource:
    """Where a member's video is. `size` is in bytes, as Discord announced it."""

    url: str
    size: int


def is_video(key: str) -> bool:
    """Say whether an archive's key names a video; what else goes into videos are pictures."""
    return key.endswith(".mp4")


def check_inputs(kind: Kind, pictures: int, *, video: bool) -> None:
    """Raise Refusal unless that many pictures, and a video or none, are what the kind takes."""
    takes = TAKES[kind]
    fewest, most = takes.pictures
    if takes.video and not video:
        raise Refusal("Please attach the video to change as `video`.")
    if video and not takes.video:
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
    """Return what names the inputs in fal's input: a video first, then the pictures in order."""
    if not urls:
        return {}
    if kind in {Kind.SCENES, Kind.FRAMES}:
        return {"image_urls": [*urls]}
    names = ("video_url", "image_url") if TAKES[kind].video else ("image_url",)
    return dict(zip(names, urls, strict=False))


def input_urls(kind: Kind, arguments: Mapping[str, object]) -> tuple[str, ...]:
    """Return the URLs that fal's input names, in the order of `input_arguments`."""
    if kind in {Kind.SCENES, Kind.FRAMES}:
        several = arguments.get("image_urls")
        found = cast("Sequence[object]", several) if isinstance(several, list) else ()
    else:
        found = [arguments.get(name) for name in ("video_url", "image_url")]
    return tuple(url for url in found if isinstance(url, str))
