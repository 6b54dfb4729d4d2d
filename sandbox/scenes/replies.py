"""Starting from what is already in the channel: mentions, replies, and the menu of a message."""

from sandbox.discord.content import MESSAGE_CONTENT
from sandbox.scenes.acting import Scene, Tour
from sandbox.scenes.pictures import photo

NEWCOMERS = ("Cleo", "Dan")
# Between two connects of one bot, see the gateway's rules.
IDENTIFY_SECONDS = 5.0


async def mention_with_pictures(tour: Tour) -> None:
    """Cleo attaches two pictures and mentions the bot"""
    for name in NEWCOMERS:
        tour.stage.discord.add_member(name)
    pictures = photo("cat.jpg", 640, 480), photo("hat.jpg", 480, 640)
    entry = await tour.mention("Cleo", "The cat tries on the hat", *pictures)
    await tour.promise(entry, 1280, 720)
    await tour.kept(tour.promises[-1])


async def vary_a_video(tour: Tour) -> None:
    """Dan replies to Cleo's video with other words"""
    video = tour.promises[-1].entry.messages[0]
    entry = await tour.mention("Dan", "The cat runs away with the hat", reply_to=video)
    await tour.promise(entry, 1280, 720)
    tour.expect(entry.messages[0] is not video, "the first video was overwritten")


async def reply_without_the_intent(tour: Tour) -> None:
    """Dan replies to Ben's picture, which Discord hides from the bot"""
    picture = await tour.post("Ben", "My harbour", photo("harbour.jpg", 960, 640))
    entry = await tour.mention("Dan", "Boats come in", reply_to=picture)
    tour.expect("Apps → Animate" in entry.text, f"the bot said {entry.text!r}")
    tour.expect(not entry.messages[0].pinged, "the answer pinged somebody")
    tour.expect(not tour.sent_to_fal("Boats come in"), "something was sent to fal")


async def choose_a_picture(tour: Tour) -> None:
    """So Dan opens the menu of a message with two pictures, and chooses the second"""
    pictures = photo("harbour.jpg", 960, 640), photo("tower.jpg", 600, 800)
    message = await tour.post("Ben", "My holidays", *pictures)
    chosen = {"prompt": "Clouds pass", "picture": "2. tower.jpg"}
    entry = await tour.menu("Dan", message, "Animate", **chosen)
    await tour.promise(entry, 720, 960, shows_photo=True)


async def reply_with_the_intent(tour: Tour) -> None:
    """The bot is killed, comes back with the intent, and Cleo replies to a picture"""
    stage = tour.stage
    await stage.bot.kill()
    await tour.until(lambda: not stage.discord.bot_online)
    stage.discord.allow_intents(MESSAGE_CONTENT)
    stage.discord.advance(IDENTIFY_SECONDS)
    stage.bot.environment["PIKA_DISCORD__MESSAGE_CONTENT"] = "true"
    await stage.bot.start()
    await stage.discord.wait_ready()
    picture = await tour.post("Ben", "My garden", photo("garden.jpg", 960, 640))
    entry = await tour.mention("Cleo", "The flowers open", reply_to=picture)
    await tour.promise(entry, 1080, 720, shows_photo=True)


async def what_was_asked_for_arrives(tour: Tour) -> None:
    """The videos for Cleo and Dan arrive, also those that the killed bot had begun"""
    for promise in tour.promises:
        if promise.entry.member.name in NEWCOMERS and len(promise.entry.messages) == 1:
            await tour.kept(promise)
    for violation in (*tour.stage.discord.violations, *tour.stage.fal.violations):
        tour.expect(None, f"violation: {violation}")


REPLIES: tuple[Scene, ...] = (
    mention_with_pictures,
    vary_a_video,
    reply_without_the_intent,
    choose_a_picture,
    reply_with_the_intent,
    what_was_asked_for_arrives,
)
