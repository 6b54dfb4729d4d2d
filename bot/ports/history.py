"""Rows of the past: what was made, and what of it is kept."""

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.domain.jobs.job import Job


class PastVideos(Protocol):
    """Reads only. A deleted video is none of them."""

    async def page(
        self,
        guild_id: int,
        member_id: int,
        *,
        older_than: int | None = None,
        newer_than: int | None = None,
        limit: int,
    ) -> Sequence[Job]:
        """Return a member's finished videos next to a job's number, newest first."""
        ...

    async def deleting(self) -> Sequence[Job]:
        """Return the jobs whose deletion was begun and not ended."""
        ...

    async def needed(self) -> Collection[str]:
        """Return the archive's keys that open jobs need."""
        ...

    async def only_of(self, job: Job, keys: Collection[str]) -> Collection[str]:
        """Return those of `keys` that no other job was made from."""
        ...
