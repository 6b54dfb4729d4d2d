from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue.inputs import PictureSource
from bot.domain.catalogue.models import DRAFT, Catalogue, Kind
from bot.domain.catalogue.prices import PriceRule, cost_of
from bot.domain.jobs.job import NewJob, Place
from bot.domain.moderation.rules import Quality
from bot.domain.options import Options
from bot.domain.refusal import Refusal
from bot.domain.requests.plan import HIGHEST_SEED, plan
from bot.domain.requests.prompt import render, render_negative
from bot.domain.requests.request import VideoRequest, fingerprint
from tests.domain.examples import MODEL, OF_PICTURES, OFFER, TEMPLATE

PICTURE = PictureSource("https://127.0.0.1/a.png", 9)
REQUEST = VideoRequest(
    source="interaction:1",
    place=Place(guild_id=1, channel_id=2, member_id=3),
    kind=Kind.TEXT,
    options=Options(prompt=" a\nfox ", style="Noir"),
)


def asking(**options: str | int | None) -> VideoRequest:
    return replace(REQUEST, options=replace(REQUEST.options, **options))


def planned(request: VideoRequest, random_seed: int = 7, usual: Options | None = None) -> NewJob:
    if request.kind is Kind.IMAGE:
        request = replace(request, pictures=(PICTURE,))
    return plan(request, OFFER, usual=usual, random_seed=random_seed)


@given(
    kind=st.sampled_from([Kind.TEXT, Kind.IMAGE]),
    resolution=st.sampled_from([None, "720p", "1080p"]),
    duration=st.sampled_from([None, 5, 10]),
    seed=st.none() | st.integers(min_value=0, max_value=HIGHEST_SEED),
)
def test_what_changes_the_price_is_always_sent_and_the_price_is_the_tables(
    kind: Kind, resolution: str | None, duration: int | None, seed: int | None
):
    job = planned(replace(asking(resolution=resolution, duration=duration, seed=seed), kind=kind))
    model = MODEL if kind is Kind.TEXT else OF_PICTURES
    sent = job.arguments
    assert sent["resolution"] == job.resolution == (resolution or "720p")
    assert sent["duration"] == job.seconds == (duration or 5)
    assert sent["seed"] == (7 if seed is None else seed)
    cost = cost_of(model.prices, resolution=job.resolution, seconds=job.seconds, unit=0)
    assert (job.price, job.price_assumed) == (cost.price.micro_usd, cost.price.assumed)
    assert (job.model, job.kind, job.endpoint) == (model.key, kind, model.endpoint)


def test_the_prompts_are_rendered_and_the_members_words_are_kept():
    job = planned(REQUEST)
    assert job.prompt == "a fox"
    assert job.options == REQUEST.options
    assert job.arguments["prompt"] == render(TEMPLATE, Kind.TEXT, REQUEST.options, "a fox")
    negative = render_negative(TEMPLATE, Kind.TEXT, None, MODEL.negative_prompt)
    assert job.arguments["negative_prompt"] == negative
    assert (job.source, job.place, job.inputs) == (REQUEST.source, REQUEST.place, ())


def test_seed_zero_is_a_seed():
    assert planned(asking(seed=0)).arguments["seed"] == 0


def test_the_aspect_ratio_is_sent_where_the_model_takes_one():
    assert planned(REQUEST).arguments["aspect_ratio"] == "16:9"
    assert planned(asking(aspect_ratio="1:1")).arguments["aspect_ratio"] == "1:1"
    assert "aspect_ratio" not in planned(replace(REQUEST, kind=Kind.IMAGE)).arguments


def test_a_members_own_defaults_count_where_nothing_was_said():
    usual = Options(
        resolution="1080p", duration=10, aspect_ratio="1:1", model=DRAFT, camera="Still",
        style="Clay", motion="No longer offered",
    )  # fmt: skip
    job = planned(asking(duration=5), usual=usual)
    assert (job.resolution, job.seconds) == ("1080p", 5)
    assert job.arguments["aspect_ratio"] == "1:1"
    assert job.options.style == "Noir"
    assert "Locked off." in str(job.arguments["prompt"])


def test_a_members_own_negative_prompt_counts_unless_another_is_given():
    usual = Options(negative_prompt="spiders")
    assert "spiders" in str(planned(REQUEST, usual=usual).arguments["negative_prompt"])
    other = planned(asking(negative_prompt="rain"), usual=usual)
    assert "spiders" not in str(other.arguments["negative_prompt"])


def test_a_default_that_the_model_doesnt_offer_counts_for_nothing():
    usual = Options(resolution="4k", duration=25, model="Sora", aspect_ratio="1:1")
    job = planned(replace(REQUEST, kind=Kind.IMAGE), usual=usual)
    assert (job.resolution, job.seconds, job.model) == ("720p", 5, OF_PICTURES.key)


@pytest.mark.parametrize(
    ("request_", "option"),
    [
        (asking(resolution="4k"), "resolution"),
        (asking(duration=7), "duration"),
        (asking(aspect_ratio="2:1"), "aspect_ratio"),
        (asking(model="Sora"), "model"),
        (asking(style="Baroque"), "style"),
        (asking(prompt=""), "prompt"),
        (asking(prompt="\u200b\u3164"), "prompt"),
        (asking(effect="Melt"), "effect"),
        (asking(modify_region="x" * 201), "modify_region"),
        (asking(negative_prompt="x" * 101), "negative_prompt"),
    ],
)
def test_a_refusal_names_the_option(request_: VideoRequest, option: str):
    with pytest.raises(Refusal, match=f"`{option}`"):
        planned(request_)


def test_the_rules_cut_what_is_usual_and_a_landing_makes_drafts():
    usual = Options(resolution="1080p", duration=10, model="Small One")
    low = Quality(resolution="720p", seconds=5)
    job = plan(REQUEST, OFFER, usual=usual, quality=low, random_seed=7)
    assert (job.resolution, job.seconds) == ("720p", 5)
    cheap = replace(MODEL, key="cheap", name="Cheap", prices=(PriceRule(micro_usd=100_000),))
    offer = replace(OFFER, catalogue=Catalogue([MODEL, cheap]))
    job = plan(REQUEST, offer, usual=usual, thrifty=True, random_seed=7)
    assert (job.model, job.resolution) == ("cheap", "720p")
    # What was picked is made, whatever it costs.
    picked = replace(
        REQUEST, options=replace(REQUEST.options, model="Small One", resolution="1080p")
    )
    job = plan(picked, offer, thrifty=True, random_seed=7)
    assert (job.model, job.resolution) == ("small", "1080p")


@pytest.mark.parametrize(
    ("allowed", "options", "words"),
    [
        ("moving", {}, "rules don't let you make that kind"),
        ("small", {"model": "Cheap"}, "Please pick `model` from `Small One`, `Draft`"),
    ],
)
def test_a_model_that_the_rules_dont_allow_isnt_offered(
    allowed: str, options: dict[str, str], words: str
):
    request = replace(REQUEST, options=REQUEST.options.overridden_by(Options.of(options)))
    cheap = replace(MODEL, key="cheap", name="Cheap")
    offer = replace(OFFER, catalogue=Catalogue([*OFFER.catalogue.models, cheap]))
    quality = Quality(models=frozenset({allowed}))
    with pytest.raises(Refusal, match=words):
        plan(request, offer, quality=quality, random_seed=7)


@pytest.mark.parametrize(
    "covered",
    [
        replace(REQUEST, spoiler=True),
        replace(REQUEST, kind=Kind.IMAGE, pictures=(replace(PICTURE, spoiler=True),)),
        asking(prompt="a ||fox||"),
        asking(negative_prompt="||rain||, snow"),
    ],
)
def test_what_is_made_of_something_covered_is_covered(covered: VideoRequest):
    job = plan(covered, OFFER, random_seed=7)
    assert job.spoiler
    assert "||" not in str(job.arguments)
    assert job.has_covered_words == covered.options.has_spoiler
    assert fingerprint(job, seed=7) != fingerprint(replace(job, spoiler=False), seed=7)
    assert not planned(REQUEST).spoiler


def test_words_reach_fal_without_markup_and_no_name_is_asked_for():
    job = planned(
        asking(prompt="<@401> pets <:cat:812345678901234567>", negative_prompt="<#5> fog")
    )
    assert str(job.arguments["prompt"]).split("\n")[1] == "pets cat"
    assert str(job.arguments["negative_prompt"]).startswith("fog, ")
    assert job.prompt == "pets cat"
