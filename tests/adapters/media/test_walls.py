"""What becomes of a decoder that reaches for something behind its walls."""

import textwrap
from pathlib import Path
from typing import cast

import pytest

from bot.adapters.media import join, picture_process, shrink, video_intake
from bot.adapters.media.archive import FolderArchive
from bot.adapters.media.join import join_videos
from bot.adapters.media.shrink import LAST_FRAME, Shrinker
from bot.domain.refusal import Refusal
from bot.ports import NothingFits
from tests.adapters.media import picture_files, video_files
from tests.adapters.media.children import children, script
from tests.meta.source_tree import CHECKOUT

DEEDS = [
    pytest.param("os.fork()", id="fork"),
    pytest.param("socket.socket()", id="network"),
    pytest.param("open('/etc/passwd')", id="file"),
    # Beside it the data are, as shipped.
    pytest.param(f"open({str(CHECKOUT / 'config.toml')!r})", id="checkout"),
]
PICTURE_DAMAGED = "That picture is damaged or incomplete; please save it again or send another."
VIDEO_DAMAGED = "`video` is damaged or incomplete; please save it again or attach another."


def taken_over(folder: Path, child: Path, deed: str) -> Path:
    """Return the real program, whose decoder does something else when it is given a file."""
    text = f"""
        import os, socket, sys
        import av
        from PIL import Image

        def reach_out(*args, **more):
            {deed}

        Image.open = av.open = reach_out
        """
    return script(folder, textwrap.dedent(text) + child.read_text())


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_decoder_that_a_wall_stops_ends_as_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deed: str
):
    for module in (picture_process, video_intake, shrink, join):
        folder = tmp_path / module.__name__
        folder.mkdir()
        child = cast("Path", module.CHILD)
        monkeypatch.setattr(module, "CHILD", taken_over(folder, child, deed))
    async with picture_files.intake() as take:
        with pytest.raises(Refusal) as picture:
            await take(picture_files.saved(picture_files.quadrants(), "PNG"))
    assert picture.value.sentence == PICTURE_DAMAGED
    async with video_files.intake(tmp_path / "archive") as keep:
        with pytest.raises(Refusal) as video:
            await keep(video_files.film())
    assert video.value.sentence == VIDEO_DAMAGED
    shot = tmp_path / "12.mp4"
    shot.write_bytes(video_files.film())
    still = tmp_path / "12.jpg"
    with pytest.raises(NothingFits):
        await Shrinker(FolderArchive(tmp_path)).still("12.mp4", LAST_FRAME, still, member_id=1)
    with pytest.raises(NothingFits):
        await join_videos([shot, shot], tmp_path / "film.mp4", most_bytes=1_000_000)
    assert children() == []
