"""What kind of picture the first bytes announce, whatever the file is called."""

AVIF_BRANDS = frozenset({b"avif", b"avis"})
# mif1 and msf1 alone say only "a picture of the HEIF family": in practice a phone's HEIC.
HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)


def sniff(data: bytes) -> str | None:
    """Return JPEG, PNG, WEBP, GIF, AVIF or HEIC; None for everything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _sniff_brands(data)
    return None


def _sniff_brands(data: bytes) -> str | None:
    """Read the ftyp box: a major brand, a version, then compatible brands (ISO/IEC 14496-12)."""
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[start : start + 4] for start in range(16, end, 4))}
    if brands & AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if brands & HEIC_BRANDS else None
