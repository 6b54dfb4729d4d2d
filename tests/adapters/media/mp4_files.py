"""Real MP4 files."""

# PyAV's annotations leave packets and options open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

import tempfile
from pathlib import Path

import av
from PIL import Image


def make_mp4(
    *, width: int = 64, height: int = 48, frames: int = 12, faststart: bool = False
) -> bytes:
    """Return an H.264 video of 24 frames a second."""
    options = {"movflags": "faststart"} if faststart else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        with av.open(str(path), "w", options=options) as container:
            stream = container.add_stream("libx264", rate=24)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for number in range(frames):
                picture = Image.new("RGB", (width, height), (number * 20 % 256, 99, 50))
                container.mux(stream.encode(av.VideoFrame.from_image(picture)))
            container.mux(stream.encode())
        return path.read_bytes()
