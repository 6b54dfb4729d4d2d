"""The schema of `config.toml`: frozen types, one class for each section."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.domain.calendar import UTC_NAME
from bot.domain.line.fairness import Caps, LineOrder
from bot.domain.moderation.rules import Ceilings
from bot.domain.money import micro_usd
from bot.settings.prompts import PromptSettings
from bot.settings.values import (
    Count,
    Dollars,
    FolderUrl,
    GatewayUrl,
    MediaHost,
    OptionalDollars,
    OptionalUrl,
    Port,
    Seconds,
    Section,
    ServerIds,
    TimeZone,
    Url,
    limit_of,
)

PREFIX = "PIKA_"


class QuotaSettings(Section):
    videos_per_day: Annotated[int, Field(ge=0)] = 5
    """Videos a member may make in one server on one day, where its moderators say nothing else."""
    most_videos_per_day: Annotated[int, Field(ge=0)] = 0
    """The most that a member makes a day in one server, whatever its moderators allow or reset, but
    for grants; 0: any number."""
    unit_usd: Dollars = "0.50"
    """A video counts as one more for each time that its price exceeds this; 0: always as one."""
    confirm_usd: Dollars = "0.50"
    """A video that costs more than this is only made once its member has agreed to the price."""
    returns_per_day: Annotated[int, Field(ge=0)] = 3
    """The most videos of a day that come back although they may have been billed."""
    same_request_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 60.0
    """The time in which the same request of the same member counts as one."""

    def unit_micro_usd(self) -> int:
        return micro_usd(Decimal(self.unit_usd))

    def confirm_micro_usd(self) -> int:
        return micro_usd(Decimal(self.confirm_usd))


class BudgetSettings(Section):
    """Limits of spending. Nothing or "0": no limit of that kind."""

    time_zone: TimeZone = UTC_NAME
    """The time zone in which the whole bot's days and months begin."""
    server_usd_per_day: OptionalDollars = ""
    """The most that a server's own moderators may set, by day."""
    server_usd_per_month: OptionalDollars = ""
    """The most that a server's own moderators may set, by month."""
    usd_per_day: OptionalDollars = ""
    """The most for all servers together in a day."""
    usd_per_month: OptionalDollars = "50"
    """The most for all servers together in a month. Where a bot made videos before there was this
    default and the setting is nowhere, there is no limit."""


class LineSettings(Section):
    order: LineOrder = LineOrder.TURNS
    """`turns`: members take turns; `first-come`: whoever asked first."""
    most_per_member: Annotated[int, Field(ge=0)] = 5
    """Videos that a member may have on the way at a time, in all servers; 0: any number."""
    most_per_server: Annotated[int, Field(ge=0)] = 50
    """Videos that a server may have on the way at a time; 0: any number."""

    def caps(self) -> Caps:
        return Caps(self.most_per_member, self.most_per_server)


class DatabaseSettings(Section):
    path: Path = Path("data/pika.db")
    """The SQLite file."""


class ArchiveSettings(Section):
    url: FolderUrl = "file:data/videos"
    """The place of sanitised pictures and finished videos: `file:` and a folder."""
    least_free_bytes: Annotated[int, Field(ge=0)] = 1_000_000_000
    """With less room than this on its disk, no further video is started."""
    keep_inputs_days: Annotated[int, Field(ge=0)] = 30
    """Days that members' pictures and videos are kept after their last use, for the buttons of the
    videos made from them; 0: for ever."""
    keep_videos_days: Annotated[int, Field(ge=0)] = 0
    """Days that finished videos are kept; 0: for ever."""


class ModelsSettings(Section):
    path: Path = Path("models.toml")
    """The catalogue of models and prices."""


class DiscordSettings(Section):
    servers: ServerIds = ()
    """Ids of servers that the bot works in without asking its owner, who may own others."""
    api_url: Url = "https://discord.com/api/v10"
    """Base URL of the REST API."""
    gateway_url: GatewayUrl = "wss://gateway.discord.gg/"
    """URL of the gateway, ws:// or wss://."""
    media_hosts: tuple[MediaHost, ...] = (
        "cdn.discordapp.com",
        "media.discordapp.net",
        "images-ext-1.discordapp.net",
        "images-ext-2.discordapp.net",
    )
    """Hosts to download members' pictures from; `http://host:port` allows plain http there."""
    cdn_url: Url = "https://cdn.discordapp.com"
    """The base URL of stickers."""
    media_url: Url = "https://media.discordapp.net"
    """The base URL of GIF stickers."""
    message_content: bool = False
    """True: ask for the privileged intent Message Content, so that a reply to somebody's picture
    that mentions the bot animates the picture."""
    guild_ready_seconds: Seconds = 2.0
    """The longest wait for servers to arrive after connecting."""
    line_refresh_seconds: Seconds = 20.0
    """The time between two updates of the places of waiting jobs."""
    presence_seconds: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 20.0
    """The least time between two changes of the line that stands beside the bot's name."""
    tell_owner: bool = True
    """True: the application's owner gets a direct message when only they can end fal's trouble."""
    deliver_seconds: Seconds = 86_400.0
    """The longest time of trying to post a finished video before it is only kept."""


class FalSettings(Section):
    queue_url: Url = "https://queue.fal.run"
    """Base URL of the queue."""
    rest_url: Url = "https://rest.fal.ai"
    """Base URL for tokens of the storage."""
    cdn_url: Url = "https://v3.fal.media"
    """Base URL for uploads."""
    api_url: Url = "https://api.fal.ai"
    """Base URL of the platform: listing and prices."""
    media_hosts: tuple[MediaHost, ...] = ("*.fal.media",)
    """Hosts to download finished videos from; `http://host:port` allows plain http there."""
    concurrency: Count = 2
    """Jobs at fal at once; a new account's limit."""
    timeout_seconds: Seconds = 30.0
    """The longest time for one request to fal."""
    start_timeout_seconds: Annotated[float, Field(gt=1, allow_inf_nan=False)] = 900.0
    """The longest time that a request may wait at fal before it starts."""
    run_seconds: Seconds = 1200.0
    """The longest that a video takes once started."""
    input_lifetime_seconds: Annotated[int, Field(ge=3600)] = 86_400
    """Seconds that fal keeps an uploaded picture or video."""
    video_lifetime_seconds: Annotated[int, Field(ge=3600)] = 604_800
    """Seconds that fal keeps a finished video."""
    unusable_seconds: Seconds = 21_600.0
    """The time between two tries of a file that was no usable video several times."""
    poll_first_seconds: Seconds = 2.0
    """The time until the first look at a job's status."""
    poll_longest_seconds: Seconds = 10.0
    """The longest time between two looks."""
    events: bool = True
    """True: listen to fal's status events, so that fal is asked less often."""
    events_poll_seconds: Seconds = 150.0
    """The time between two looks at a job whose events say nothing new."""
    retry_first_seconds: Seconds = 2.0
    """The time until the first retry after trouble."""
    retry_longest_seconds: Seconds = 120.0
    """The longest time between two tries."""
    most_unclear_answers: Count = 3
    """Submits in a row to one model that may leave their outcome open before it is paused."""
    refused_alone_seconds: Seconds = 10_800.0
    """The longest time of trying a video that fal refuses alone, or whose upload always fails."""
    reconcile_first_seconds: Seconds = 10.0
    """The time until the first look for a request whose answer was lost."""
    reconcile_longest_seconds: Seconds = 60.0
    """The longest time between two such looks."""
    adopt_seconds: Seconds = 86_400.0
    """The longest time of looking for a video whose outcome stayed unknown."""
    adopt_every_seconds: Seconds = 600.0
    """The time between two such looks."""

    def poll_beside_events(self) -> float | None:
        """Return the time between two looks at a job with events; None if there are none."""
        return self.events_poll_seconds if self.events else None


class WebhookSettings(Section):
    public_url: OptionalUrl = ""
    """The receiver's URL for fal, such as https://pika.example.org; empty: no receiver."""
    host: str = "127.0.0.1"
    """The address that the receiver listens on."""
    port: Port = 8080
    """The port that the receiver listens on."""


class PicturesSettings(Section):
    largest_bytes: Count = 20_000_000
    """The largest picture that is accepted."""
    shortest_side: Count = 128
    """The fewest pixels that a side may have."""
    timeout_seconds: Seconds = 15.0
    """The longest time for decoding one picture, in a process of its own."""


class MembersVideosSettings(Section):
    largest_bytes: Count = 50_000_000
    """The largest video of a member's that is accepted."""
    longest_seconds: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 30.0
    """The longest video of a member's that is accepted."""


class VideosSettings(Section):
    largest_bytes: Count = 500_000_000
    """The largest video that is downloaded."""
    timeout_seconds: Seconds = 300.0
    """The longest time for downloading one video."""


class ProcessSettings(Section):
    stop_seconds: Seconds = 8.0
    """The longest time for a step under way at SIGTERM; Docker kills after 10."""
    steps_at_once: Count = 8
    """Jobs that are worked on at a time, so that many at the start overload nothing."""
    most_errors: Count = 8
    """The unexpected errors that end a job."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least severe messages that are logged."""


class Settings(BaseSettings):
    """All settings, but for the secrets."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
    )

    quota: QuotaSettings = QuotaSettings()
    budget: BudgetSettings = BudgetSettings()
    line: LineSettings = LineSettings()
    database: DatabaseSettings = DatabaseSettings()
    archive: ArchiveSettings = ArchiveSettings()
    models: ModelsSettings = ModelsSettings()
    discord: DiscordSettings = DiscordSettings()
    fal: FalSettings = FalSettings()
    webhook: WebhookSettings = WebhookSettings()
    pictures: PicturesSettings = PicturesSettings()
    members_videos: MembersVideosSettings = MembersVideosSettings()
    videos: VideosSettings = VideosSettings()
    process: ProcessSettings = ProcessSettings()
    prompt: PromptSettings = PromptSettings()

    def has_cap_as_shipped(self) -> bool:
        """Return whether the owner has set no monthly cap, "" included."""
        return "usd_per_month" not in self.budget.model_fields_set

    def without_cap(self) -> "Settings":
        """Return the settings without a monthly cap."""
        budget = self.budget.model_copy(update={"usd_per_month": ""})
        return self.model_copy(update={"budget": budget})

    def ceilings(self) -> Ceilings:
        return Ceilings(
            videos_per_day=self.quota.videos_per_day,
            most_videos_per_day=self.quota.most_videos_per_day or None,
            server_usd_per_day=limit_of(self.budget.server_usd_per_day),
            server_usd_per_month=limit_of(self.budget.server_usd_per_month),
            usd_per_day=limit_of(self.budget.usd_per_day),
            usd_per_month=limit_of(self.budget.usd_per_month),
            zone=self.budget.time_zone,
        )
