"""What a storm consists of: how each life ends, and how the bot and fal are set up."""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.fal import Timing
from tests.crash.crashing_bot import PORTS
from tests.crash.expected_ends import TIMEOUT_SECONDS
from tests.crash.rare import RARE
from tests.wire.playing import FAST

RANDOM = ""
"""In a plan: a kill at a random moment."""
SAME_DATABASE = "same database"
"""The same, while another bot is started on the same database."""
OTHER_PROCESS = "other process"
"""The same, while another bot runs with the same token and a database of its own."""
NO_ARCHIVE = "no archive"
"""The same, while the archive can't be written; it stays so into the next life."""
PUT_BACK = "put back"
"""A copy of the database is put back after two lives, and one follows that closes the gap."""
EDGES = (SAME_DATABASE, OTHER_PROCESS, NO_ARCHIVE, PUT_BACK)
_MONEY = (
    "fal.submit",
    "jobstore.admit",
    "jobstore.advance(submitted)",
    "jobstore.advance(uncertain)",
)
_SHORT = ("jobstore.advance(succeeded)", "jobstore.advance(stored)", "delivery.deliver")
_ADVANCES = (
    "submitted", "created", "failed", "uncertain", "running", "succeeded", "stored", "delivered",
    "canceled",
)  # fmt: skip


def all_calls() -> list[str]:
    """Return every call that crosses a port; a transition's target makes it one of its own.

    The rare ones have scenes of their own.
    """
    calls = [f"{port}.{method}" for port, methods in PORTS.items() for method in methods]
    calls = [call for call in calls if call not in RARE | {"jobstore.advance"}]
    return [*calls, *(f"jobstore.advance({status})" for status in _ADVANCES)]


def before_and_after(calls: Sequence[str]) -> list[str]:
    return [f"{call}:{when}:1" for call in calls for when in ("before", "after")]


def around_money() -> list[str]:
    """Return the moments at which a mistake costs most."""
    return before_and_after(_MONEY[:1]) + [f"{call}:after:1" for call in (*_MONEY[1:], *_SHORT)]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`lives` says how each life ends: at a call, or RANDOM, or in one of EDGES. `deadline`
    (seconds) is how long a request may wait at fal, and again how long it may run there, before the
    bot gives it up. `fate` is that of all jobs, if it isn't left to the dice. `clock_steps`
    (minutes) is how far a life's clock may be from the right time, before and after a step in the
    middle of that life.
    """

    jobs: int
    lives: Sequence[str]
    seed: int
    fate: str = ""
    deadline: float = 15.0
    least_delivered: float = 0.9
    unguarded: bool = False
    weather: bool = True
    clock_steps: float = 0.0

    @property
    def quota(self) -> int:
        """Enough for everybody but the greedy ones."""
        planned = sum(":" in life for life in self.lives)
        return max(6, (self.jobs + planned) // 6)

    def settings(self) -> dict[str, str]:
        return (
            FAST
            | {
                "PIKA_QUOTA__VIDEOS_PER_DAY": str(self.quota),
                "PIKA_LINE__MOST_PER_MEMBER": "0",
                "PIKA_LINE__MOST_PER_SERVER": "0",
                "PIKA_FAL__CONCURRENCY": "6",
                "PIKA_FAL__TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
                "PIKA_FAL__START_TIMEOUT_SECONDS": str(self.deadline),
                "PIKA_FAL__RUN_SECONDS": str(self.deadline),
                "PIKA_FAL__POLL_LONGEST_SECONDS": "0.5",
                "PIKA_FAL__RETRY_LONGEST_SECONDS": "1",
            }
            | ({"CRASH_UNGUARDED": "1"} if self.unguarded else {})
        )

    def timing(self) -> Timing:
        return Timing(queue_seconds=0.4, run_seconds=0.5, concurrency=8)


def short(seed: int) -> Plan:
    """Return a plan for every day: the moments around money, and a few at random."""
    lives = [*around_money(), *[RANDOM] * 3]
    # Around the money a kill costs more jobs than elsewhere.
    return Plan(jobs=25, lives=lives, seed=seed, deadline=5.0, least_delivered=0.6)


def at_the_edges(seed: int) -> Plan:
    """Return a plan of one life of each kind at the edges, with clocks that step."""
    lives = [*EDGES, RANDOM]
    return Plan(
        jobs=15, lives=lives, seed=seed, deadline=4.0, least_delivered=0.5, clock_steps=10.0
    )


def without_guard(seed: int) -> Plan:
    """Return a plan in which a bot without the `uncertain` guard pays twice, whatever the dice."""
    return Plan(
        jobs=5,
        lives=["fal.submit:after:1"] * 2,
        seed=seed,
        fate="answer lost",
        deadline=6.0,
        unguarded=True,
        weather=False,
    )
