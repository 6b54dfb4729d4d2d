"""A member's video goes to fal as a clean file, or is refused before anything is charged."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import av
import pytest

from sandbox.discord import File
from sandbox.render import Renderer
from tests.films import decode, near
from tests.wire.playing import answer, delivered, jobs, playing, quota
from tests.wire.several import GREEN, PLACE, RED, card, holiday, moving, pika, taken_back


async def test_a_video_reaches_fal_without_telling_where_it_was_filmed(
    tmp_path: Path, renderer: Renderer
) -> None:
    async with playing(tmp_path, renderer) as stage:
        await pika(stage, "swap", video=holiday(tmp_path), prompt="a dragon")
        await delivered(stage)
        (post,) = stage.fal.posts
        upload = stage.fal.uploads[str(post.arguments["video_url"])]
        assert upload.content_type == "video/mp4"
        assert upload.lifecycle is not None
        assert "86400" in upload.lifecycle
        for secret in (PLACE, b"Playground", b"holiday"):
            assert secret not in upload.data
        assert "holiday" not in str(upload.file_name)
        with av.open(BytesIO(upload.data), "r", format="mov") as container:
            assert not container.metadata.keys() & {
                *("com.apple.quicktime.location.ISO6709", "com.apple.quicktime.model", "location")
            }
        first = decode(upload.data)[0]
        assert near(first, (160, 120), GREEN)


@pytest.mark.parametrize("name", ["picture", "gif", "text", "cut", "long", "empty"])
async def test_what_is_no_short_video_is_refused(
    tmp_path: Path, renderer: Renderer, name: str
) -> None:
    whole = holiday(tmp_path)
    file, words = {
        "picture": (replace(card(RED), filename="a.mp4"), "`video` is a picture"),
        "gif": (moving(RED, GREEN), "`video` is a picture or a GIF; please attach"),
        "text": (File("a.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"), "isn't a video"),
        "cut": (File("a.mp4", whole.data[: len(whole.data) // 2]), "`video` is damaged"),
        "long": (holiday(tmp_path, 31), "`video` is longer than 30 seconds; please cut it"),
        "empty": (File("a.mp4", b""), "`video` is empty"),
    }[name]
    async with playing(tmp_path, renderer) as stage:
        asked = await pika(stage, "swap", video=file, prompt="a dragon")
        first = asked.response_message
        assert first is not None
        said = answer(asked) if first.ephemeral else await taken_back(stage, asked)
        assert words in said
        assert said.endswith("Nothing was charged.")
        assert await jobs(stage) == []
        assert not stage.fal.posts
        assert not stage.fal.uploads
        assert "0 of 5" in await quota(stage)
