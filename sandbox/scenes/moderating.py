"""A moderator sets up the server, and members meet its rules."""

import re
from decimal import ROUND_DOWN, Decimal

from sandbox.discord.permissions import Permission
from sandbox.scenes.acting import Scene, Tour
from sandbox.scenes.books import balanced
from sandbox.scenes.transcript import Entry

FEWER_THAN = 10
SPENT = re.compile(r"today \$([0-9.]+)")
TIGHT = Decimal("0.8")


async def set_up_the_server(tour: Tour) -> None:
    """Mo sets up the server: free videos are drafts at 720p, supporters get 1080p"""
    discord = tour.stage.discord
    supporter = discord.add_role("Supporter", Permission.NONE)
    discord.add_member("Cleo", roles=[supporter])
    discord.add_member("Dan")
    before = len(tour.transcript.entries)
    everyone = discord.roles["@everyone"]
    for command, options, words in (
        ("quota", {"videos": 3}, "2 → 3 videos a day"),
        ("quota", {"role": supporter, "videos": 10}, "10 videos a day"),
        ("roles", {"role": everyone, "resolution": "720p"}, "up to 720p"),
        ("roles", {"role": supporter, "resolution": "1080p", "priority": True}, "up to 1080p"),
        ("channels", {"add": tour.channel}, "everywhere →"),
        ("settings", {"time_zone": "Europe/Berlin", "member_days": 0}, "`Europe/Berlin`"),
    ):
        answer = await tour.command("Mo", f"pika-mod {command}", **options)
        tour.expect(words in answer.text, f"/pika-mod {command} said {answer.text!r}")
        tour.expect(answer.messages[0].ephemeral, f"everybody sees /pika-mod {command}")
    panel = await tour.command("Mo", "pika-mod settings")
    for words in ("3 videos a day", f"<@&{supporter.id}>", f"<#{tour.channel.id}>", "720p"):
        tour.expect(words in panel.text, f"{words} isn't in the panel")
    used = len(tour.transcript.entries) - before
    tour.expect(used < FEWER_THAN, f"it took {used} commands")


async def supporters_get_more(tour: Tour) -> None:
    """Dan asks for 1080p and can't have it; Cleo, a supporter, can"""
    refused = await tour.command(
        "Dan", "pika text", prompt="A glass whale swims past a skyline", resolution="1080p"
    )
    tour.expect("up to `720p`" in refused.text, f"Dan read {refused.text!r}")
    for prompt in ("A tin robot waters its garden", "It falls asleep among the tulips"):
        entry = await tour.command("Cleo", "pika text", prompt=prompt, resolution="1080p")
        await _arrives(tour, entry, 1920, 1080)


async def land_softly(tour: Tour) -> None:
    """The day's budget is nearly used up, so Dan's video becomes a draft by itself"""
    shown = await tour.command("Mo", "pika-mod budget")
    spent = SPENT.search(shown.text)
    tour.expect(spent, f"the budget is {shown.text!r}")
    limit = Decimal(spent[1] if spent else 1) / TIGHT
    limit = limit.quantize(Decimal("0.01"), rounding=ROUND_DOWN)
    changed = await tour.command("Mo", "pika-mod budget", day=float(limit))
    tour.expect(f"${limit} a day" in changed.text, f"setting the budget said {changed.text!r}")
    quota = await tour.command("Dan", "pika quota")
    tour.expect("draft" in quota.text, f"Dan's quota doesn't tell: {quota.text!r}")
    entry = await tour.command("Dan", "pika text", prompt="A snail crosses a neon street")
    await _arrives(tour, entry, 1280, 720)
    sent = await tour.until(lambda: tour.sent_to_fal("neon street"))
    tour.expect("turbo" in sent.endpoint, f"the draft was made with {sent.endpoint}")
    await tour.command("Mo", "pika-mod budget", remove="day")


async def grant_a_bonus(tour: Tour) -> None:
    """Dan has used up his day, and Mo grants him another video"""
    dan = tour.member("Dan")
    await tour.command("Mo", "pika-mod quota", member=dan, videos=1)
    refused = await tour.command("Dan", "pika text", prompt="A kite over the dunes")
    tour.expect("quota" in refused.text, f"Dan read {refused.text!r}")
    granted = await tour.command(
        "Mo", "pika-mod quota", member=dan, grant=1, reason="won the contest", days=7
    )
    tour.expect("0 videos → 1 video" in granted.text, f"the grant said {granted.text!r}")
    entry = await tour.command("Dan", "pika text", prompt="A kite over the dunes")
    await _arrives(tour, entry, 1280, 720)


async def block_a_member(tour: Tour) -> None:
    """Mo blocks Dan, whose finished video stays, and looks at who changed what"""
    dan = tour.member("Dan")
    blocked = await tour.command("Mo", "pika-mod block", member=dan, reason="too many snails")
    tour.expect("may make videos → blocked" in blocked.text, f"blocking said {blocked.text!r}")
    refused = await tour.command("Dan", "pika text", prompt="Another snail")
    tour.expect("don't let you" in refused.text, f"Dan read {refused.text!r}")
    audit = await tour.command("Mo", "pika-mod audit")
    for words in ("blocked: `too many snails`", "won the contest", "budget"):
        tour.expect(words in audit.text, f"{words!r} isn't in the audit: {audit.text!r}")


async def books_balance(tour: Tour) -> None:
    """The bot's books agree, also about what a grant paid for"""
    await balanced(tour, canceled=0)


async def _arrives(tour: Tour, entry: Entry, width: int, height: int) -> None:
    await tour.promise(entry, width, height)
    await tour.kept(tour.promises[-1])


MODERATING: tuple[Scene, ...] = (
    set_up_the_server,
    supporters_get_more,
    land_softly,
    grant_a_bonus,
    block_a_member,
    books_balance,
)
