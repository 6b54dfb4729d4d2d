"""Small valid files of every kind, each drawn by script: mutations begin with them.

Two runs draw the same bytes, as long as Pillow and PyAV stay the same.
"""

# PyAV's annotations leave packets and options open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import functools
import random
import tempfile
from collections.abc import Callable, Mapping
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

import av
from av.video.stream import VideoStream
from PIL import Image, ImageOps

from bot.adapters.media.picture_intake import opens_heic
from tests.adapters.media.colour_codes import BT2020, PQ, profile_with_codes
from tests.adapters.media.fair_encoding import fair
from tests.adapters.media.noisy_films import RATE as SOUND_RATE
from tests.adapters.media.noisy_films import add_sound
from tests.adapters.media.odd_pictures import packed
from tests.adapters.media.odd_pngs import OF_P3, apng, gamma, primaries
from tests.adapters.media.odd_videos import (
    frame_of,
    trimmed,
    with_clean_aperture,
)
from tests.adapters.media.picture_files import png_chunk, saved, srgb_profile
from tests.adapters.media.video_files import remuxed
from tests.fuzz.parts import every, parse, whole
from tests.wire.hostile_files import PAYLOAD, notes

WIDTH, HEIGHT, RATE, FRAMES = 160, 128, 24, 27
# Without it a file has the time in it, or random numbers.
EXACT = {"fflags": "+bitexact"}
SPEED: Mapping[str, Mapping[str, str]] = {
    "libx264": {"preset": "veryfast", "crf": "30", "threads": "1"},
    "libx265": {"x265-params": "log-level=none:pools=none:frame-threads=1", "preset": "ultrafast"},
    # Not for real time: it hurries on a busy machine, and draws other bytes.
    "libvpx": {"deadline": "good", "cpu-used": "5", "auto-alt-ref": "0", "threads": "1"},
    "libvpx-vp9": {"deadline": "good", "cpu-used": "5", "auto-alt-ref": "0", "threads": "1"},
    "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
}
LONG_GROUP = {"g": "600", "keyint_min": "600", "sc_threshold": "0"}

Make: TypeAlias = Callable[[], bytes]


@functools.cache
def scene(number: int = 0, *, clear: bool = False) -> Image.Image:
    """Return a picture with edges, smooth parts and noise, moved by `number`."""
    dice = random.Random(7)
    smooth = Image.radial_gradient("L").resize((WIDTH, HEIGHT))
    picture = Image.merge("RGB", [smooth, ImageOps.mirror(smooth), ImageOps.invert(smooth)])
    noise = Image.frombytes("RGB", (48, 48), dice.randbytes(48 * 48 * 3))
    picture.paste(noise, (number * 4 % 112, number * 2 % 80))
    picture.paste((250, 20, 20), (20, 90, 60, 110 + number % 16))
    if clear:
        picture = picture.convert("RGBA")
        picture.putalpha(Image.linear_gradient("L").resize((WIDTH, HEIGHT)))
    return picture


@functools.cache
@fair()
def film(
    codec: str,
    format_: str,
    *,
    frames: int = FRAMES,
    pixels: str = "yuv420p",
    sound: bool = False,
    rotation: int = 0,
    codes: tuple[int, int, int] | None = None,
    options: tuple[tuple[str, str], ...] = (),
    flags: str = "",
) -> bytes:
    """Return a film of a little more than a second, with notes in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        container = EXACT | ({"movflags": flags} if flags else {})
        with av.open(str(path), "w", format=format_, options=container) as output:
            output.metadata["comment"] = 40 * PAYLOAD.decode()
            stream = output.add_stream(codec, RATE, options=dict(SPEED[codec]) | dict(options))
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
            context = stream.codec_context
            context.time_base = Fraction(1, RATE)
            if codes:
                context.color_primaries, context.color_trc, context.colorspace = codes
            if rotation:
                stream.set_display_rotation(rotation)
            audio = output.add_stream("aac", SOUND_RATE) if sound else None
            for number in range(frames):
                frame = frame_of(scene(number, clear="a" in pixels)).reformat(format=pixels)
                frame.pts, frame.time_base = number, Fraction(1, RATE)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
            if audio is not None:
                add_sound(output, audio, frames / RATE)
        return path.read_bytes()


def _cut() -> bytes:
    """Return a film of which an edit list hides the first pictures."""
    uncut = film("libx264", "mp4", frames=40, options=tuple(LONG_GROUP.items()))
    return trimmed(uncut, 0.5, 1.7, EXACT)


def _heic(**options: object) -> bytes:
    import_module("pillow_heif.HeifImagePlugin")
    return saved(scene(clear=bool(options.pop("clear", False))), "HEIF", **options)


def _png(*chunks: bytes, picture: Image.Image | None = None) -> bytes:
    plain = saved(picture or scene(), "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def _more() -> dict[str, object]:
    return {"save_all": True, "append_images": [scene(9)]}


def _profile() -> bytes:
    """Return sRGB's profile without the time at which it was made."""
    profile = srgb_profile()
    return profile[:24] + bytes(12) + profile[36:]


def _hdr_profile() -> bytes:
    return profile_with_codes(_profile(), BT2020, PQ)


def _timeless(data: bytes) -> bytes:
    """Return a file of boxes without the times at which it was made."""
    parts = parse(data)
    for list_, at in every(parts):
        if list_[at].kind in {b"mvhd", b"tkhd", b"mdhd"}:
            content = list_[at].content
            end = 20 if content[0] else 12
            list_[at].content = content[:4] + bytes(end - 4) + content[end:]
    return whole(parts)


JPEGS: Mapping[str, Make] = {
    "JPEG": lambda: saved(scene(), "JPEG", quality=70),
    "JPEG, notes": lambda: saved(
        scene(), "JPEG", exif=notes(6), icc_profile=_profile(), comment=PAYLOAD
    ),
    "JPEG, progressive": lambda: saved(scene(), "JPEG", quality=60, progressive=True),
    "JPEG, restarts": lambda: saved(scene(), "JPEG", restart_marker_blocks=8),
    "JPEG, restarts, no end": lambda: saved(scene(), "JPEG", restart_marker_rows=1)[:-2],
    "JPEG, progressive, no end": lambda: saved(scene(), "JPEG", progressive=True)[:-2],
    "JPEG, grey": lambda: saved(scene().convert("L"), "JPEG"),
    "JPEG, CMYK": lambda: saved(scene().convert("CMYK"), "JPEG"),
    "JPEG, PQ": lambda: saved(scene(), "JPEG", icc_profile=_hdr_profile()),
}
PNGS: Mapping[str, Make] = {
    "PNG": lambda: saved(scene(), "PNG"),
    "PNG, notes": lambda: _png(
        packed(b"iTXt", PAYLOAD * 99), packed(b"iCCP", _profile()), png_chunk(b"eXIf", b"II*\0")
    ),
    "PNG, light": lambda: _png(gamma(100_000), primaries(*OF_P3)),
    "PNG, code points": lambda: _png(png_chunk(b"cICP", bytes([BT2020, PQ, 0, 1]))),
    "PNG, palette": lambda: saved(scene().quantize(16), "PNG", transparency=b"\0\x80\xff"),
    "PNG, grey": lambda: saved(scene().convert("LA"), "PNG"),
    "PNG, 16 bits": lambda: saved(scene().convert("L").convert("I;16"), "PNG"),
    "PNG, transparent": lambda: saved(scene(clear=True), "PNG"),
    "PNG, moving": lambda: apng(scene(), scene(5), scene(9)),
}
WEBPS: Mapping[str, Make] = {
    "WebP": lambda: saved(scene(), "WEBP", quality=60),
    "WebP, lossless": lambda: saved(scene(), "WEBP", lossless=True, method=2),
    "WebP, notes": lambda: saved(
        scene(), "WEBP", exif=notes(3), icc_profile=_profile(), xmp=PAYLOAD
    ),
    "WebP, transparent": lambda: saved(scene(clear=True), "WEBP", quality=60),
    "WebP, moving": lambda: saved(scene(clear=True), "WEBP", **_more()),
}
GIFS: Mapping[str, Make] = {
    "GIF": lambda: saved(scene(), "GIF", comment=PAYLOAD),
    "GIF, moving": lambda: saved(scene(), "GIF", **_more()),
    "GIF, interlaced": lambda: saved(scene().quantize(8), "GIF", interlace=1, transparency=3),
}
AVIFS: Mapping[str, Make] = {
    "AVIF": lambda: saved(scene(), "AVIF", quality=50, speed=10),
    "AVIF, notes": lambda: saved(scene(), "AVIF", speed=10, exif=notes(6), xmp=PAYLOAD),
    "AVIF, profile": lambda: saved(scene(), "AVIF", speed=10, icc_profile=_hdr_profile()),
    "AVIF, transparent": lambda: saved(scene(clear=True), "AVIF", speed=10),
    "AVIF, moving": lambda: _timeless(saved(scene(), "AVIF", speed=10, **_more())),
}
HEICS: Mapping[str, Make] = {
    "HEIC": lambda: _heic(quality=50),
    "HEIC, notes": lambda: _heic(exif=notes(6).tobytes(), xmp=PAYLOAD),
    "HEIC, transparent": lambda: _heic(clear=True),
    "HEIC, several": lambda: _heic(**_more()),
}
MP4S: Mapping[str, Make] = {
    "H.264": lambda: film("libx264", "mp4"),
    "H.264, MOV": lambda: film("libx264", "mov", sound=True, rotation=90),
    "H.264, fragments": lambda: film("libx264", "mp4", flags="frag_keyframe+empty_moov"),
    "H.264, cut": _cut,
    "H.264, aperture": lambda: with_clean_aperture(film("libx264", "mp4")),
    "HEVC": lambda: film("libx265", "mp4"),
    "HEVC, MOV": lambda: film("libx265", "mov", options=(("tag", "hvc1"),)),
    "HEVC, PQ": lambda: film("libx265", "mp4", codes=(BT2020, PQ, BT2020)),
    "AV1": lambda: film("libsvtav1", "mp4"),
    "VP9 in an MP4": lambda: film("libvpx-vp9", "mp4"),
}
WEBMS: Mapping[str, Make] = {
    "VP8": lambda: film("libvpx", "webm"),
    "VP9": lambda: film("libvpx-vp9", "webm"),
    "AV1 in a WebM": lambda: film("libsvtav1", "webm"),
    "VP8, transparent": lambda: film("libvpx", "webm", pixels="yuva420p"),
    "VP9, transparent": lambda: film("libvpx-vp9", "webm", pixels="yuva420p"),
    "H.264 in a WebM": lambda: remuxed(film("libx264", "mp4"), "matroska", options=EXACT).replace(
        b"\x42\x82\x88matroska", b"\x42\x82\x88webm\0\0\0\0", 1
    ),
}
FILMS: Mapping[str, Make] = {
    "fal's, with sound": lambda: film("libx264", "mp4", sound=True, flags="faststart"),
    "fal's, index behind": lambda: film("libx264", "mp4", sound=True),
    "fal's, silent": lambda: film("libx264", "mp4", options=(("bf", "0"),)),
}


@functools.cache
def groups() -> Mapping[str, Mapping[str, Make]]:
    """Return the valid files by name, and those by group."""
    heic = {"heic": HEICS} if opens_heic() else {}
    pictures = {"jpeg": JPEGS, "png": PNGS, "webp": WEBPS, "gif": GIFS, "avif": AVIFS, **heic}
    return {**pictures, "mp4": MP4S, "webm": WEBMS, "film": FILMS}


@functools.cache
def drawn(group: str, name: str) -> bytes:
    """Return a valid file."""
    return groups()[group][name]()
