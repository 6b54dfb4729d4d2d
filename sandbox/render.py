"""Genuine H.264 MP4s from a prompt or a picture, made in child processes."""

# PyAV's annotations are incomplete.
# pyright: reportUnknownMemberType=false

import asyncio
import multiprocessing
import os
import signal
import tempfile
import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Self, cast

import av
from PIL import Image

from sandbox import frames
from sandbox.orders import VideoOrder, painter

FRAMES_PER_SECOND = 24
DRAFT = 96 / 720
"""Scale at which 720p has a short side of 96 pixels: for tests that need many videos."""
DRAFT_FRAMES_PER_SECOND = 6
KEPT = 64
THREADS = 2


class Renderer:
    """Renders in child processes and remembers what it rendered last.

    `scale` multiplies every side (see DRAFT); the duration stays true.
    """

    def __init__(
        self,
        *,
        scale: float = 1.0,
        frames_per_second: int = FRAMES_PER_SECOND,
        workers: int = 1,
    ) -> None:
        self._scale = scale
        self._frames_per_second = frames_per_second
        self._pool = ProcessPoolExecutor(
            workers, multiprocessing.get_context("spawn"), initializer=_prepare_worker
        )
        # Kept as concurrent futures, which know no event loop: tests share a renderer.
        self._kept: OrderedDict[VideoOrder, Future[bytes]] = OrderedDict()

    @classmethod
    def of_drafts(cls) -> Self:
        """Return a renderer of small videos with few frames, for tests that need many."""
        return cls(scale=DRAFT, frames_per_second=DRAFT_FRAMES_PER_SECOND)

    async def render(self, order: VideoOrder) -> bytes:
        """Return the MP4. Raises BadPicture or BadVideo."""
        future = self._kept.get(order)
        if future is None or future.cancelled() or (future.done() and future.exception()):
            future = self._kept[order] = self._pool.submit(
                make_video, order, self._scale, self._frames_per_second
            )
        self._kept.move_to_end(order)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        # Others may be waiting for the same order: one who gives up must not take it from them.
        return await asyncio.shield(asyncio.wrap_future(future))

    def close(self) -> None:
        """Wait for the video being rendered, then end the child processes."""
        self._pool.shutdown(cancel_futures=True)


def make_video(
    order: VideoOrder, scale: float, frames_per_second: int = FRAMES_PER_SECOND
) -> bytes:
    """Render an order in this process. Raises BadPicture or BadVideo."""
    size, paint = painter(order, scale)
    # A file and not a buffer: faststart reads back what was written.
    with tempfile.TemporaryDirectory(prefix="pika-render-") as folder:
        path = Path(folder, "video.mp4")
        images = _paint(paint, order.seconds * frames_per_second)
        _encode(path, size, images, frames_per_second)
        return path.read_bytes()


def _paint(paint: frames.Painter, count: int) -> Iterator[Image.Image]:
    """Yield the frames in order, drawn a few ahead: Pillow lets go of the interpreter's lock."""
    with ThreadPoolExecutor(THREADS) as pool:
        ahead: deque[Future[Image.Image]] = deque()
        for number in range(count):
            ahead.append(pool.submit(paint, number / count))
            if len(ahead) > 2 * THREADS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _encode(
    path: Path, size: frames.Size, images: Iterator[Image.Image], frames_per_second: int
) -> None:
    # A fixed number of threads: x264's output depends on it, and on nothing else of the machine.
    settings = {"preset": "ultrafast", "crf": "23", "threads": str(THREADS)}
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", frames_per_second, options=settings)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number, image in enumerate(images):
            frame = cast("av.VideoFrame", av.VideoFrame.from_image(image))
            frame.pts, frame.time_base = number, Fraction(1, frames_per_second)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _prepare_worker() -> None:
    """Let the main process decide about ^C, leave it the processor, and don't outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
