"""From a request's arguments to what the renderer shall make of them."""

from sandbox.fal.errors import Failure, Json, JsonObject
from sandbox.fal.model_errors import documented_error
from sandbox.fal.records import FalRequest
from sandbox.fal.schemas import ENDPOINTS
from sandbox.fal.server import FalServer
from sandbox.orders import BadPicture, BadVideo, VideoOrder

LONGEST = 30
"""Seconds. Older endpoints have no limit, and a stand-in shouldn't work for hours."""


class Unfetchable(Exception):
    """A file that the arguments name isn't here; the failure says so."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.error_type)
        self.failure = failure


def order_for(server: FalServer, request: FalRequest) -> VideoOrder:
    """Return the order for the renderer. Raises Unfetchable."""
    model = ENDPOINTS[request.endpoint]
    arguments = model.with_defaults(request.arguments)
    seed, pictures = arguments.get("seed"), arguments.get("image_urls")
    return VideoOrder(
        prompt=_caption(arguments),
        seed=seed if isinstance(seed, int) else 0,
        short_side=int(str(arguments.get("resolution", "720p")).removesuffix("p")),
        seconds=min(max(1, model.seconds(arguments)), LONGEST),
        aspect_ratio=str(arguments.get("aspect_ratio", "16:9")),
        picture=_fetch(server, arguments, "image_url"),
        pictures=tuple(
            _download(server, url, ("body", "image_urls", number))
            for number, url in enumerate(pictures if isinstance(pictures, list) else [])
        ),
        spans=model.spans(arguments),
        effect=str(arguments.get("pikaffect", "")),
        video=_fetch(server, arguments, "video_url"),
    )


def unreadable(error: BadPicture | BadVideo, arguments: JsonObject) -> Failure:
    """Return fal's complaint about a file that isn't what it should be."""
    if isinstance(error, BadVideo):
        return documented_error("unsupported_video_format", given=arguments.get("video_url"))
    if error.number is None:
        return documented_error("image_load_error", given=arguments.get("image_url"))
    location = ("body", "image_urls", error.number)
    return documented_error("image_load_error", location).echoing(arguments)


def _caption(arguments: JsonObject) -> str:
    words = [arguments.get("prompt"), arguments.get("modify_region")]
    return " · ".join(str(one) for one in words if one)


def _fetch(server: FalServer, arguments: JsonObject, name: str) -> bytes | None:
    return _download(server, arguments[name], ("body", name)) if name in arguments else None


def _download(server: FalServer, url: Json, location: tuple[str | int, ...]) -> bytes:
    # Only what lies here: nothing ever leaves the machine.
    found = server.file(str(url))
    if found is None:
        raise Unfetchable(documented_error("file_download_error", location, given=url))
    return found[0]
