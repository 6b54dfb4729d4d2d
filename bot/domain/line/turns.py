"""Turns: the order in which members' work begins where few pieces fit at a time.

For what comes before the line of jobs and takes this machine's time, such as decoding pictures. As
in that line, members take turns (`bot.domain.line.fairness`). Each has one piece under way; one
more begins only while nobody else waits.
"""

from collections import Counter
from dataclasses import dataclass

from bot.domain.line.fairness import turn_of

_MOST_ALONE = 2


@dataclass(frozen=True, slots=True)
class _Piece:
    """A member's piece of work."""

    member_id: int
    turn: int


class Turns:
    """The pieces of work that wait and that are under way, by numbers in the order of arrival."""

    def __init__(self, slots: int):
        self._slots = slots
        self._asked = 0
        self._waiting: dict[int, _Piece] = {}
        self._begun: dict[int, _Piece] = {}
        self._round: int | None = None
        # Members who are ahead of the round. Whoever isn't here begins at the present round.
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
        while len(self._begun) < self._slots and (number := self._next()) is not None:
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
