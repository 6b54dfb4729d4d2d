"""Port of finished videos: what members look at, and what is no longer needed."""

from collections.abc import Collection, Sequence
from typing import Protocol

from bot.domain.jobs.job import Job


class PastVideos(Protocol):
    """Finished videos, without deleted ones; reads only."""

    async def page(
        self,
        guild_id: int,
        member_id: int,
        *,
        older_than: int | None = None,
        newer_than: int | None = None,
        limit: int,
    ) -> Sequence[Job]:
        """Return a page of a member's finished videos, newest first.

        It ends before, or begins after, the job with the given number.
        """
        ...

    async def deleting(self) -> Sequence[Job]:
        """Return the jobs whose deletion was asked for and isn't finished, oldest first."""
        ...

    async def needed(self) -> Collection[str]:
        """Return the archive's keys that open jobs need."""
        ...

    async def only_of(self, job: Job, keys: Collection[str]) -> Collection[str]:
        """Return those of `keys` that are no other job's inputs."""
        ...
