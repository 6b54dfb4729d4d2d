"""A refusal because of the content reads as one; what isn't understood is in fal's own words."""

from pathlib import Path

from sandbox.fal import Answer, FailJob, Failure, Fault
from sandbox.render import Renderer
from tests.wire.playing import ask, playing, told

CHECK = "its content check said no"
FLAGGED = "The content could not be processed because it was flagged by a content checker."
SAFETY = "Request blocked due to safety violations (harmful content). Please modify your input."
ODD = "Something `odd` <@1> happened at https://fal.media/x?token=secret"
CASES: list[tuple[Answer | FailJob, str]] = [
    (
        FailJob(Failure(422, {"detail": SAFETY}, "")),
        f"because of the words or the picture: {CHECK}. Please use other words",
    ),
    (
        FailJob(
            Failure(
                422,
                {"detail": [{"loc": ["body", "prompt"], "msg": FLAGGED, "type": "value_error"}]},
                "",
            )
        ),
        f"because of `prompt`: {CHECK}. Please use other words",
    ),
    (
        Answer(
            422, {"detail": [{"loc": ["body", "prompt"], "msg": FLAGGED, "type": "value_error"}]}
        ),
        f"fal refused `prompt`: {CHECK}. Nothing was charged; please use other words or another picture and try again.",
    ),
    (Answer(400, {"error": {"message": SAFETY}}), f"fal refused it: {CHECK}. Nothing was charged"),
    (
        FailJob(
            Failure(
                422, {"detail": [{"loc": ["body", "seed"], "msg": ODD, "type": "value_error"}]}, ""
            )
        ),
        "because of `seed`: it says `Something \u02cbodd\u02cb <@1> happened at …`.",
    ),
    (Answer(422, {"detail": "just no"}), "fal refused it: it says `just no`. Nothing was charged"),
    (Answer(422, {"detail": [{"type": "value_error"}]}), "fal refused it. Nothing was charged"),
]


async def test_refusals_read_as_what_they_are(tmp_path: Path, renderer: Renderer) -> None:
    settings = {"PIKA_QUOTA__VIDEOS_PER_DAY": "50"}
    async with playing(tmp_path, renderer, settings) as stage:
        for number, (action, _) in enumerate(CASES):
            stage.fal.arm(Fault("submit", action, match=f"case {number};"))
            await ask(stage, f"case {number};")
        for _, words in CASES:
            message = await told(stage, words)
            assert "value" not in message.content
            assert "secret" not in message.content
