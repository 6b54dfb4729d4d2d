"""Reasons for which a finished video isn't kept yet, and on which side each of them lies."""

from enum import StrEnum


class Unkept(StrEnum):
    """The reason for which the last try to keep a finished video failed.

    The values are part of `Job.shown` and of `Job.failure_type`, which are stored.
    """

    PLACE = "place"
    """The archive can't be written: rights, a missing folder, a disk that fails."""
    FULL = "full"
    """The archive's disk has no room, or no inodes."""
    HOST = "host"
    """The file's host isn't in `fal.media_hosts`."""
    NAME = "name"
    """The name of the file's host can't be resolved, or leads into the own network."""
    TLS = "tls"
    """The certificate of the file's host isn't trusted, or TLS fails otherwise."""
    CONNECTION = "connection"
    """The file's host can't be connected to."""
    LOST = "lost"
    """The file's host doesn't have the file, or doesn't give it: 403, 404, 410."""
    UNUSABLE = "unusable"
    """The file is no video, isn't whole, or is too large."""
    SERVER = "server"
    """The file's host answers with an error, or breaks off."""


OURS = frozenset({Unkept.PLACE, Unkept.FULL, Unkept.HOST})
"""Reasons on the bot's own machine, which are the same for every video."""
ON_THE_WAY = frozenset({Unkept.NAME, Unkept.TLS, Unkept.CONNECTION})
"""Reasons between the bot's machine and fal's media host: a single one may pass by itself."""
HOLDING = OURS | ON_THE_WAY
"""Reasons that may hold the line; the others are about one file at fal."""
