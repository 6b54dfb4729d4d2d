"""The one error type for "no"."""

from typing_extensions import override


class Refusal(Exception):
    """A "no" that is shown to the user as it is.

    The sentence says what to do next. It is raised before anything is taken, so the text that
    users see always ends by saying so.
    """

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence

    @property
    def text(self) -> str:
        return f"{self.sentence} Nothing was charged."


class AlreadyAsked(Refusal):
    """The same request a moment ago made a job; `job_id` is its number."""

    def __init__(self, sentence: str, job_id: int):
        super().__init__(sentence)
        self.job_id = job_id

    @property
    @override
    def text(self) -> str:
        return f"{self.sentence} Nothing more was charged."


class NotPossible(Refusal):
    """A "no" to something that never costs anything: of a paid video, that would mislead."""

    @property
    @override
    def text(self) -> str:
        return self.sentence


class NotYours(NotPossible):
    """A "no" because it is another member's; moderators may."""
