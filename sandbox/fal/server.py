"""The state of the loopback fal, as tests and the demo see it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sandbox.fal.clock import Clock
from sandbox.fal.errors import VALIDATION_ERROR, JsonObject
from sandbox.fal.faults import Action, Fault, Route
from sandbox.fal.habits import Habits, Timing
from sandbox.fal.records import Delivery, FalRequest, Post, Result, Upload
from sandbox.fal.retention import file_has_expired
from sandbox.fal.schemas import ENDPOINTS


@dataclass(eq=False)
class FalServer:
    """A fal: the requests that it received, its files, and the means to make it misbehave."""

    base_url: str
    key: str
    timing: Timing
    habits: Habits = field(default_factory=Habits)
    balance_micro_usd: int | None = None
    """Prepaid credits; None is unlimited. Finished requests are taken off."""
    model_status: dict[str, str] = field(default_factory=dict[str, str])
    """By endpoint, a status other than `active` for `GET /v1/models`."""
    gone_models: set[str] = field(default_factory=set[str])
    """Endpoints that the catalogue no longer has."""
    shown_inputs: dict[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    """By endpoint, an input for the catalogue other than the one that is checked."""
    shown_prices: dict[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    """By endpoint, changes of its listed price: `unit_price`, `unit`, `currency`."""
    calls: Counter[str] = field(default_factory=Counter[str])
    """Number of received HTTP requests by method and path, answered or not."""
    posts: list[Post] = field(default_factory=list)
    requests: dict[str, FalRequest] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    """By access URL."""
    results: dict[str, Result] = field(default_factory=dict)
    """By URL."""
    deliveries: list[Delivery] = field(default_factory=list)
    """Every attempt to call a webhook."""
    violations: list[str] = field(default_factory=list)
    """Mistakes that no correct client makes. A test may assert that there are none."""
    clock: Clock = field(default_factory=Clock)
    _faults: list[Fault] = field(default_factory=list)
    _next_change: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, seconds: float) -> None:
        """Move fal's clock forward: what is due by then happens, and what expires is gone."""
        self.clock.advance(seconds)
        self.changed()

    @property
    def charged(self) -> int:
        """Total billed by fal, in millionths of a US dollar."""
        return sum(request.charged_micro_usd for request in self.requests.values())

    def top_up(self, micro_usd: int) -> None:
        """Buy credits; a balance that was unlimited is this much from now on."""
        self.balance_micro_usd = (self.balance_micro_usd or 0) + micro_usd

    def can_pay(self, price_micro_usd: int) -> bool:
        return self.balance_micro_usd is None or self.balance_micro_usd >= price_micro_usd

    def charge(self, request: FalRequest) -> None:
        """Bill a request that has ended.

        Only successes cost; errors of 500 and more and time in the queue never do, refusals of the
        input perhaps: https://fal.ai/docs/documentation/model-apis/faq.md.
        """
        error = request.error
        if error is not None:
            refused = error.status == 422 and error.error_type != VALIDATION_ERROR
            if not (refused and request.started_at and self.habits.charges_refusals):
                return
        request.charged_micro_usd = ENDPOINTS[request.endpoint].price_micro_usd(request.arguments)
        if self.balance_micro_usd is not None:
            self.balance_micro_usd -= request.charged_micro_usd

    def file(self, url: str) -> tuple[bytes, str] | None:
        """Return a file that is still there, and its type."""
        if result := self.results.get(url):
            found = result.data, "video/mp4"
            stored_at, lifecycle = result.stored_at, result.request.lifecycle
        elif upload := self.uploads.get(url):
            found = upload.data, upload.content_type
            stored_at, lifecycle = upload.stored_at, upload.lifecycle
        else:
            return None
        return None if file_has_expired(self.now(), stored_at, lifecycle, self.habits) else found

    def arm(self, fault: Fault) -> None:
        """Let something go wrong with the next matching request."""
        self._faults.append(fault)

    def disarm(self) -> None:
        """Let everything go right again."""
        self._faults.clear()

    def take_action(self, route: Route, subject: str) -> Action | None:
        """Consume the oldest fault that matches."""
        for number, fault in enumerate(self._faults):
            if fault.route == route and fault.match in subject:
                left = replace(fault, times=fault.times - 1)
                self._faults[number : number + 1] = [left] if left.times > 0 else []
                return fault.action
        return None

    def changed(self) -> None:
        """Wake those who wait for something to become true."""
        self._next_change.set()
        self._next_change = asyncio.Event()

    @property
    def next_change(self) -> asyncio.Event:
        """Set as soon as anything changes."""
        return self._next_change

    def violated(self, what: str) -> None:
        self.violations.append(what)
        self.changed()

    async def wait_for(
        self,
        predicate: Callable[[], bool],
        timeout: float = 60,  # noqa: ASYNC109 - a test says per call how long is too long
    ) -> None:
        """Wait until the predicate holds; it is asked at every change. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not predicate():
                await self._next_change.wait()
