"""Turns: the order in which members' work begins where few pieces fit at a time.

For what comes before the line of jobs and takes this machine's time, such as decoding pictures. As
in that line, members take turns (`bot.domain.line.fairness`). Each has one piece under way; one
more begins only while nobody else waits.
"""

from collections import Counter
from dataclasses import dataclass

from bot.domain.line.fairness import turn_of
from bot.domain.refusal import Refusal

_MOST_ALONE = 2
_MOST_SLOW = 3
_SLOW_WITHIN_MS = 600_000
"""So many slow files within that time are too many; then their member waits as long."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A member's piece of work."""

    member_id: int
    turn: int


class Turns:
    """The pieces of work that wait and that are under way, by numbers in the order of arrival."""

    def __init__(self, places: int):
        self._places = places
        self._asked = 0
        self._waiting: dict[int, _Piece] = {}
        self._begun: dict[int, _Piece] = {}
        self._round: int | None = None
        # Of members whose latest turn is the present round or a later one: others start anew.
        self._latest: dict[int, int] = {}

    def ask(self, member_id: int) -> int:
        """Let a member's piece of work wait for its turn; return its number."""
        turns = [piece.turn for piece in self._waiting.values() if piece.member_id == member_id]
        if member_id in self._latest:
            turns.append(self._latest[member_id])
        turn = turn_of(last_admitted=self._round, latest_of_member=max(turns, default=None))
        self._asked += 1
        self._waiting[self._asked] = _Piece(member_id, turn)
        return self._asked

    def begin(self) -> list[int]:
        """Return the numbers of the pieces whose turn it is; from now on they are under way."""
        begun: list[int] = []
        while len(self._begun) < self._places and (number := self._next()) is not None:
            piece = self._begun[number] = self._waiting.pop(number)
            self._round = max(self._round or 0, piece.turn)
            self._latest[piece.member_id] = piece.turn
            self._latest = {who: turn for who, turn in self._latest.items() if turn >= self._round}
            begun.append(number)
        return begun

    def end(self, number: int) -> None:
        """Forget a piece of work that is done, or that gave up waiting."""
        self._waiting.pop(number, None)
        self._begun.pop(number, None)

    def _next(self) -> int | None:
        under_way = Counter(piece.member_id for piece in self._begun.values())
        in_order = sorted(self._waiting, key=lambda number: (self._waiting[number].turn, number))
        for number in in_order:
            if not under_way[self._waiting[number].member_id]:
                return number
        members = {piece.member_id for piece in self._waiting.values()}
        alone = len(members) == 1 and under_way[members.pop()] < _MOST_ALONE
        return in_order[0] if alone else None


class SlowFiles:
    """The files whose decoding took too long, by member. Times are milliseconds of one clock."""

    def __init__(self) -> None:
        self._times: dict[int, list[int]] = {}

    def note(self, member_id: int, *, at: int) -> None:
        """Note that a member's file took too long."""
        self._forget(at)
        self._times.setdefault(member_id, []).append(at)

    def check(self, member_id: int, *, at: int, now: int) -> None:
        """Raise Refusal while the member has to wait. `now` is the time at `at` since 1970."""
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
