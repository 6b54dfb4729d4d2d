"""The comparison of the catalogue with fal's is about the arguments that are really sent."""

from decimal import Decimal
from itertools import product

import pytest

from bot.domain.catalogue.comparison import compare, sent_arguments
from bot.domain.catalogue.findings import Finding, Remark, Verdict
from bot.domain.catalogue.inputs import PictureSource, VideoSource, input_arguments
from bot.domain.catalogue.live_endpoint import LiveEndpoint, Parameter, UnitPrice
from bot.domain.catalogue.models import KIND_INPUTS, Catalogue, Kind, Model
from bot.domain.jobs.job import Place
from bot.domain.options import Options
from bot.domain.requests.plan import plan
from bot.domain.requests.prompt import Blocks, Template
from bot.domain.requests.request import Offer, VideoRequest
from bot.settings import load_catalogue
from tests.cli.command_line import CHECKOUT

SHIPPED = load_catalogue(CHECKOUT / "models.toml")
BLOCKS = Blocks(quality="Sharp.", safety="Kind.", negative="gore")
TEMPLATE = Template(
    blocks=dict.fromkeys(Kind, BLOCKS), styles={}, cameras={}, motions={}, longest_prompt=100
)
PLACE = Place(guild_id=10, channel_id=20, member_id=30)
PICTURE, VIDEO = PictureSource("http://127.0.0.1:1/p", 1), VideoSource("http://127.0.0.1:1/v", 1)


def arguments(model: Model, pictures: int, options: Options) -> dict[str, object]:
    """Return all arguments that are sent to fal."""
    takes = KIND_INPUTS[model.kind]
    request = VideoRequest(
        source="interaction:1",
        place=PLACE,
        kind=model.kind,
        options=options,
        pictures=(PICTURE,) * pictures,
        video=VIDEO if takes.video else None,
    )
    job = plan(request, Offer(catalogue=Catalogue([model]), template=TEMPLATE), random_seed=1)
    urls = ["http://127.0.0.1:1/u"] * (pictures + takes.video)
    return {**job.arguments, **input_arguments(model.kind, urls)}


@pytest.mark.parametrize("model", SHIPPED.models, ids=[model.key for model in SHIPPED.models])
def test_what_is_compared_is_what_is_sent(model: Model):
    described = sent_arguments(model)
    fewest, most = KIND_INPUTS[model.kind].pictures
    sent: dict[str, set[object]] = {name: set() for name in described}
    for pictures, region, resolution, duration in product(
        range(fewest, most + 1),
        (None, "the hat"),
        model.resolutions or (None,),
        model.durations or (None,),
    ):
        options = Options(
            prompt="a fox",
            resolution=resolution,
            duration=duration,
            modify_region=region if model.kind is Kind.SWAP else None,
        )
        request_input = arguments(model, pictures, options)
        assert {name for name, argument in described.items() if argument.always} <= set(
            request_input
        )
        for name, value in request_input.items():
            sent[name].add(str(value))
            values = described[name].values
            assert not values or value in values
    assert all(sent.values())
    for name in ("resolution", "duration"):
        if name in described:
            assert sent[name] == {str(value) for value in described[name].values}
    keys = {argument.key for argument in described.values()} - {None}
    assert all(getattr(model, str(key)) for key in keys)


MODEL = next(model for model in SHIPPED.models if model.kind is Kind.TEXT)


def live(**changes: Parameter) -> LiveEndpoint:
    usual = {
        name: Parameter(allowed=tuple(one.values) or None)
        for name, one in sent_arguments(MODEL).items()
    }
    return LiveEndpoint(
        status="active",
        parameters=usual | changes,
        price=UnitPrice(Decimal("0.04"), "seconds"),
    )


def test_the_worst_comes_first():
    bad = Parameter(types=frozenset({"string"}))
    finding = compare(MODEL, live(duration=bad, audio=Parameter()))
    assert finding.verdict is Verdict.WRONG
    assert [part.split()[0] for part in finding.detail.split("; ")] == [
        "`duration`",
        "fal",
        "fal's",
        "active",
        "$0.04",
        "not",
    ]
    assert finding.line().startswith("✗ pika-2.2-text — `duration` can't be 5, 10 at fal; ")


def test_one_remark_is_a_finding():
    finding = Finding.of("a", [Remark(Verdict.FINE, "active")])
    assert (finding.line(), finding.ok, finding.fix) == ("✓ a — active", True, None)
    assert Finding.of("a", [Remark(Verdict.NOTE, "b", "c")]).line() == "! a — b\n    → c"
    assert Finding.of("a", [Remark(Verdict.NOTE, "b\x1b[2J\nc")]).line() == "! a — b [2J c"


@pytest.mark.parametrize(
    ("parameter", "value", "takes"),
    [
        (Parameter(), "x", True),
        (Parameter(), 5, True),
        (Parameter(types=frozenset({"integer"})), 5, True),
        (Parameter(types=frozenset({"number"})), 5, True),
        (Parameter(types=frozenset({"integer", "null"})), "5", False),
        (Parameter(types=frozenset({"string"})), 5, False),
        (Parameter(allowed=(5, 10)), 5, True),
        (Parameter(allowed=("5", "10")), 5, False),
        (Parameter(allowed=()), "x", False),
        (Parameter(minimum=6), 5, False),
        (Parameter(maximum=4), 5, False),
        (Parameter(minimum=5, maximum=5), 5, True),
    ],
)
def test_what_a_parameter_takes(parameter: Parameter, value: str | int, *, takes: bool):
    assert parameter.takes(value) == takes


@pytest.mark.parametrize(
    ("unit", "per"),
    [
        ("seconds", ("second", Decimal("0.2"))),
        ("Second", ("second", Decimal("0.2"))),
        ("5 seconds", ("second", Decimal("0.04"))),
        (" video ", ("video", Decimal("0.2"))),
        ("compute seconds", None),
        ("0 seconds", None),
        ("1000 tokens", None),
        ("", None),
    ],
)
def test_what_a_unit_is(unit: str, per: tuple[str, Decimal] | None):
    assert UnitPrice(Decimal("0.2"), unit).per == per
    assert UnitPrice(Decimal("0.2"), unit, "EUR").per is None


def test_no_price_is_none_compared():
    finding = compare(MODEL, LiveEndpoint(status="active", parameters=live().parameters))
    assert finding.verdict is Verdict.NOTE
    assert finding.detail.startswith("fal states no price, so that none is compared; active")
