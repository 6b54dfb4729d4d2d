"""The way of one video, from asking for help to the books."""

import re

from sandbox.discord.wire import as_integer, as_objects, decode
from sandbox.scenes.acting import Scene, Tour
from sandbox.scenes.pictures import has_metadata, has_place, photo

VIDEOS_PER_DAY = 2
CODE_SPAN = re.compile("`[^`]*`")


async def ask_for_help(tour: Tour) -> None:
    """Ada asks for help and for her quota"""
    answer = await tour.command("Ada", "pika help")
    tour.expect("/pika text" in answer.text, "the help doesn't name /pika text")
    tour.expect(answer.messages[0].ephemeral, "everybody sees Ada's help")
    answer = await tour.command("Ada", "pika quota")
    tour.expect(f"0 of {VIDEOS_PER_DAY}" in answer.text, f"the quota is {answer.text!r}")


async def text_with_style(tour: Tour) -> None:
    """Ada describes a video, with a style and a camera"""
    offered = await tour.stage.discord.autocomplete(
        tour.member("Ada"), tour.channel, "pika text", {"style": "wat"}, focused="style"
    )
    style = next((str(choice["value"]) for choice in offered), "")
    tour.expect(style, "no style is offered for 'wat'")
    entry = await tour.command(
        "Ada",
        "pika text",
        prompt="A red fox crosses a snowy bridge at dawn",
        style=style,
        camera="Slow zoom in",
    )
    await tour.promise(entry, 1280, 720)


async def square_text(tour: Tour) -> None:
    """Ben wants a square one"""
    prompt = "A paper boat sails through a puddle of city lights"
    entry = await tour.command("Ben", "pika text", prompt=prompt, aspect_ratio="1:1", seed=7)
    await tour.promise(entry, 720, 720)


async def wait_and_cancel(tour: Tour) -> None:
    """Ben asks for another, looks where it stands, and cancels it while it waits"""
    entry = await tour.command("Ben", "pika text", prompt="A lighthouse in a storm")
    await tour.accepted(entry)
    jobs = await tour.command("Ben", "pika jobs")
    tour.expect("paper boat" in jobs.text, f"Ben's jobs are {jobs.text!r}")
    tour.expect("red fox" not in jobs.text, "Ben's jobs list Ada's")
    offered = await tour.stage.discord.autocomplete(
        tour.member("Ben"), tour.channel, "pika cancel", {"job": "lighth"}, focused="job"
    )
    tour.expect(len(offered) == 1, f"{len(offered)} jobs are offered for canceling")
    job = as_integer(offered[0].get("value"))
    canceled = await tour.command("Ben", "pika cancel", job=job)
    tour.expect("is canceled" in canceled.text, f"canceling said {canceled.text!r}")
    status = entry.messages[0]
    await tour.until(lambda: "Canceled" in status.content)
    tour.expect(not tour.sent_to_fal("lighthouse"), "the canceled video was sent to fal")


async def animate_a_photo(tour: Tour) -> None:
    """Ada uploads a photo that tells where it was taken"""
    image = photo("garden.jpg", 960, 640)
    tour.expect(has_place(image.data), "the photo has no GPS position to begin with")
    entry = await tour.command("Ada", "pika image", image=image, prompt="The camera glides closer")
    await tour.promise(entry, 1080, 720, shows_photo=True)


async def animate_a_message(tour: Tour) -> None:
    """Ben posts a picture, and Mo animates it from the message's menu"""
    message = await tour.post("Ben", "Look at this!", photo("portrait.jpg", 600, 800))
    entry = await tour.menu("Mo", message, "Animate", prompt="The colours breathe slowly")
    await tour.promise(entry, 720, 960, shows_photo=True)


async def hostile_prompt(tour: Tour) -> None:
    """Mo's prompt is full of mentions, markdown and invisible characters"""
    ben, role = tour.member("Ben"), tour.stage.discord.roles["Member"]
    prompt = (
        f"@everyone @here {ben.mention} <@&{role.id}> **carnival** ||night|| `code` "
        "# [free](https://example.com) <t:0:R> \u202eesrever\u202c zero\u200bwidth <b>bold</b>"
    )
    entry = await tour.command("Mo", "pika text", prompt=prompt)
    await tour.promise(entry, 1280, 720)


async def over_quota(tour: Tour) -> None:
    """Ada asks for one more than she may"""
    refused = await tour.command("Ada", "pika text", prompt="One more, please")
    tour.expect(all(one.ephemeral for one in refused.messages), "everybody sees the refusal")
    tour.expect("quota" in refused.text, f"the refusal says {refused.text!r}")
    tour.expect(not tour.sent_to_fal("One more"), "the refused video was sent to fal")


async def all_arrive(tour: Tour) -> None:
    """The videos arrive, each as promised"""
    for promise in tour.promises:
        await tour.kept(promise)
    sent, promised = len(tour.stage.fal.posts), len(tour.promises)
    tour.expect(sent == promised, f"{sent} requests reached fal for {promised} videos")


async def look_at_details(tour: Tour) -> None:
    """Ben looks at the details of Ada's video"""
    video = tour.promises[0].entry.messages[0]
    details = await tour.click("Ben", video, "Details")
    tour.expect(all(one.ephemeral for one in details.messages), "everybody sees the details")
    tour.expect("snowy bridge" in details.text, f"the details are {details.text!r}")


async def nothing_leaked(tour: Tour) -> None:
    """Nobody else was pinged, nothing was formatted, no photo told where it was taken"""
    known = {message.id for entry in tour.transcript.entries for message in entry.messages}
    for message in tour.bot_messages():
        tour.expect(message.id in known, f"the bot also wrote {message.content!r}")
    for entry in tour.transcript.entries:
        pinged = {who for message in entry.messages for who in message.pinged}
        tour.expect(pinged <= {entry.member.id}, f"{entry.command} pinged {pinged}")
        tour.expect(not any(m.mentions_everyone for m in entry.messages), "everyone was pinged")
        # What stands in code spans is shown as it is.
        formatted = CODE_SPAN.sub("", entry.text)
        for word in ("carnival", "@everyone", "<t:0:R>", "https://"):
            tour.expect(word not in formatted, f"{entry.command} shows {word} outside of code")
    post = tour.sent_to_fal("carnival")
    prompt = str(post.arguments.get("prompt")) if post else ""
    tour.expect("esrever zerowidth" in prompt, f"fal got the prompt {prompt!r}")
    uploads = tour.stage.fal.uploads.values()
    tour.expect(len(uploads) == 2, f"{len(uploads)} pictures reached fal")
    for upload in uploads:
        tour.expect(not has_metadata(upload.data), "metadata of a photo reached fal")


async def books_balance(tour: Tour) -> None:
    """The bot's books agree, and neither stand-in has anything to complain of"""
    bot = tour.stage.bot
    states = [job.get("status") for job in as_objects(decode(await bot.command("jobs", "--json")))]
    delivered, canceled = states.count("delivered"), states.count("canceled")
    tour.expect(delivered == len(tour.promises), f"the jobs are {states}")
    tour.expect(canceled == 1, f"{canceled} jobs are canceled")
    ledger = as_objects(decode(await bot.command("ledger", "--json")))
    held = sum(as_integer(row.get("held")) for row in ledger)
    videos = sum(as_integer(row.get("videos")) + as_integer(row.get("bonus")) for row in ledger)
    tour.expect(held == 0, f"{held} micro-dollars are still held")
    tour.expect(videos == len(tour.promises), f"{videos} videos are counted")
    for violation in (*tour.stage.discord.violations, *tour.stage.fal.violations):
        tour.expect(None, f"violation: {violation}")


MAIN_JOB: tuple[Scene, ...] = (
    ask_for_help,
    text_with_style,
    square_text,
    wait_and_cancel,
    animate_a_photo,
    animate_a_message,
    hostile_prompt,
    over_quota,
    all_arrive,
    look_at_details,
)
AT_THE_END: tuple[Scene, ...] = (nothing_leaked, books_balance)
"""What holds whatever was played."""
