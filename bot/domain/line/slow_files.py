"""Files that take too long to decode: whoever sends several waits for a while."""

from bot.domain.refusal import Refusal

_MOST_SLOW = 3
_SLOW_WITHIN_MS = 600_000
"""Three within ten minutes; then the member waits ten minutes from the last."""


class SlowFiles:
    """The files whose decoding took too long, by member. Times are milliseconds of one clock."""

    def __init__(self) -> None:
        self._times: dict[int, list[int]] = {}

    def note(self, member_id: int, *, at: int) -> None:
        """Note that a member's file took too long."""
        self._forget(at)
        self._times.setdefault(member_id, []).append(at)

    def check(self, member_id: int, *, at: int, now: int) -> None:
        """Raise Refusal while the member has to wait.

        `at` is by the steady clock; `now` is the same moment in Unix milliseconds, for the
        sentence.
        """
        self._forget(at)
        times = self._times.get(member_id, [])
        if len(times) < _MOST_SLOW:
            return
        free_at = now + times[-1] + _SLOW_WITHIN_MS - at
        raise Refusal(
            "Several of your files took too long to open, so I take no others from you yet;"
            f" please try again <t:{free_at // 1000 + 1}:R>, with smaller ones."
        )

    def _forget(self, at: int) -> None:
        """Forget what no longer counts: each file after a while, but all of a waiting member's."""
        since = at - _SLOW_WITHIN_MS
        for member_id, times in [*self._times.items()]:
            if len(times) >= _MOST_SLOW and times[-1] > since:
                continue
            self._times[member_id] = [time for time in times if time > since]
            if len(times) >= _MOST_SLOW or not self._times[member_id]:
                del self._times[member_id]
