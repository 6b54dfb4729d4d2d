"""Rules of the circuit breaker: the answers that open it, and those that close it."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.backoff import Backoff
from bot.domain.jobs.fal import Accepted, NotTaken, Rejected, Submission, Unknown
from bot.domain.jobs.hold_reason import HoldReason
from bot.domain.jobs.job import Handle
from bot.domain.line.breaker import Breaker, breaker_after_restart
from bot.domain.line.pause import BreakerPolicy, Pause, SubmitOutcome

POLICY = BreakerPolicy(backoff=Backoff(1, 8, factor=2), most_unclear=3)
TEXT, IMAGE, OTHER = "text", "image", "other"
TAKEN = Accepted(Handle(request_id="1", status_url="", response_url="", cancel_url=""))
LOCKED = NotTaken("HTTP 403", HoldReason.CREDIT)
REFUSED = Rejected(422, "content_policy_violation")
LOST = Unknown("HTTP 502")
SUBMISSIONS: list[Submission] = [
    TAKEN,
    REFUSED,
    LOST,
    *(
        NotTaken("no", hold)
        for hold in (HoldReason.CREDIT, HoldReason.KEY, HoldReason.BUSY, HoldReason.AWAY)
    ),
]


def after(
    breaker: Breaker,
    submission: Submission,
    at: int,
    *,
    endpoint: str = TEXT,
    sent_at: int | None = None,
    job_id: int = 1,
) -> Breaker:
    outcome = SubmitOutcome(
        job_id=job_id,
        endpoint=endpoint,
        submission=submission,
        sent_at=at if sent_at is None else sent_at,
        at=at,
    )
    return breaker.after(outcome, POLICY, 0.5)


def test_a_locked_account_pauses_everything_until_a_video_is_taken():
    breaker = after(Breaker(), LOCKED, 1000)
    assert (
        breaker.hold_reason_of(TEXT)
        is breaker.hold_reason_of(IMAGE)
        is breaker.hold_reason_of(None)
        is HoldReason.CREDIT
    )
    assert breaker.is_shut(1999, [])
    assert not breaker.is_shut(2000, [])
    assert breaker.next_probe_at(1000) == 2000
    assert breaker.has_paused_since(TEXT, 999)
    assert not breaker.has_paused_since(TEXT, 1000)
    assert after(breaker, TAKEN, 2000) == Breaker()


def test_one_at_a_time_finds_out():
    breaker = after(Breaker(), LOCKED, 0)
    assert breaker.is_shut(10_000, [IMAGE])
    breaker = Breaker(endpoints={TEXT: Pause(hold=HoldReason.FAULTY, since=0, due=5)})
    assert breaker.shut_endpoints(4, []) == {TEXT}
    assert breaker.shut_endpoints(5, [IMAGE]) == frozenset()
    assert breaker.shut_endpoints(5, [TEXT]) == {TEXT}


def test_the_pace_grows_with_what_was_sent_to_find_out_and_only_with_that():
    breaker = after(Breaker(), LOCKED, 1000)
    # These two were sent before the pause began.
    same = after(after(breaker, LOCKED, 1100, sent_at=900), LOCKED, 1200, sent_at=950)
    assert same == breaker
    waits: list[int] = []
    at = 2000
    for _ in range(5):
        breaker = after(breaker, LOCKED, at)
        assert breaker.fal is not None
        waits.append(breaker.fal.due - at)
        at = breaker.fal.due
    assert waits == [2000, 4000, 8000, 8000, 8000]


def test_what_was_sent_before_the_pause_does_not_end_it():
    breaker = after(Breaker(), LOCKED, 1000)
    assert after(breaker, TAKEN, 1100, sent_at=999).hold_reason_of(TEXT) is HoldReason.CREDIT


def test_a_refused_request_shows_that_fal_is_there_but_not_that_it_can_be_paid():
    assert after(after(Breaker(), LOCKED, 0), REFUSED, 10).hold_reason_of(TEXT) is HoldReason.CREDIT
    away = after(Breaker(), NotTaken("ConnectError", HoldReason.AWAY), 0)
    assert after(away, REFUSED, 10) == Breaker()


def test_unclear_answers_in_a_row_pause_their_endpoint():
    breaker = after(after(Breaker(), LOST, 0), LOST, 1)
    assert breaker.hold_reason_of(TEXT) is None
    assert after(after(breaker, REFUSED, 2), LOST, 3).hold_reason_of(TEXT) is None
    breaker = after(breaker, LOST, 2)
    assert breaker.hold_reason_of(TEXT) is HoldReason.FAULTY
    assert breaker.hold_reason_of(IMAGE) is breaker.hold_reason_of(None) is None
    assert after(breaker, TAKEN, 3, endpoint=IMAGE).hold_reason_of(TEXT) is HoldReason.FAULTY
    assert after(breaker, TAKEN, 3) == Breaker()


def test_two_endpoints_that_fail_are_all_of_fal_until_one_works():
    breaker = Breaker()
    for endpoint in (TEXT, IMAGE):
        for at in range(3):
            breaker = after(breaker, LOST, at, endpoint=endpoint)
    assert breaker.hold_reason_of(OTHER) is HoldReason.FAULTY
    works = after(breaker, TAKEN, 10, endpoint=OTHER)
    assert works.hold_reason_of(None) is None
    assert works.hold_reason_of(TEXT) is works.hold_reason_of(IMAGE) is HoldReason.FAULTY


def test_an_unclear_answer_is_no_longer_away_but_perhaps_locked():
    away = after(Breaker(), NotTaken("ConnectError", HoldReason.AWAY), 0)
    assert after(away, LOST, 1).hold_reason_of(None) is HoldReason.FAULTY
    assert after(after(Breaker(), LOCKED, 0), LOST, 1).hold_reason_of(None) is HoldReason.CREDIT


def test_the_owner_should_know_of_what_lasts():
    assert after(Breaker(), NotTaken("HTTP 429", HoldReason.BUSY), 0).incidents() == frozenset()
    breaker = after(Breaker(), LOCKED, 0)
    assert breaker.incidents() == {(HoldReason.CREDIT, None)}
    # Away meanwhile: the incident goes on.
    away = after(breaker, NotTaken("ConnectError", HoldReason.AWAY), 1)
    assert not away.is_over((HoldReason.CREDIT, None))
    assert after(away, TAKEN, 2).is_over((HoldReason.CREDIT, None))


def test_after_a_restart_within_incidents_the_first_job_finds_out():
    breaker = breaker_after_restart({(HoldReason.KEY, None), (HoldReason.FAULTY, TEXT)}, 5)
    assert not breaker.is_shut(5, [])
    assert breaker.is_shut(5, [TEXT])
    # The owner was told of the first already; it isn't known yet whether it goes on.
    assert breaker.incidents() == {(HoldReason.FAULTY, TEXT)}
    assert not breaker.is_over((HoldReason.KEY, None))
    assert after(breaker, TAKEN, 5) == Breaker()
    assert (
        breaker_after_restart(
            {(HoldReason.FAULTY, TEXT), (HoldReason.FAULTY, IMAGE)}, 5
        ).hold_reason_of(OTHER)
        is HoldReason.FAULTY
    )
    assert breaker_after_restart(set(), 5) == Breaker()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(SUBMISSIONS),
            st.sampled_from([TEXT, IMAGE, OTHER]),
            st.integers(0, 20_000),
            st.integers(0, 5_000),
        ),
        max_size=40,
    )
)
def test_whatever_happened_a_video_sent_now_that_is_taken_lets_its_endpoint_go_on(
    history: list[tuple[Submission, str, int, int]],
):
    breaker, at = Breaker(), 0
    for submission, endpoint, passed, lasted in history:
        at += passed
        breaker = after(breaker, submission, at, endpoint=endpoint, sent_at=at - lasted)
        # Nothing is ever paused for good: something will be sent to find out.
        for pause in [breaker.fal, *breaker.endpoints.values()]:
            assert pause is None or pause.due <= at + 10_000
    for endpoint in (TEXT, IMAGE, OTHER):
        breaker = after(breaker, TAKEN, at, endpoint=endpoint)
    assert breaker == Breaker()
