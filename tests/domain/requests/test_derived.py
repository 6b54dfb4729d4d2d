"""Upgrades: the better versions of videos."""

from dataclasses import replace

import pytest

from bot.domain.catalogue.models import Catalogue, Kind
from bot.domain.catalogue.prices import Price, PriceRule
from bot.domain.jobs.chains import frame_key, previous_shot
from bot.domain.jobs.job import Job, Relation, Status
from bot.domain.options import Options
from bot.domain.requests.derived import another, as_made, of_parent, upgrade_of, upgraded
from tests.domain.examples import CATALOGUE, MODEL, OF_PICTURES, job

DRAFT = replace(
    MODEL,
    key="draft",
    name="Rough",
    endpoint="fal-ai/rough",
    resolutions=("360p", "720p"),
    durations=(5,),
    prices=(PriceRule(micro_usd=100_000),),
)
BOTH = Catalogue([MODEL, DRAFT])


def made(**changes: str | int | None) -> Job:
    arguments = {
        "prompt": "a fox\nSharp.",
        "aspect_ratio": changes.pop("aspect_ratio", "1:1"),
        "resolution": changes.get("resolution", "720p"),
        "duration": changes.get("seconds", 5),
        "seed": 7,
    }
    sent = {name: value for name, value in arguments.items() if value is not None}
    one = replace(job(Status.CREATED), model="small", arguments=sent)
    return replace(one, **changes)


def test_the_default_model_at_its_highest_resolution():
    upgrade = upgrade_of(made(model="draft", price=100_000), BOTH)
    assert upgrade is not None
    assert (upgrade.model, upgrade.resolution) == (MODEL, "1080p")
    assert upgrade.cost.price == Price(450_000)
    assert upgrade.arguments == {**made().arguments, "resolution": "1080p"}


def test_the_same_model_where_only_the_resolution_was_low():
    upgrade = upgrade_of(made(seconds=10), CATALOGUE, unit=500_000)
    assert upgrade is not None
    assert (upgrade.cost.price, upgrade.cost.units) == (Price(900_000, assumed=True), 2)


@pytest.mark.parametrize(
    "one",
    [
        made(resolution="1080p"),
        # What the best model doesn't offer, it can't make better.
        made(aspect_ratio="3:2"),
        made(seconds=7),
        made(resolution="2160p", model="gone"),
        made(kind=Kind.SWAP),
    ],
)
def test_none_where_there_is_no_better_one(one: Job):
    assert upgrade_of(one, CATALOGUE) is None


def test_a_kind_without_resolutions_has_its_best_already():
    plain = replace(
        MODEL,
        aspect_ratios=(),
        resolutions=(),
        durations=(),
        prices=(PriceRule(micro_usd=465_000),),
    )
    one = made(resolution=None, seconds=None)
    assert upgrade_of(one, Catalogue([plain])) is None
    other = upgrade_of(replace(one, model="gone"), Catalogue([plain]))
    assert other is not None
    assert {*other.arguments} == {"prompt", "seed"}


# Chains


def test_the_input_says_which_shot_is_before():
    parent = replace(made(), tag="a" * 26)
    one = replace(made(), kind=Kind.IMAGE, inputs=(frame_key(parent),))
    assert previous_shot(one) == "a" * 26
    old = replace(one, inputs=(frame_key(replace(parent, id=12, tag=None)),))
    assert (old.inputs, previous_shot(old)) == (("inputs/frames/12.jpg",), "12")
    assert previous_shot(replace(one, kind=Kind.FRAMES)) is None
    assert previous_shot(replace(one, inputs=("inputs/ab/abc.jpg",))) is None
    assert previous_shot(replace(one, inputs=())) is None


# What was asked for


def test_the_options_of_a_video_name_what_it_was_made_with():
    one = replace(
        made(resolution="1080p", seconds=10),
        options=replace(as_made(made(), CATALOGUE), prompt="a fox", style="Noir", resolution=None),
    )
    options = as_made(one, CATALOGUE)
    assert (options.prompt, options.style, options.model) == ("a fox", "Noir", "Small One")
    assert (options.resolution, options.duration, options.aspect_ratio) == ("1080p", 10, "1:1")
    assert as_made(replace(one, model="gone"), Catalogue([OF_PICTURES])).model is not None


def test_what_an_earlier_version_sent_is_sent_again_without_ids_and_bars():
    sent = {
        "prompt": "<@401> and ||<:cat:812345678901234567>||\nSharp.",
        "transitions": [{"prompt": "<#812345678901234567> falls\nSharp.", "duration": 5}],
        "resolution": "720p",
        "duration": 5,
        "seed": 7,
    }
    old = replace(job(Status.CREATED), model="draft", arguments=sent, spoiler=True)
    again = another(old, "interaction:2", old.place, random_seed=8)
    upgrade = upgrade_of(old, BOTH)
    assert upgrade is not None
    for arguments in (again.arguments, upgrade.arguments):
        assert arguments["prompt"] == " and cat\nSharp."
        assert arguments["transitions"] == [{"prompt": " falls\nSharp.", "duration": 5}]
    assert again.spoiler
    assert upgraded(old, upgrade, "interaction:2", old.place).spoiler
    request = of_parent(old, "interaction:2", old.place, Relation.EDIT, Options(prompt="a wolf"))
    assert request.shows_spoiler
