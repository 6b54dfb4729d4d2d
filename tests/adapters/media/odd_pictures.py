"""Sound pictures that are odd in a way that their members don't see, each drawn by script."""

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import TypeAlias

from PIL import Image

from tests.adapters.media import colour_codes
from tests.adapters.media.colour_codes import BT2020, HLG, P3, PQ, SRGB
from tests.adapters.media.picture_files import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    Colour,
    png_chunk,
    quadrants,
    saved,
    srgb_profile,
)

HIDDEN = b"pika-hidden"
"""Whatever must not come through holds these bytes."""
WHITE = (255, 255, 255)
FOUR = (RED, GREEN, BLUE, YELLOW)
SIGNATURE_AND_HEADER = 33
ONE_CLEAR = (WHITE, GREEN, BLUE, YELLOW)

Make: TypeAlias = Callable[[], bytes]


def png_with(*chunks: bytes, picture: Image.Image | None = None) -> bytes:
    plain = saved(picture or quadrants(), "PNG")
    return plain[:SIGNATURE_AND_HEADER] + b"".join(chunks) + plain[SIGNATURE_AND_HEADER:]


def packed(name: bytes, content: bytes) -> bytes:
    between = b"\0\1\0\0\0" if name == b"iTXt" else b"\0\0"
    return png_chunk(name, b"name" + between + zlib.compress(content))


def bad_checksum(chunk: bytes) -> bytes:
    return chunk[:-4] + bytes(4)


def large_profile() -> bytes:
    profile = srgb_profile() + bytes(1_500_000)
    return packed(b"iCCP", struct.pack(">I", len(profile)) + profile[4:])


def deep_png(primaries: int, transfer: int) -> bytes:
    head = struct.pack(">IIBBBBB", 320, 240, 16, 2, 0, 0, 0)
    rows = colour_codes.deep_rows(quadrants(), primaries, transfer)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", head),
            png_chunk(b"cICP", bytes([primaries, transfer, 0, 1])),
            png_chunk(b"IDAT", zlib.compress(rows)),
            png_chunk(b"IEND", b""),
        ]
    )


def coded_png(primaries: int, transfer: int, *, clear: bool = False) -> bytes:
    picture = one_clear() if clear else quadrants()
    chunk = png_chunk(b"cICP", bytes([primaries, transfer, 0, 1]))
    return png_with(chunk, picture=colour_codes.in_codes(picture, primaries, transfer))


def one_clear() -> Image.Image:
    picture = quadrants().convert("RGBA")
    picture.paste((230, 20, 20, 0), (0, 0, 160, 120))
    return picture


def profiled(format_: str, transfer: int, **options: object) -> bytes:
    profile = colour_codes.profile_with_codes(srgb_profile(), BT2020, transfer)
    picture = colour_codes.in_codes(quadrants(), BT2020, transfer)
    return saved(picture, format_, icc_profile=profile, **options)


def jpeg_with(*segments: tuple[int, bytes], behind: bytes = b"", **options: object) -> bytes:
    plain = saved(quadrants(), "JPEG", **options)
    extra = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
        for marker, content in segments
    )
    return plain[:2] + extra + plain[2:] + behind


def without_end(**options: object) -> bytes:
    data = saved(options.pop("picture", quadrants()), "JPEG", **options)  # pyright: ignore[reportArgumentType]
    assert data.endswith(b"\xff\xd9")
    return data[:-2]


def webp_behind(data: bytes, *chunks: tuple[bytes, bytes], cut: int = 0) -> bytes:
    """Return a WebP with further chunks, of the last of which so many bytes are missing."""
    extra = b"".join(name + struct.pack("<I", len(content)) + content for name, content in chunks)
    whole = data + extra
    whole = whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]
    return whole[: len(whole) - cut]


def extended_webp(**options: object) -> bytes:
    return saved(quadrants(), "WEBP", lossless=True, icc_profile=srgb_profile(), **options)


def moving(format_: str) -> bytes:
    noise = Image.effect_noise((320, 240), 90).convert("RGB")
    return saved(quadrants(), format_, save_all=True, append_images=[noise])


def small_frame() -> bytes:
    """Return a GIF whose picture covers the right half of its canvas."""
    half = saved(quadrants().crop((160, 0, 320, 240)), "GIF")
    at = half.index(b"\x2c", 13 + (6 << (half[10] & 7)))
    data = bytearray(half)
    data[6:10] = struct.pack("<HH", 320, 240)
    data[at + 1 : at + 5] = struct.pack("<HH", 160, 0)
    return bytes(data)


def small_webp_frame() -> bytes:
    """Return an opaque, moving WebP whose pictures cover the right half of its canvas."""
    half = saved(quadrants().crop((160, 0, 320, 240)), "WEBP", lossless=True)[12:]
    # Places are stored halved, sizes less one, all in three bytes.
    place = b"".join(part.to_bytes(3, "little") for part in (80, 0, 159, 239, 100))
    frame = riff_chunk(b"ANMF", place + b"\0" + half)
    canvas = b"\2\0\0\0" + b"".join(part.to_bytes(3, "little") for part in (319, 239))
    body = riff_chunk(b"VP8X", canvas) + riff_chunk(b"ANIM", b"\0\0\xff\xff\0\0") + frame * 2
    return riff_chunk(b"RIFF", b"WEBP" + body)


def riff_chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def webp_said_to_be_opaque(**options: object) -> bytes:
    data = bytearray(saved(one_clear(), "WEBP", icc_profile=srgb_profile(), exact=True, **options))
    data[data.index(b"VP8X") + 8] &= ~0x10
    return bytes(data)


def avif_in(primaries: int, transfer: int, **options: object) -> bytes:
    """Return an AVIF whose colour box states other code points."""
    picture = colour_codes.in_codes(quadrants(), primaries, transfer)
    data = bytearray(saved(picture, "AVIF", quality=95, subsampling="4:4:4", **options))
    at = data.find(b"colrnclx")
    assert at > 0
    while at > 0:
        data[at + 8 : at + 12] = struct.pack(">HH", primaries, transfer)
        at = data.find(b"colrnclx", at + 1)
    return bytes(data)


def avif_with_broken_notes() -> bytes:
    data = saved(quadrants(), "AVIF", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + HIDDEN)
    return data.replace(b"MM\0*", b"XX\xff\xff")


def cropped_avif() -> bytes:
    """Return an AVIF of which only the middle is to be seen: a clean aperture."""
    whole = Image.new("RGB", (480, 400), "red")
    whole.paste(quadrants(), (80, 80))
    # The box of a profile of 28 bytes is as long as that of an aperture.
    data = saved(whole, "AVIF", quality=95, subsampling="4:4:4", icc_profile=bytes(28))
    at = data.index(b"colrprof")
    aperture = struct.pack(">8i", 320, 1, 240, 1, 0, 1, 0, 1)
    data = data[:at] + b"clap" + aperture + data[at + 36 :]
    # It is essential: the fourth of five properties.
    return data.replace(b"\5\1\2\x83\4\5", b"\5\1\2\x83\x84\5")


ODD: Mapping[str, tuple[Make, tuple[Colour, ...]]] = {
    # Chunks that aren't needed, and their size.
    "PNG, 1.5 MB of notes": (
        lambda: png_with(packed(b"iTXt", b'{"type":"Sampler","at":[1,2]},' * 50_000)),
        FOUR,
    ),
    "PNG, notes that explode": (lambda: png_with(packed(b"zTXt", bytes(50_000_000))), FOUR),
    "PNG, 70 notes of a megabyte": (
        lambda: png_with(*[packed(b"zTXt", HIDDEN * 90_000)] * 70),
        FOUR,
    ),
    "PNG, large profile": (lambda: png_with(large_profile()), FOUR),
    "PNG, profile that explodes": (lambda: png_with(packed(b"iCCP", bytes(50_000_000))), FOUR),
    "PNG, profile that isn't packed": (
        lambda: png_with(png_chunk(b"iCCP", b"x\0\0" + HIDDEN)),
        FOUR,
    ),
    "PNG, notes with a wrong checksum": (
        lambda: png_with(bad_checksum(png_chunk(b"tEXt", b"a\0" + HIDDEN))),
        FOUR,
    ),
    "PNG, profile with a wrong checksum": (lambda: png_with(bad_checksum(large_profile())), FOUR),
    "PNG, broken Exif": (lambda: png_with(png_chunk(b"eXIf", b"II*\0\xff" + HIDDEN)), FOUR),
    "PNG, transparency of a wrong length": (
        lambda: png_with(png_chunk(b"tRNS", b"\0")),
        FOUR,
    ),
    "PNG, broken physical size": (lambda: png_with(png_chunk(b"pHYs", b"")), FOUR),
    "PNG, chunk that nobody knows": (
        lambda: png_with(png_chunk(b"ruSt", HIDDEN * 100_000)),
        FOUR,
    ),
    "JPEG, broken list of pictures": (
        lambda: jpeg_with((0xE2, b"MPF\0II*\0\xff\xff\xff\x7f" + HIDDEN)),
        FOUR,
    ),
    "JPEG, broken Photoshop notes": (
        lambda: jpeg_with((0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\xff" + HIDDEN)),
        FOUR,
    ),
    "JPEG, broken Exif with a cut thumbnail": (
        lambda: jpeg_with((0xE1, b"Exif\0\0II*\0\x08\0\0\0\x01\0" + b"\xff\xd8\xff" + HIDDEN)),
        FOUR,
    ),
    "JPEG, profile whose pieces are missing": (
        lambda: jpeg_with((0xE2, b"ICC_PROFILE\0\x05\x09" + HIDDEN)),
        FOUR,
    ),
    "JPEG, 30 extended XMP": (
        lambda: jpeg_with(*[(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + HIDDEN * 5000)] * 30),
        FOUR,
    ),
    "WebP, notes cut off": (
        lambda: webp_behind(extended_webp(), (b"XMP ", HIDDEN * 100), cut=500),
        FOUR,
    ),
    "WebP, broken Exif": (lambda: webp_behind(extended_webp(), (b"EXIF", HIDDEN)), FOUR),
    "GIF, comment cut off": (
        lambda: saved(quadrants(), "GIF")[:-1] + b"\x21\xfe\xff" + HIDDEN,
        FOUR,
    ),
    "AVIF, broken Exif": (avif_with_broken_notes, FOUR),
    # Ends that are missing, and files that don't end there.
    "PNG, no end": (lambda: saved(quadrants(), "PNG")[:-12], FOUR),
    "PNG, half an end": (lambda: saved(quadrants(), "PNG")[:-6], FOUR),
    "PNG, last checksum cut off": (lambda: saved(quadrants(), "PNG")[:-14], FOUR),
    "PNG, checksums of its pixels cut off": (lambda: saved(quadrants(), "PNG")[:-20], FOUR),
    "PNG, bytes behind": (lambda: saved(quadrants(), "PNG") + HIDDEN * 999, FOUR),
    "JPEG, no end": (lambda: without_end(quality=90), FOUR),
    "JPEG, half an end": (lambda: without_end() + b"\xff", FOUR),
    "JPEG, zeros for an end": (lambda: without_end() + bytes(3000), FOUR),
    "JPEG, progressive, no end": (lambda: without_end(progressive=True), FOUR),
    "JPEG, large, no end": (
        lambda: without_end(picture=quadrants(4400, 3000), quality=95),
        FOUR,
    ),
    "JPEG, restarts, no end": (lambda: without_end(restart_marker_rows=1), FOUR),
    "JPEG, restarts in units, no end": (
        lambda: without_end(picture=quadrants(333, 243), restart_marker_blocks=7, subsampling=1),
        FOUR,
    ),
    "JPEG, restarts, progressive, no end": (
        lambda: without_end(
            picture=quadrants(333, 243), progressive=True, restart_marker_blocks=5, subsampling=2
        ),
        FOUR,
    ),
    "JPEG, restarts, CMYK, no end": (
        lambda: without_end(picture=quadrants().convert("CMYK"), restart_marker_blocks=3),
        FOUR,
    ),
    "JPEG, restarts, grey, no end": (
        lambda: without_end(picture=quadrants().convert("L"), restart_marker_blocks=3),
        tuple((level,) * 3 for level in (83, 126, 44, 206)),
    ),
    "JPEG, CMYK, no end": (
        lambda: without_end(picture=quadrants().convert("CMYK")),
        FOUR,
    ),
    "JPEG, junk between segments": (
        lambda: saved(quadrants(), "JPEG").replace(b"\xff\xdb", b"\xff\xff\xff\xdb"),
        FOUR,
    ),
    "GIF, no trailer": (lambda: saved(quadrants(), "GIF")[:-1], FOUR),
    "GIF, no terminator": (lambda: saved(quadrants(), "GIF")[:-2], FOUR),
    "GIF, second picture cut off": (lambda: moving("GIF")[:-900], FOUR),
    "WebP, announced too large": (
        lambda: extended_webp()[:4] + b"\xff\xff\xff\x7f" + extended_webp()[8:],
        FOUR,
    ),
    "WebP, announced too small": (
        lambda: extended_webp()[:4] + b"\x20\0\0\0" + extended_webp()[8:],
        FOUR,
    ),
    "WebP, bytes behind": (lambda: extended_webp() + HIDDEN * 999, FOUR),
    "WebP, second picture cut off": (lambda: moving("WEBP")[:-900], FOUR),
    "AVIF, bytes behind": (lambda: saved(quadrants(), "AVIF") + HIDDEN * 999, FOUR),
    "AVIF, box cut off behind": (
        lambda: saved(quadrants(), "AVIF") + b"\0\0\xff\xfffree" + HIDDEN,
        FOUR,
    ),
    # Colours by code points.
    "PNG, 16 bits, PQ": (lambda: deep_png(BT2020, PQ), FOUR),
    "PNG, 16 bits, HLG": (lambda: deep_png(BT2020, HLG), FOUR),
    "PNG, PQ": (lambda: coded_png(BT2020, PQ), FOUR),
    "PNG, PQ, P3": (lambda: coded_png(P3, PQ), FOUR),
    "PNG, HLG": (lambda: coded_png(BT2020, HLG), FOUR),
    "PNG, P3": (lambda: coded_png(P3, SRGB), FOUR),
    "PNG, BT.2020": (lambda: coded_png(BT2020, SRGB), FOUR),
    "PNG, PQ, transparent": (lambda: coded_png(BT2020, PQ, clear=True), ONE_CLEAR),
    "PNG, code points before a profile": (
        lambda: png_with(
            png_chunk(b"cICP", bytes([1, 13, 0, 1])),
            packed(b"iCCP", colour_codes.profile_with_codes(srgb_profile(), BT2020, PQ)),
        ),
        FOUR,
    ),
    "JPEG, profile of PQ": (lambda: profiled("JPEG", PQ, quality=95, subsampling=0), FOUR),
    "JPEG, profile of HLG": (lambda: profiled("JPEG", HLG, quality=95, subsampling=0), FOUR),
    "WebP, profile of PQ": (lambda: profiled("WEBP", PQ, lossless=True), FOUR),
    "PNG, profile of HLG": (lambda: profiled("PNG", HLG), FOUR),
    "AVIF, PQ": (lambda: avif_in(BT2020, PQ), FOUR),
    "AVIF, HLG": (lambda: avif_in(BT2020, HLG), FOUR),
    "AVIF, P3": (lambda: avif_in(P3, SRGB), FOUR),
    "AVIF, PQ, moving": (
        lambda: avif_in(BT2020, PQ, save_all=True, append_images=[quadrants()]),
        FOUR,
    ),
    "AVIF, cropped": (cropped_avif, FOUR),
    # What is transparent.
    "GIF, picture smaller than its canvas": (small_frame, (WHITE, GREEN, WHITE, YELLOW)),
    "WebP, first picture smaller than its canvas": (
        small_webp_frame,
        (WHITE, GREEN, WHITE, YELLOW),
    ),
    "WebP, transparent and said to be opaque": (
        lambda: webp_said_to_be_opaque(lossless=True),
        ONE_CLEAR,
    ),
    "WebP, lossy, transparent and said to be opaque": (
        lambda: webp_said_to_be_opaque(quality=95),
        ONE_CLEAR,
    ),
    "WebP, moving, transparent and said to be opaque": (
        lambda: webp_said_to_be_opaque(save_all=True, append_images=[quadrants()]),
        ONE_CLEAR,
    ),
    "AVIF, transparent": (lambda: saved(one_clear(), "AVIF", quality=95), ONE_CLEAR),
    "WebP, transparent and lossy": (lambda: saved(one_clear(), "WEBP", quality=95), ONE_CLEAR),
}
