"""A video larger than a server takes is posted in a smaller copy, and the limit is remembered."""

import struct
from pathlib import Path

from sandbox.fal import Answer, Fault
from sandbox.orders import VideoOrder
from sandbox.render import Renderer
from tests.wire.playing import ask, delivered, jobs, kept, ledger, playing

LIMIT = 10 << 20


def padded(film: bytes) -> bytes:
    """Return the film with a box in it that says nothing, a little larger than the limit."""
    size = LIMIT + 200_000
    return film + struct.pack(">I4s", size, b"free") + bytes(size - 8)


async def test_it_is_made_smaller_once_the_server_has_refused_it(
    tmp_path: Path, renderer: Renderer
) -> None:
    film = padded(await renderer.render(VideoOrder("fox", 1, 720, 5)))
    async with playing(tmp_path, renderer) as stage:
        stage.fal.arm(Fault("file", Answer(200, film, {"Content-Type": "video/mp4"}), times=2))
        await ask(stage, "the first")
        await delivered(stage)
        await ask(stage, "the second")
        for message in await delivered(stage, 2):
            (video,) = message.attachments
            assert video.filename.endswith(".mp4")
            assert video.size < LIMIT
            assert "-# A smaller copy, as this place takes no larger files" in message.content
        refused = [request for request in stage.discord.requests if request.error_code == 40005]
        assert len(refused) == 1
        whole = await kept(stage)
        assert whole.stat().st_size == len(film)
        assert {job["delivered_as"] for job in await jobs(stage)} == {"edited"}
        assert sum(int(row["spent"] or 0) for row in await ledger(stage)) == 400_000
