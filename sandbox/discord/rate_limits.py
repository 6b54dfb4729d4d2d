"""Rate limits, and the headers that report them.

See https://docs.discord.com/developers/topics/rate-limits. Discord publishes no numbers; the
defaults are what bots report from its headers.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.discord.clock import Clock
from sandbox.discord.errors import RateLimited
from sandbox.discord.routing import RestRequest, Route

VIA = "1.1 google"
# discord.py takes a 429 without it for a ban by Cloudflare.
ALWAYS: Mapping[str, str] = {"Via": VIA}
INVALID_SECONDS = 10 * 60.0
_MAJOR_PARAMETERS = ("channel", "guild", "token")
_INVALID = (401, 403, 429)


@dataclass(frozen=True, slots=True)
class Limit:
    requests: int
    seconds: float


@dataclass(slots=True)
class _Window:
    """Begins with its first request; all of its requests come back at its end."""

    limit: Limit
    resets_at: float = 0.0
    """The end of the window, in seconds since 1970."""
    used: int = 0
    """Number of requests in the window."""

    def take(self, now: float) -> bool:
        if now >= self.resets_at:
            self.resets_at, self.used = now + self.limit.seconds, 0
        if self.used >= self.limit.requests:
            return False
        self.used += 1
        return True


DEFAULT_LIMITS: Mapping[tuple[str, str], Limit] = {
    ("POST", "/channels/{channel}/messages"): Limit(5, 5.0),
    ("PATCH", "/channels/{channel}/messages/{message}"): Limit(5, 5.0),
    ("DELETE", "/channels/{channel}/messages/{message}"): Limit(5, 1.0),
    ("POST", "/webhooks/{application}/{token}"): Limit(5, 2.0),
    ("PATCH", "/webhooks/{application}/{token}/messages/{message}"): Limit(5, 2.0),
}
OTHER_LIMIT = Limit(10, 5.0)
OLD_EDITS = Limit(30, 60.0)
"""A guess: Discord keeps the number to itself."""


class RateLimits:
    """`limits` are per route, `other` for routes without one; all can be replaced.

    `refused` counts the 429 by client: "bot" with its token, "interaction" without.
    """

    def __init__(self, clock: Clock) -> None:
        self.enabled = True
        self.limits = dict(DEFAULT_LIMITS)
        self.other = OTHER_LIMIT
        self.old_edits = OLD_EDITS
        self.per_second = 50
        self.most_invalid = 10_000
        self.refused: Counter[str] = Counter()
        self._clock = clock
        self._windows: dict[tuple[str, ...], _Window] = {}
        self._invalid: deque[float] = deque()

    @property
    def invalid_requests(self) -> int:
        """The number of answers 401, 403 and 429 in the last ten minutes."""
        while self._invalid and self._clock.now() - self._invalid[0] >= INVALID_SECONDS:
            self._invalid.popleft()
        return len(self._invalid)

    @property
    def banned(self) -> bool:
        """Cloudflare lets nothing through to Discord any more."""
        return self.enabled and self.invalid_requests >= self.most_invalid

    def take(self, route: Route, request: RestRequest) -> Mapping[str, str]:
        """Count a request and return the headers that describe its bucket.

        Interaction callbacks have no bucket; they and webhooks don't count globally.

        Raises:
            RateLimited: Too many.
        """
        if not self.enabled or route.template.startswith("/interactions/"):
            return {}
        now = self._clock.now()
        if route.by_bot:
            everywhere = self._window(("global",), Limit(self.per_second, 1.0))
            if not everywhere.take(now):
                wait = everywhere.resets_at - now
                raise RateLimited("You are being rate limited.", wait, everywhere=True)
        name = route.method, route.template
        major = [request.parameters.get(key, "") for key in _MAJOR_PARAMETERS]
        window = self._window((*name, *major), self.limits.get(name, self.other))
        if not window.take(now):
            wait = window.resets_at - now
            raise RateLimited("You are being rate limited.", wait)
        return self._headers(route, window, now)

    def take_old_edit(self, channel_id: int) -> None:
        """Count the edit of a message that is older than an hour.

        Raises:
            RateLimited: 30046, too many of them.
        """
        window = self._window(("old edits", str(channel_id)), self.old_edits)
        if self.enabled and not window.take(self._clock.now()):
            raise RateLimited(
                "Maximum number of edits to messages older than 1 hour reached. Try again later.",
                window.resets_at - self._clock.now(),
                code=30046,
            )

    def refusal_headers(self, route: Route, error: RateLimited) -> Mapping[str, str]:
        """Return the headers of a 429."""
        headers = {
            "Retry-After": str(int(error.retry_after) + 1),
            "X-RateLimit-Scope": "global" if error.body["global"] else "user",
        }
        if error.body["global"]:
            return headers | {"X-RateLimit-Global": "true"}
        window = _Window(self.limits.get((route.method, route.template), self.other))
        window.used = window.limit.requests
        window.resets_at = self._clock.now() + error.retry_after
        return headers | self._headers(route, window, self._clock.now())

    def count_answer(self, route: Route | None, status: int) -> None:
        """Count the answers that refuse."""
        if status == 429:
            self.refused["bot" if route is not None and route.by_bot else "interaction"] += 1
        if status in _INVALID:
            self._invalid.append(self._clock.now())

    def _window(self, key: tuple[str, ...], limit: Limit) -> _Window:
        window = self._windows.get(key)
        if window is None or window.limit != limit:
            window = self._windows[key] = _Window(limit)
        return window

    def _headers(self, route: Route, window: _Window, now: float) -> dict[str, str]:
        bucket = hashlib.blake2b(f"{route.method} {route.template}".encode(), digest_size=16)
        return {
            "X-RateLimit-Limit": str(window.limit.requests),
            "X-RateLimit-Remaining": str(window.limit.requests - window.used),
            "X-RateLimit-Reset": f"{window.resets_at:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, window.resets_at - now):.3f}",
            "X-RateLimit-Bucket": bucket.hexdigest(),
        }
