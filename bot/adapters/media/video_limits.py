"""What of members' videos is taken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoInputLimits:
    """What is taken, and what a child may use for it.

    fal publishes no limits for the videos that it is given; these are ours.
    """

    most_bytes: int = 50_000_000
    least_seconds: float = 1
    most_seconds: float = 30
    """Pika's answer is a few seconds long, at one price whatever it is given. A phone films 1080p
    at 8 to 17 Mbit/s: 30 s are about as much as fits into the bytes."""
    least_side: int = 128
    most_side: int = 4096
    """Pixels, as coded and as shown."""
    most_frame_rate: int = 120
    codecs: tuple[str, ...] = ("h264", "hevc", "vp8", "vp9", "av1")
    """FFmpeg's names. What else cameras write is either old (MPEG-4 part 2) or an editor's."""
    memory_bytes: int = 1 << 30
    cpu_seconds: int = 30
    wall_seconds: float = 40
    """A copy takes less than a second; the rest is for VP8, which has to be encoded anew: 30 s of
    720p take some 20."""
    niceness: int = 5
    children: int = 2
    """Children at a time."""
    videos: int = 4
    """Videos at a time, from the download on: each lies on the disk while it waits for a child."""

    def for_child(self) -> dict[str, object]:
        """Return what `video_child` wants to know."""
        return {
            "codecs": self.codecs,
            "least_seconds": self.least_seconds,
            "most_seconds": self.most_seconds,
            "least_side": self.least_side,
            "most_side": self.most_side,
            "most_frame_rate": self.most_frame_rate,
            "most_rate": int(0.8 * self.most_bytes * 8 / self.most_seconds),
        }
