"""The commands that the members' guide shows: `make pictures` plays each and takes its picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Example:
    """A slash command as somebody uses it. Files are named as `docs/drawings.py` draws them."""

    picture: str
    """Its file in `docs/pictures`, without the ending."""
    who: str
    command: str
    options: Mapping[str, str | int] = field(default_factory=dict[str, str | int])

    @property
    def typed(self) -> str:
        """The command as Discord shows it while it is typed."""
        options = (f"{name}:{value}" for name, value in self.options.items())
        return " ".join([f"/{self.command}", *options])


HELP = Example("help", "Ada", "pika help")
MODELS = Example("models", "Ada", "pika models")
VIDEOS = (
    Example(
        "text",
        "Ben",
        "pika text",
        {
            "prompt": "a lighthouse in a storm, gulls circle it",
            "style": "Watercolour",
            "camera": "Slow zoom in",
            "aspect_ratio": "3:2",
        },
    ),
    Example(
        "image",
        "Ada",
        "pika image",
        {"image": "lake.jpg", "prompt": "the clouds drift, ripples run over the lake"},
    ),
    Example(
        "scenes",
        "Mo",
        "pika scenes",
        {
            "image1": "robot.png",
            "prompt": "the robot finds a snowman at the lake, and they become friends",
            "image2": "snowman.png",
            "image3": "lake.jpg",
            "ingredients_mode": "precise",
        },
    ),
    Example(
        "frames",
        "Ben",
        "pika frames",
        {
            "image1": "morning.jpg",
            "image2": "noon.jpg",
            "image3": "evening.jpg",
            "transitions": "5 | the mist lifts; 3 | the sun goes down",
        },
    ),
    Example("effect", "Mo", "pika effect", {"image": "snowman.png", "effect": "Melt"}),
    Example(
        "swap",
        "Ben",
        "pika swap",
        {"video": "hills.mp4", "modify_region": "the sun", "prompt": "a hot-air balloon"},
    ),
    Example(
        "add",
        "Olive",
        "pika add",
        {"video": "hills.mp4", "image": "robot.png", "prompt": "it walks by and waves"},
    ),
)
DEAR = Example(
    "offer",
    "Ada",
    "pika text",
    {"prompt": "a train crosses the Alps", "resolution": "1080p", "duration": 10},
)
SHOW = Example("show", "Ada", "pika show", {"job": 2})
WAITING = Example("line", "Ada", "pika text", {"prompt": "an owl learns to read"})
JOBS = Example("jobs", "Ada", "pika jobs")
CANCEL = Example("cancel", "Ada", "pika cancel", {"job": 4})
QUOTA = Example("quota", "Ada", "pika quota")
SETTINGS = Example(
    "settings", "Ada", "pika settings", {"style": "Clay", "aspect_ratio": "1:1", "model": "Draft"}
)
FIRST_SHOT = Example("shot", "Ada", "pika text", {"prompt": "a paper boat on a pond"})
NEXT_SHOTS = ("it drifts into a storm", "it lands on an island")
JOIN = Example("film", "Ada", "pika join", {"job": 3})
HISTORY = Example("history", "Ada", "pika history")
EXAMPLES = (
    *(HELP, MODELS, *VIDEOS, DEAR, WAITING, JOBS, CANCEL),
    *(FIRST_SHOT, JOIN, HISTORY, SHOW, QUOTA, SETTINGS),
)
OTHER_PICTURES = ("menu", "modal", "animate", "again", "mention", "continue")
"""Of what has no command of its own."""
ELSEWHERE = ("channel", "moderators")
"""Pictures of other pages."""
