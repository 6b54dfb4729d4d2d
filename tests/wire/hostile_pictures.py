"""Broken and malicious pictures, and what must come of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import TypeAlias

from PIL import Image

from bot.adapters.media.picture_intake import opens_heic
from sandbox.discord import File
from tests.adapters.media.picture_files import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    Colour,
    jpeg_of_scans,
    jpeg_of_size,
    png_chunk,
    png_of_size,
    quadrants,
    saved,
)
from tests.wire.hostile_files import (
    PAYLOAD,
    PHP,
    SCRIPT,
    animated,
    avif_of_size,
    deep_png,
    exploding_chunk,
    gif_of_frames,
    gif_of_size,
    gif_with_comment,
    jpeg_with,
    mp4_box,
    noise,
    notes,
    plain_webp,
    png_with,
    segment,
    turned,
    webp_chunk,
    webp_of,
    zip_file,
)

UPRIGHT: tuple[Colour, ...] = (RED, GREEN, BLUE, YELLOW)
DAMAGED = "is damaged or incomplete"
FAR_TOO_MANY = "has far too many pixels"
UNKNOWN = "isn't in a format that I know"
TOO_LARGE = "`image` is larger than"
COM, APP1, APP2 = 0xFE, 0xE1, 0xE2


@dataclass(frozen=True, slots=True)
class Hostile:
    """One picture. It is refused in these words or, without them, comes out clean."""

    file: File
    refused: str | None = None
    colours: tuple[Colour, ...] | None = UPRIGHT
    """Of the quadrants of what comes out, row by row, where they are known."""
    served: bytes | None = None
    """What is downloaded, if it isn't what Discord announced."""


Kinds: TypeAlias = Mapping[str, Hostile]


@cache
def corpus() -> Kinds:
    """Return all kinds by name; some take a second to be made."""
    groups: tuple[Callable[[], Kinds], ...] = (
        _bombs,
        _truncated,
        _polyglots,
        _wrong_types,
        _animated,
        _sides,
        _metadata,
        _colours,
        _heavy,
        _lies,
    )
    return dict(chain.from_iterable(group().items() for group in groups))


def _bad(name: str, data: bytes, words: str) -> Hostile:
    return Hostile(File(name, data), refused=words)


def _good(name: str, data: bytes, colours: tuple[Colour, ...] | None = UPRIGHT) -> Hostile:
    return Hostile(File(name, data), colours=colours)


def _bombs() -> Kinds:
    avif = saved(quadrants(), "AVIF")
    return {
        "PNG of 50,000 pixels squared": _bad("a.png", png_of_size(50_000, 50_000), FAR_TOO_MANY),
        "PNG of more pixels than 32 bits count": _bad(
            "a.png", png_of_size(0x7FFFFFFF, 0x7FFFFFFF), FAR_TOO_MANY
        ),
        "WebP of 16,383 pixels squared": _bad("a.webp", plain_webp(16_383, 16_383), FAR_TOO_MANY),
        "JPEG of 65,500 pixels squared": _bad("a.jpg", jpeg_of_size(65_500, 65_500), FAR_TOO_MANY),
        "GIF of 65,535 pixels squared": _bad("a.gif", gif_of_size(65_535, 65_535), FAR_TOO_MANY),
        "AVIF that announces 65,535 pixels squared": _bad(
            "a.avif", avif_of_size(65_535, 65_535), "65,535 × 65,535 pixels"
        ),
        "AVIF that announces a size it hasn't": _good("a.avif", avif_of_size(3000, 3000)),
        "AVIF without its boxes": _bad("a.avif", avif[:32] + bytes(400), DAMAGED),
        "JPEG of 400 scans": _bad("a.jpg", jpeg_of_scans(400), "takes too long to open"),
        "JPEG of 16,384 x 13,000 pixels": _bad(
            "a.jpg", jpeg_of_size(16_384, 13_000), "16,384 × 13,000 pixels"
        ),
    }


def _truncated() -> Kinds:
    noisy = Image.effect_noise((300, 300), 50).convert("RGB")
    kinds = {
        f"{format_} cut off": _bad(f"a.{format_.lower()}", data[: len(data) * 2 // 3], DAMAGED)
        for format_ in ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
        if (data := saved(noisy, format_))
    }
    png = saved(noisy, "PNG")
    return kinds | {
        "JPEG of three bytes": _bad("a.jpg", b"\xff\xd8\xff", DAMAGED),
        "PNG of its signature": _bad("a.png", png[:8], DAMAGED),
        "PNG with a wrong checksum": _bad("a.png", png[:-20] + b"\0\0\0\0" + png[-16:], DAMAGED),
        "WebP of nothing": _bad("a.webp", webp_of(), DAMAGED),
        "GIF of its header": _bad("a.gif", b"GIF89a" + bytes(7), DAMAGED),
    }


def _polyglots() -> Kinds:
    text = png_chunk(b"tEXt", b"Comment\0" + SCRIPT)
    webp = saved(quadrants(640, 480), "WEBP", quality=95)
    return {
        "JPEG and ZIP": _good("a.jpg", jpeg_with(behind=zip_file())),
        "JPEG and HTML": _good("a.jpg", jpeg_with((COM, SCRIPT))),
        "JPEG and PDF": _good("a.pdf.jpg", jpeg_with((COM, b"%PDF-1.7 " + PAYLOAD))),
        "GIF and PHP": _good("a.gif.php.gif", gif_with_comment(PHP, behind=PHP)),
        "GIF's signature and PHP": _bad("a.gif", b"GIF89a" + PHP * 20, DAMAGED),
        "PNG and JavaScript": _good("a.png", png_with(text, behind=SCRIPT)),
        "PNG and ZIP": _good("a.png", png_with(behind=zip_file())),
        "WebP and HTML": _good("a.webp", webp + SCRIPT),
        "AVIF and HTML": _good(
            "a.avif", saved(quadrants(640, 480), "AVIF") + mp4_box(b"free", SCRIPT)
        ),
        "JPEG and an MP4": _good("a.jpg", jpeg_with(behind=mp4_box(b"ftyp", b"isom" + PAYLOAD))),
    }


def _wrong_types() -> Kinds:
    files = {
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 200 200\n(%pipe%id) (r) file",
        "SVG with a script": b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>",
        "SVG with an external entity": b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b"<svg xmlns='http://www.w3.org/2000/svg'><text>&x;</text></svg>",
        "PDF": b"%PDF-1.7\n1 0 obj <</OpenAction <</S /JavaScript /JS (app.alert(1))>>>> endobj",
        "ZIP": zip_file(),
        "HTML": b"<!doctype html>" + SCRIPT,
        "text": b"not a picture\n",
        "MP4": mp4_box(b"ftyp", b"isom\0\0\0\0mp42") + mp4_box(b"mdat", bytes(1000)),
        "WAVE": b"RIFF\x24\0\0\0WAVEfmt " + bytes(28),
        "program": b"\x7fELF\x02\x01\x01" + bytes(200),
        "ImageMagick script": b"push graphic-context\nfill 'url(https://127.0.0.1/|id)'\n",
        "TIFF": saved(quadrants(), "TIFF"),
        "BMP": saved(quadrants(), "BMP"),
        "ICO": saved(quadrants(), "ICO"),
        "JPEG 2000": saved(quadrants(), "JPEG2000"),
        "TGA": saved(quadrants(), "TGA"),
    }
    kinds = {f"{kind} named .png": _bad("a.png", data, UNKNOWN) for kind, data in files.items()}
    heic = mp4_box(b"ftyp", b"heic\0\0\0\0mif1heic") + mp4_box(b"meta", bytes(100))
    return kinds | {
        "nothing at all": _bad("a.jpg", b"", "is empty"),
        "HEIC named .jpg": _bad("a.jpg", heic, DAMAGED if opens_heic() else "HEIC format"),
    }


def _animated() -> Kinds:
    return {
        "GIF of 8,000 frames": _good("a.gif", gif_of_frames(8000)),
        "animated PNG": _good("a.png", animated("PNG")),
        "animated WebP": _good("a.webp", animated("WEBP")),
        "animated AVIF": _good("a.avif", animated("AVIF")),
    }


def _sides() -> Kinds:
    return {
        "PNG with a side of 16,384": _good("a.png", saved(quadrants(16_384, 1024), "PNG")),
        "PNG with a side of 16,385": _bad(
            "a.png", png_of_size(16_385, 1024), "16,384 pixels a side"
        ),
        "PNG of one pixel": _bad("a.png", saved(quadrants(1, 1), "PNG"), "1 × 1 pixels"),
        "WebP of one pixel": _bad("a.webp", plain_webp(1, 1), "1 × 1 pixels"),
        "PNG of no pixels": _bad("a.png", png_of_size(0, 0), DAMAGED),
        "JPEG as narrow as a line": _bad("a.jpg", saved(quadrants(16_000, 130), "JPEG"), "crop it"),
    }


def _metadata() -> Kinds:
    png, webp = quadrants(640, 480), saved(quadrants(640, 480), "WEBP", lossless=True)
    small = exploding_chunk(b"zTXt", 60)
    return {
        "iCCP of 400 MB": _good("a.png", png_with(exploding_chunk(b"iCCP", 400))),
        "20 zTXt of 60 MB": _good("a.png", png_with(small * 20)),
        "Exif of many segments": _good(
            "a.jpg", jpeg_with(*[(APP1, b"Exif\0\0" + PAYLOAD * 5000)] * 100)
        ),
        "Exif that is nonsense": _good(
            "a.jpg", jpeg_with((APP1, b"Exif\0\0MM\0*\0\0\0\x08" + b"\xff" * 60_000))
        ),
        "Exif that turns to nowhere": _good("a.jpg", saved(png, "JPEG", exif=notes(99))),
        "XMP of 12 MB in a WebP": _good("a.webp", webp + webp_chunk(b"XMP ", PAYLOAD * 1_000_000)),
        "XMP of 3 MB in a PNG": _good(
            "a.png",
            png_with(png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"<x/>" * 200_000)),
        ),
        "20,000 comments in a JPEG": _good("a.jpg", jpeg_with(*[(COM, PAYLOAD)] * 20_000)),
        "20,000 chunks in a PNG": _good("a.png", png_with(png_chunk(b"prVt", PAYLOAD) * 20_000)),
        "place and maker in a JPEG": _good("a.jpg", saved(png, "JPEG", exif=notes())),
        "upside down JPEG": _good("a.jpg", turned("JPEG", 3)),
        "JPEG on its side": _good("a.jpg", turned("JPEG", 6)),
        "mirrored JPEG": _good("a.jpg", turned("JPEG", 7)),
        "PNG on its side": _good("a.png", turned("PNG", 8)),
        "mirrored WebP": _good("a.webp", turned("WEBP", 5)),
    }


def _colours() -> Kinds:
    cmyk = quadrants(640, 480).convert("CMYK")
    odd = b"ICC_PROFILE\0\x01\x01" + PAYLOAD * 5000
    palette = quadrants(640, 480).quantize(8)
    return {
        "CMYK JPEG with an odd profile": _good(
            "a.jpg", _behind_start(saved(cmyk, "JPEG"), segment(APP2, odd))
        ),
        "JPEG with profile 200 of 100": _good(
            "a.jpg", jpeg_with((APP2, b"ICC_PROFILE\0\xc8\x64" + PAYLOAD))
        ),
        "PNG of 16 bits": _good("a.png", deep_png()),
        "palette with a transparent colour": _good(
            "a.png", saved(palette, "PNG", transparency=palette.getpixel((600, 400))), None
        ),
        "transparent WebP": _good(
            "a.webp", saved(quadrants(640, 480).convert("RGBA"), "WEBP", lossless=True)
        ),
    }


def _heavy() -> Kinds:
    green = ((0, 200, 0),) * 4
    return {
        "WebP of 50 megapixels": _good("a.webp", plain_webp(8192, 6144), green),
        "WebP of 53 megapixels": _bad("a.webp", plain_webp(8000, 6625), "8,000 × 6,625 pixels"),
        "JPEG of 50 megapixels": _good("a.jpg", saved(quadrants(8000, 6250), "JPEG")),
        "PNG of noise just under the limit": _good("a.png", noise("RGB", 2560, 2580), None),
        "PNG of transparent noise": _good("a.png", noise("RGBA", 2200, 2200), None),
        "PNG over the limit": _bad("a.png", noise("RGB", 2600, 2600), TOO_LARGE),
    }


def _lies() -> Kinds:
    picture = saved(quadrants(640, 480), "JPEG")
    small, large = File("a.jpg", picture), File("a.jpg", picture + bytes(25_000_000))
    gif = saved(quadrants(640, 480), "GIF")
    return {
        "more bytes than announced": replace(_bad("a.jpg", picture, TOO_LARGE), served=large.data),
        "fewer bytes than announced": Hostile(
            File("a.jpg", picture + bytes(1_000_000)), served=picture
        ),
        "far fewer bytes than announced": Hostile(large, refused=TOO_LARGE, served=picture),
        "few more bytes than announced": Hostile(File("a.jpg", b"\xff\xd8\xff"), served=picture),
        "HTML that says it is a picture": Hostile(File("a.jpg", SCRIPT, "image/jpeg"), UNKNOWN),
        "picture that says it is HTML": Hostile(File("a.html", small.data, "text/html")),
        "GIF that says it is a PNG": Hostile(File("a.png", gif, "image/png")),
        "JPEG that says it is an MP4": Hostile(File("a.mp4", small.data, "video/mp4")),
    }


def _behind_start(jpeg: bytes, piece: bytes) -> bytes:
    return jpeg[:2] + piece + jpeg[2:]
