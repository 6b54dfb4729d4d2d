"""Reconciliation with fal's listing: finds the request of a job whose answer was lost."""

from collections.abc import Sequence

from bot.domain.jobs.fal import ListedRequest
from bot.domain.jobs.job import Job
from bot.domain.jobs.reconciliation import listed_since, matching, pick, unowned
from bot.ports import Fal, JobStore


async def find_lost(store: JobStore, fal: Fal, job: Job, submit_within: float) -> str | None:
    """Return the id of the request in fal's listing that is this job's, or as good as that.

    The job's POST may have taken up to `submit_within` seconds. None if there is no such request,
    or more than there are jobs of the same input. Raises FalTrouble.
    """
    candidates = await candidates_for(store, fal, job, submit_within)
    request = pick(job, candidates, await rivals_of(store, fal, job, candidates, submit_within))
    return None if request is None else request.request_id


async def candidates_for(
    store: JobStore, fal: Fal, job: Job, submit_within: float
) -> Sequence[ListedRequest]:
    """Return the requests in fal's listing that may be this job's. Raises FalTrouble."""
    assert job.submitting_at is not None, "only a job that was being sent is looked for"
    requests = await fal.find(job.endpoint, since=listed_since(job, fal.clock_offset()))
    within = round(submit_within * 1000)
    candidates = matching(job, requests, sent_within=within, fal_offset=fal.clock_offset())
    return await without_job(store, candidates)


async def rivals_of(
    store: JobStore,
    fal: Fal,
    job: Job,
    candidates: Sequence[ListedRequest],
    submit_within: float,
) -> Sequence[Job]:
    """Return the other jobs without a request to which every candidate may belong."""
    within, offset = round(submit_within * 1000), fal.clock_offset()
    return [
        other
        for other in (await store.without_request(job.endpoint) if candidates else ())
        if other.id != job.id
        and len(matching(other, candidates, sent_within=within, fal_offset=offset))
        == len(candidates)
    ]


async def without_job(
    store: JobStore, requests: Sequence[ListedRequest]
) -> Sequence[ListedRequest]:
    """Return those requests that belong to no job."""
    ids = {request.request_id for request in requests}
    return unowned(requests, await store.owned_request_ids(ids))
