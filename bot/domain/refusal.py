"""Refusals: the errors that members are shown."""

from typing_extensions import override


class Refusal(Exception):
    """A request that isn't accepted; its `text` is shown to the member.

    The sentence says what to do next. A refusal is raised before quota or money is taken, so its
    text always ends by saying so.
    """

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence

    @property
    def text(self) -> str:
        return f"{self.sentence} Nothing was charged."


class AlreadyAsked(Refusal):
    """A repeated request: the same one made the job of `reference` a moment ago."""

    def __init__(self, sentence: str, reference: str):
        super().__init__(sentence)
        self.reference = reference

    @property
    @override
    def text(self) -> str:
        return f"{self.sentence} Nothing more was charged."


class NotPossible(Refusal):
    """A refusal of something that is free anyway: "nothing was charged" would mislead."""

    @property
    @override
    def text(self) -> str:
        return self.sentence


class Blocked(Refusal):
    """A refusal of a blocked member. Nobody else is to read of the block."""

    text_in_public = "I can't do that for you here; `/pika text` says why. Nothing was charged."


class NotYours(NotPossible):
    """A refusal because the video is another member's; moderators are let through."""


def out_of_sight(job_id: int) -> NotYours:
    """Return the refusal of another member's video from a channel that the member can't see."""
    return NotYours(
        f"Video #{job_id} isn't yours, and it was made in a channel that you can't see;"
        " `/pika jobs` lists yours."
    )
