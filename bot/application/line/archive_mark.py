"""The mark of the archive, by which the database knows it again."""

from bot.ports import Archive, JobStore

ARCHIVE_MARK = "archive_mark"
"""The fact that has the mark of the database's archive."""


async def know_archive(store: JobStore, archive: Archive) -> None:
    """Expect the mark that the database remembers, or remember the archive's own.

    A folder without a mark gets one. Raises OSError if that can't be read or written.
    """
    known = await store.fact(ARCHIVE_MARK)
    mark = await archive.expect(known)
    if known is None:
        await store.remember_fact(ARCHIVE_MARK, mark)
