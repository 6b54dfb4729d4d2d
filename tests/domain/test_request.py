from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import NewJob, Place
from bot.domain.models import Kind
from bot.domain.prompt import Wording, render, render_negative
from bot.domain.refusal import Refusal
from bot.domain.request import HIGHEST_SEED, VideoRequest, plan
from tests.domain.examples import CATALOGUE, MODEL, OF_PICTURES, TEMPLATE

REQUEST = VideoRequest(
    source="interaction:1",
    place=Place(guild_id=1, channel_id=2, member_id=3),
    kind=Kind.TEXT,
    wording=Wording(prompt=" a\nfox ", style="Noir"),
)


def planned(request: VideoRequest, random_seed: int = 7) -> NewJob:
    return plan(request, CATALOGUE, TEMPLATE, random_seed=random_seed)


@given(
    kind=st.sampled_from(Kind),
    resolution=st.sampled_from([None, "720p", "1080p"]),
    duration=st.sampled_from([None, 5, 10]),
    seed=st.none() | st.integers(min_value=0, max_value=HIGHEST_SEED),
)
def test_what_changes_the_price_is_always_sent_and_the_price_is_the_tables(
    kind: Kind, resolution: str | None, duration: int | None, seed: int | None
):
    job = planned(replace(REQUEST, kind=kind, resolution=resolution, duration=duration, seed=seed))
    model = MODEL if kind is Kind.TEXT else OF_PICTURES
    sent = job.arguments
    assert sent["resolution"] == (resolution or "720p")
    assert sent["duration"] == (duration or 5)
    assert sent["seed"] == (7 if seed is None else seed)
    price = model.prices[str(sent["resolution"]), int(sent["duration"])]
    assert (job.price, job.price_assumed) == (price.micro_usd, price.assumed)
    assert (job.model, job.kind, job.endpoint) == (model.key, kind, model.endpoint)


def test_the_prompts_are_rendered_and_the_members_words_are_kept():
    job = planned(REQUEST)
    assert job.prompt == "a fox"
    assert job.arguments["prompt"] == render(TEMPLATE, Kind.TEXT, REQUEST.wording)
    negative = render_negative(TEMPLATE, Kind.TEXT, REQUEST.wording, MODEL.negative_prompt)
    assert job.arguments["negative_prompt"] == negative
    assert (job.source, job.place) == (REQUEST.source, REQUEST.place)
    assert job.picture is None


def test_seed_zero_is_a_seed():
    assert planned(replace(REQUEST, seed=0)).arguments["seed"] == 0


def test_the_aspect_ratio_is_sent_where_the_model_takes_one():
    assert planned(REQUEST).arguments["aspect_ratio"] == "16:9"
    assert planned(replace(REQUEST, aspect_ratio="1:1")).arguments["aspect_ratio"] == "1:1"
    assert "aspect_ratio" not in planned(replace(REQUEST, kind=Kind.IMAGE)).arguments


@pytest.mark.parametrize(
    ("request_", "option"),
    [
        (replace(REQUEST, resolution="4k"), "resolution"),
        (replace(REQUEST, duration=7), "duration"),
        (replace(REQUEST, aspect_ratio="2:1"), "aspect_ratio"),
        (replace(REQUEST, model="Sora"), "model"),
        (replace(REQUEST, wording=Wording(prompt="a fox", style="Baroque")), "style"),
        (replace(REQUEST, wording=Wording(prompt="")), "prompt"),
    ],
)
def test_a_refusal_names_the_option(request_: VideoRequest, option: str):
    with pytest.raises(Refusal, match=f"`{option}`"):
        planned(request_)
