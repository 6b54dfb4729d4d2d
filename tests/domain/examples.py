"""Values that tests begin with."""

from dataclasses import replace

from bot.domain.job import Failure, Handle, Job, NewJob, Place, Status
from bot.domain.models import Catalogue, Kind, Model, Price
from bot.domain.prompt import Blocks, Template

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
        picture=None,
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
        picture=new.picture,
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
    prices={
        ("720p", 5): Price(200_000),
        ("1080p", 5): Price(450_000),
        ("720p", 10): Price(400_000, assumed=True),
        ("1080p", 10): Price(900_000, assumed=True),
    },
)
OF_PICTURES = replace(MODEL, key="moving", name="Moving", kind=Kind.IMAGE, aspect_ratios=())
CATALOGUE = Catalogue([MODEL, OF_PICTURES])

TEMPLATE = Template(
    blocks={
        Kind.TEXT: Blocks(quality="Sharp.", safety="Kind.", negative="blurry, gore"),
        Kind.IMAGE: Blocks(quality="Keep it.", safety="Kind.", negative=""),
    },
    styles={"Noir": "Black and white.", "Clay": "Claymation."},
    cameras={"Still": "Locked off."},
    motions={"Subtle": "Barely moving."},
    longest_prompt=100,
)
