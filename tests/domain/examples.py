"""Values that tests begin with."""

import hashlib
from dataclasses import replace

from bot.domain.catalogue.models import Catalogue, Kind, Model
from bot.domain.catalogue.prices import PriceRule
from bot.domain.jobs.job import Failure, Handle, Job, NewJob, Place, Status
from bot.domain.jobs.tags import TAG_BYTES, tag_of
from bot.domain.requests.prompt import Blocks, Template
from bot.domain.requests.request import Offer

GUILD, MEMBER = 10, 30
PRICE = 200_000


def handle(number: int = 1) -> Handle:
    base = f"http://127.0.0.1:1/requests/request-{number}"
    return Handle(
        request_id=f"request-{number}",
        status_url=f"{base}/status",
        response_url=base,
        cancel_url=f"{base}/cancel",
    )


def new_job(
    source: str = "interaction:1", *, guild: int = GUILD, member: int = MEMBER, price: int = PRICE
) -> NewJob:
    return NewJob(
        source=source,
        place=Place(guild_id=guild, channel_id=20, member_id=member),
        model="pika-2.2-text",
        kind=Kind.TEXT,
        endpoint="fal-ai/pika/v2.2/text-to-video",
        prompt="a fox",
        arguments={"prompt": "a fox", "resolution": "720p", "duration": 5, "seed": 7},
        price=price,
        price_assumed=False,
        resolution="720p",
        seconds=5,
        tag=tag_of(hashlib.sha256(source.encode()).digest()[:TAG_BYTES]),
    )


def job(status: Status = Status.CREATED, failure: Failure | None = None) -> Job:
    """Return a job whose row says `status`, with what that status needs."""
    new = new_job()
    return Job(
        source=new.source,
        place=new.place,
        model=new.model,
        kind=new.kind,
        endpoint=new.endpoint,
        prompt=new.prompt,
        arguments=new.arguments,
        price=new.price,
        price_assumed=new.price_assumed,
        resolution=new.resolution,
        seconds=new.seconds,
        tag=new.tag,
        id=1,
        status=status,
        quota_day=0,
        created_at=0,
        status_at=0,
        submitting_at=1_000_000,
        handle=handle(),
        failure=failure,
    )


MODEL = Model(
    key="small",
    name="Small One",
    kind=Kind.TEXT,
    endpoint="fal-ai/small",
    aspect_ratios=("16:9", "1:1"),
    resolutions=("720p", "1080p"),
    durations=(5, 10),
    negative_prompt="ugly, blurry",
    prices=(
        PriceRule(resolution="720p", duration=5, micro_usd=200_000),
        PriceRule(resolution="1080p", duration=5, micro_usd=450_000),
        PriceRule(resolution="720p", duration=10, micro_usd=400_000, assumed=True),
        PriceRule(resolution="1080p", duration=10, micro_usd=900_000, assumed=True),
    ),
)
OF_PICTURES = replace(MODEL, key="moving", name="Moving", kind=Kind.IMAGE, aspect_ratios=())
CATALOGUE = Catalogue([MODEL, OF_PICTURES])

TEMPLATE = Template(
    blocks={
        **{kind: Blocks(quality="Well.", safety=f"{kind}.", negative="gore") for kind in Kind},
        Kind.TEXT: Blocks(quality="Sharp.", safety="Kind.", negative="blurry, gore"),
        Kind.IMAGE: Blocks(keep="As it is.", quality="Steady.", safety="Kind.", negative=""),
    },
    styles={"Noir": "Black and white.", "Clay": "Claymation."},
    cameras={"Still": "Locked off."},
    motions={"Subtle": "Barely moving."},
    longest_prompt=100,
)
OFFER = Offer(catalogue=CATALOGUE, template=TEMPLATE)
