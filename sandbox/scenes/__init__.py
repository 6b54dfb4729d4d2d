"""The scenes of the tour, in order. To add one, write a function and put it into a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.fal import Timing
from sandbox.scenes import main_job, models, moderating, refining, replies
from sandbox.scenes.acting import Scene


@dataclass(frozen=True)
class Act:
    """Scenes that are played with the same bot, and the settings for it."""

    scenes: Sequence[Scene]
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment variables of the bot."""
    timing: Timing = field(default_factory=Timing)
    """fal's delays."""
    scale: float = 1.0
    """Width and height of the drawn videos, as a share of the promised ones."""


ACTS: tuple[Act, ...] = (
    Act(
        main_job.MAIN_JOB,
        {"PIKA_QUOTA__VIDEOS_PER_DAY": str(main_job.VIDEOS_PER_DAY)},
        # So long at least do two videos keep fal busy while a third is canceled.
        Timing(run_seconds=1.5),
    ),
    Act(refining.REFINING, {"PIKA_QUOTA__VIDEOS_PER_DAY": refining.VIDEOS_PER_DAY}, scale=0.25),
    Act(
        models.MODELS,
        {
            "PIKA_QUOTA__VIDEOS_PER_DAY": str(models.VIDEOS_PER_DAY),
            "PIKA_LINE__MOST_PER_MEMBER": "0",
        },
        scale=0.25,
    ),
    Act(moderating.MODERATING, {"PIKA_QUOTA__VIDEOS_PER_DAY": "2"}, scale=0.25),
    Act(replies.REPLIES, scale=0.25),
)

__all__ = ["ACTS", "Act", "Scene"]
