"""Jobs and endpoints that fal refuses while it takes others: they hold nobody up for long."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.backoff import Backoff
from bot.domain.jobs.fal import Accepted, NotTaken, Rejected, Submission, Unknown
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import Handle
from bot.domain.line.breaker import Breaker, breaker_after_restart
from bot.domain.line.pause import BreakerPolicy, SubmitOutcome

POLICY = BreakerPolicy(backoff=Backoff(1, 8, factor=2), most_unclear=3)
TEXT, IMAGE, OTHER = "text", "image", "other"
TAKEN = Accepted(Handle(request_id="1", status_url="", response_url="", cancel_url=""))
FORBIDDEN = NotTaken("HTTP 403", HoldReason.KEY)
BUSY = NotTaken("HTTP 429", HoldReason.BUSY)
LOCKED = NotTaken("HTTP 403", HoldReason.CREDIT)
PATIENCE = 60.0
ANYBODY = [(frozenset[int](), frozenset[str]())]


def after(
    breaker: Breaker, job_id: int, submission: Submission, at: int, endpoint: str = TEXT
) -> Breaker:
    outcome = SubmitOutcome(
        job_id=job_id, endpoint=endpoint, submission=submission, sent_at=at, at=at
    )
    return breaker.after(outcome, POLICY, 0.5)


def refused(times: int, submission: Submission = FORBIDDEN) -> Breaker:
    """Return the breaker after job 1 was refused `times` times, a minute apart."""
    breaker = Breaker()
    for number in range(times):
        breaker = after(breaker, 1, submission, 60_000 * number)
    return breaker


def on_its_own() -> Breaker:
    """Return the breaker after job 1 was refused again, once job 2 had been taken."""
    return after(after(refused(3), 2, TAKEN, 200_000), 1, FORBIDDEN, 200_100)


@pytest.mark.parametrize("refusal", [FORBIDDEN, BUSY])
def test_each_third_job_that_finds_out_is_another_of_another_model_if_possible(refusal: NotTaken):
    others = [
        (frozenset({1}), frozenset({TEXT})),
        (frozenset({1}), frozenset[str]()),
        *ANYBODY,
    ]
    exclusions = [refused(times, refusal).exclusions_to_try(10**6) for times in range(1, 8)]
    assert exclusions == [ANYBODY, ANYBODY, others, ANYBODY, ANYBODY, others, ANYBODY]


@pytest.mark.parametrize("refusal", [LOCKED, NotTaken("ConnectError", HoldReason.AWAY)])
def test_what_is_never_a_single_jobs_is_found_out_by_the_first_in_line(refusal: NotTaken):
    assert all(refused(times, refusal).exclusions_to_try(10**6) == ANYBODY for times in range(1, 8))


def test_when_another_is_taken_the_line_goes_on_and_the_refused_one_is_tried_at_once():
    breaker = after(refused(3), 2, TAKEN, 200_000)
    assert breaker.hold_reason_of(None) is None
    # Nobody knows yet whether it is that job alone: it may have been the account.
    assert breaker.hold_reason_of(TEXT, 1) is HoldReason.KEY
    assert breaker.exclusions_to_try(200_000) == ANYBODY
    assert after(breaker, 1, TAKEN, 200_100) == Breaker()


def test_a_job_that_is_refused_alone_holds_nobody_up():
    breaker = on_its_own()
    assert (
        breaker.hold_reason_of(None)
        is breaker.hold_reason_of(TEXT)
        is breaker.hold_reason_of(TEXT, 2)
        is None
    )
    assert breaker.hold_reason_of(TEXT, 1) is HoldReason.ALONE
    assert breaker.exclusions_to_try(203_099) == [(frozenset({1}), frozenset[str]())]
    assert breaker.next_probe_at(200_100) == 203_100
    assert breaker.exclusions_to_try(203_100) == ANYBODY
    assert breaker.incidents() == frozenset()
    assert after(breaker, 1, TAKEN, 203_100) == Breaker()
    assert after(breaker, 1, Unknown("HTTP 502"), 203_100).alone == {}


def test_the_second_of_a_model_pauses_the_model_and_a_third_that_is_taken_ends_that():
    breaker = after(on_its_own(), 3, FORBIDDEN, 300_000)
    assert breaker.hold_reason_of(TEXT) is HoldReason.KEY
    assert breaker.hold_reason_of(IMAGE) is breaker.hold_reason_of(None) is None
    assert breaker.incidents() == {(HoldReason.KEY, TEXT)}
    breaker = after(breaker, 4, TAKEN, 310_000)
    assert breaker.hold_reason_of(TEXT) is None
    # Perhaps that was their trouble, too: the second hasn't been tried since.
    assert (breaker.hold_reason_of(TEXT, 1), breaker.hold_reason_of(TEXT, 3)) == (
        HoldReason.ALONE,
        HoldReason.KEY,
    )
    assert breaker.exclusions_to_try(310_000) == ANYBODY
    assert after(breaker, 3, FORBIDDEN, 310_100).hold_reason_of(TEXT, 3) is HoldReason.ALONE


def test_two_that_were_refused_together_pause_their_model_unless_it_took_another():
    for taken, hold in ((IMAGE, HoldReason.KEY), (TEXT, None)):
        breaker = after(after(refused(2), 2, FORBIDDEN, 100_000), 3, TAKEN, 200_000, taken)
        for job_id in (1, 2):
            breaker = after(breaker, job_id, FORBIDDEN, 200_100)
        assert breaker.hold_reason_of(TEXT) is hold
        assert breaker.hold_reason_of(TEXT, 1) is (hold or HoldReason.ALONE)
    # A third that is taken ends that for good: neither of the two brings it back.
    breaker = after(after(refused(2), 2, FORBIDDEN, 100_000), 3, TAKEN, 200_000, IMAGE)
    for job_id in (1, 2):
        breaker = after(breaker, job_id, FORBIDDEN, 200_100)
    breaker = after(breaker, 4, TAKEN, 300_000)
    for job_id in (1, 2, 1, 2):
        breaker = after(breaker, job_id, FORBIDDEN, 400_000)
        assert breaker.hold_reason_of(TEXT) is None


def test_another_models_refusal_pauses_everything_again():
    assert after(on_its_own(), 3, FORBIDDEN, 300_000, IMAGE).hold_reason_of(None) is HoldReason.KEY


def test_one_refusal_is_not_told_to_the_owner_before_another_job_was_tried():
    assert [bool(refused(times).incidents()) for times in range(1, 6)] == [0, 0, 0, 1, 1]


def test_a_job_is_given_up_after_long_and_only_when_fal_took_others_meanwhile():
    assert not refused(9).should_give_up(1, 10**9, PATIENCE)
    assert not after(refused(3), 2, TAKEN, 200_000).should_give_up(1, 10**9, PATIENCE)
    breaker = on_its_own()
    assert not breaker.should_give_up(1, 259_999, PATIENCE)
    assert breaker.should_give_up(1, 260_000, PATIENCE)
    assert breaker.without(1) == Breaker()
    # All were refused for a while, so it wasn't alone in that.
    paused = after(breaker, 3, LOCKED, 250_000)
    assert not paused.should_give_up(1, 10**9, PATIENCE)
    again = after(paused, 3, TAKEN, 350_000)
    assert not again.should_give_up(1, 359_999, PATIENCE)
    assert again.should_give_up(1, 360_000, PATIENCE)


def test_only_models_that_lose_answers_are_taken_for_all_of_fal_together():
    breaker = after(on_its_own(), 3, FORBIDDEN, 300_000)
    for number in range(3):
        breaker = after(breaker, 10 + number, Unknown("HTTP 502"), 310_000, IMAGE)
    assert breaker.hold_reason_of(IMAGE) is HoldReason.FAULTY
    assert breaker.hold_reason_of(None) is None
    assert breaker_after_restart(breaker.incidents(), 0).hold_reason_of(None) is None


def test_however_many_are_refused_only_so_many_are_remembered():
    breaker = on_its_own()
    for number in range(300):
        breaker = after(breaker, 10 + number, FORBIDDEN, 300_000 + number)
    assert len(breaker.alone) == 100
    paused = Breaker()
    for number in range(300):
        paused = after(paused, number, FORBIDDEN, number)
    assert paused.fal is not None
    assert len(paused.fal.refused) == 100


@dataclass
class World:
    """fal, and a line of jobs. Answers take a tenth of a second; two are sent at a time."""

    forbidden_jobs: frozenset[int]
    forbidden_endpoints: frozenset[str]
    refusal: NotTaken
    broken_until: int
    """Until then fal refuses everybody."""
    line: list[tuple[int, str]]
    breaker: Breaker = field(default_factory=Breaker)
    under_way: dict[int, tuple[str, int]] = field(default_factory=dict[int, tuple[str, int]])
    taken: dict[int, int] = field(default_factory=dict[int, int])
    given_up: dict[int, int] = field(default_factory=dict[int, int])

    def refuses(self, job_id: int, endpoint: str) -> bool:
        return job_id in self.forbidden_jobs or endpoint in self.forbidden_endpoints

    def answer(self, at: int) -> None:
        for job_id, (endpoint, sent_at) in list(self.under_way.items()):
            if sent_at + 100 > at:
                continue
            del self.under_way[job_id]
            is_refused = sent_at < self.broken_until or self.refuses(job_id, endpoint)
            outcome = SubmitOutcome(
                job_id=job_id,
                endpoint=endpoint,
                submission=self.refusal if is_refused else TAKEN,
                sent_at=sent_at,
                at=at,
            )
            self.breaker = self.breaker.after(outcome, POLICY, 0.5)
            if not is_refused:
                self.taken[job_id] = at
            elif self.breaker.should_give_up(job_id, at, PATIENCE):
                self.breaker = self.breaker.without(job_id)
                self.given_up[job_id] = at
            else:
                self.line = sorted([*self.line, (job_id, endpoint)])

    def send(self, at: int) -> None:
        while len(self.under_way) < 2:
            trying = [endpoint for endpoint, _ in self.under_way.values()]
            if self.breaker.is_shut(at, trying):
                return
            job = self.next(at, trying)
            if job is None:
                return
            # One at a time, while fal is paused, and of each endpoint that is.
            assert not trying or self.breaker.fal is None
            assert job[1] not in trying or job[1] not in self.breaker.endpoints
            self.line.remove(job)
            self.under_way[job[0]] = job[1], at

    def next(self, at: int, trying: list[str]) -> tuple[int, str] | None:
        shut = self.breaker.shut_endpoints(at, trying)
        for jobs, endpoints in self.breaker.exclusions_to_try(at):
            for job in self.line:
                if job[0] not in jobs and job[1] not in endpoints | shut:
                    return job
        return None


@given(
    line=st.lists(st.sampled_from([TEXT, IMAGE, OTHER]), min_size=1, max_size=10),
    forbidden_jobs=st.frozensets(st.integers(0, 9), max_size=6),
    forbidden_endpoints=st.frozensets(st.sampled_from([TEXT, IMAGE]), max_size=2),
    refusal=st.sampled_from([FORBIDDEN, BUSY]),
    broken_until=st.integers(0, 30_000),
)
def test_whoever_fal_would_take_is_taken_soon_and_whom_it_refuses_ends(
    line: list[str],
    forbidden_jobs: frozenset[int],
    forbidden_endpoints: frozenset[str],
    refusal: NotTaken,
    broken_until: int,
):
    jobs = list(enumerate(line))
    world = World(forbidden_jobs, forbidden_endpoints, refusal, broken_until, list(jobs))
    came: dict[int, int] = dict.fromkeys(range(len(jobs)), 0)
    for at in range(0, 1_500_000, 100):
        if at % 10_000 == 5_000:
            # Somebody asks now and then for what fal takes.
            came[1000 + at] = at
            world.line.append((1000 + at, OTHER))
        world.answer(at)
        world.send(at)
        if (
            at > 600_000
            and not any(job_id < 1000 for job_id, _ in world.line)
            and not world.under_way
        ):
            break
    for job_id, endpoint in jobs:
        if world.refuses(job_id, endpoint):
            assert world.given_up[job_id] >= PATIENCE * 1000
        else:
            assert world.taken[job_id] <= broken_until + 300_000
    assert all(
        at <= max(came[job_id], broken_until) + 300_000 for job_id, at in world.taken.items()
    )
    assert world.breaker.fal is None
    assert not world.breaker.alone


def test_a_rejected_job_shows_that_the_key_is_good():
    breaker = after(refused(3), 2, Rejected(422, "content_policy_violation"), 200_000)
    assert breaker.hold_reason_of(None) is None
    assert after(breaker, 1, FORBIDDEN, 200_100).hold_reason_of(TEXT, 1) is HoldReason.ALONE
