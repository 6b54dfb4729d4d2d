"""Every model once, the members' own defaults, dear videos, and requests that don't fit."""

import asyncio

from sandbox.fal.endpoints import Endpoint
from sandbox.fal.errors import JsonObject
from sandbox.fal.schemas import ENDPOINTS
from sandbox.scenes.acting import Scene, Tour
from sandbox.scenes.books import balanced
from sandbox.scenes.drawing import BLUE, GREEN, RED, card, clip, moving_card

VIDEOS_PER_DAY = 40
SAFETY = "Suitable for all ages"
"""The beginning of the shipped safety blocks."""
FRAMES = "fal-ai/pika/v2.2/pikaframes"


async def list_the_models(tour: Tour) -> None:
    """Mo asks what there is and what it costs"""
    answer = await tour.command("Mo", "pika models")
    for name in ("text", "image", "scenes", "frames", "effect", "swap", "add"):
        tour.expect(f"/pika {name}" in answer.text, f"the models don't name /pika {name}")
    for words in ("$0.465", "about $0.90", "Draft", f"0 of {VIDEOS_PER_DAY}"):
        tour.expect(words in answer.text, f"the models don't say {words}: {answer.text!r}")


async def scenes(tour: Tour) -> None:
    """Ada puts three pictures into a scene, once precisely and once creatively"""
    red, green, blue = card("poppy.jpg", RED), card("meadow.png", GREEN), card("lake.webp", BLUE)
    entry = await tour.command(
        "Ada",
        "pika scenes",
        image1=red,
        prompt="They meet on a roundabout",
        image2=green,
        image3=blue,
        camera="Orbit",
    )
    thirds = {0.8: RED, 2.5: GREEN, 4.2: BLUE}
    await tour.promise(entry, 1280, 720, shows=thirds)
    entry = await tour.command(
        "Ada",
        "pika scenes",
        image1=blue,
        prompt="They dance at a ball",
        image2=red,
        image3=green,
        ingredients_mode="creative",
        aspect_ratio="2:3",
    )
    await tour.promise(entry, 720, 1080, shows={0.8: BLUE, 2.5: RED, 4.2: GREEN})


async def frames(tour: Tour) -> None:
    """Ben lets a video pass through three keyframes, at his own pace"""
    entry = await tour.command(
        "Ben",
        "pika frames",
        image1=card("morning.jpg", BLUE),
        image2=card("noon.jpg", GREEN),
        image3=card("evening.jpg", RED),
        transitions="5 | the mist lifts; 3 | the sun goes down",
    )
    await tour.promise(entry, 960, 720, seconds=8, shows={0.0: BLUE, 5.0: GREEN, 7.9: RED})


async def effect(tour: Tour) -> None:
    """Mo melts a portrait"""
    offered = await tour.stage.discord.autocomplete(
        tour.member("Mo"), tour.channel, "pika effect", {"effect": "mel"}, focused="effect"
    )
    tour.expect([one.get("value") for one in offered] == ["Melt"], f"'mel' offers {offered}")
    image = card("snowman.jpg", BLUE, 480, 640)
    entry = await tour.command("Mo", "pika effect", image=image, effect="Melt")
    await tour.promise(entry, 720, 960, shows={0.0: BLUE})


async def changed_videos(tour: Tour) -> None:
    """Ben swaps something in a video, with words and with a picture; Mo adds a guest to it"""
    video = await asyncio.to_thread(clip, "walk.mp4", "a walk with the dog")
    words = {"prompt": "a small red dragon", "modify_region": "the dog"}
    entry = await tour.command("Ben", "pika swap", video=video, **words)
    await tour.promise(entry, 720, 900)
    picture = card("robot.png", GREEN)
    entry = await tour.command("Ben", "pika swap", video=video, image=picture)
    await tour.promise(entry, 720, 900)
    picture = card("penguin.png", RED)
    entry = await tour.command(
        "Mo", "pika add", video=video, image=picture, prompt="it waves from behind the tree"
    )
    await tour.promise(entry, 720, 900)


async def other_models(tour: Tour) -> None:
    """Ada tries Draft, Turbo and Pika 2.1, from words and from a picture"""
    for model, seed in (("Draft", 1), ("Pika 2 Turbo", 2), ("Pika 2.1", 3)):
        prompt = f"A kite over the dunes, by {model}"
        entry = await tour.command("Ada", "pika text", prompt=prompt, model=model, seed=seed)
        await tour.promise(entry, 1280, 720)
    for model in ("Pika 2 Turbo", "Pika 2.1"):
        image = card("kite.png", GREEN)
        entry = await tour.command("Ada", "pika image", image=image, prompt="it soars", model=model)
        await tour.promise(entry, 960, 720, shows={0.0: GREEN})


async def animated_picture(tour: Tour) -> None:
    """Mo sends an animation, of which the first frame is taken"""
    image = moving_card("blinking.gif", RED, BLUE)
    entry = await tour.command("Mo", "pika image", image=image, prompt="it glows")
    await tour.promise(entry, 960, 720, shows={0.0: RED})
    await tour.followed(entry)
    tour.expect("first frame" in entry.text, f"of the animation was said {entry.text!r}")


async def dear_video(tour: Tour) -> None:
    """Ada is asked before a dear video is made, agrees, and declines another"""
    dear = {"resolution": "1080p", "duration": 10}
    offer = await tour.command("Ada", "pika text", prompt="A train through the Alps", **dear)
    asked = offer.messages[-1]
    for words in ("about $0.90", "counts as 2", "Nothing is charged until you agree"):
        tour.expect(words in asked.content, f"the offer doesn't say {words}: {asked.content!r}")
    tour.expect(asked.ephemeral, "everybody sees Ada's offer")
    agreed = await tour.click("Ada", asked, "Make it for about $0.90")
    await tour.followed(agreed)
    tour.expect(asked.content == "✅ Agreed.", f"the offer then says {asked.content!r}")
    await tour.promise(agreed, 1920, 1080, seconds=10)
    offer = await tour.command("Ada", "pika text", prompt="A submarine in a teacup", **dear)
    declined = await tour.click("Ada", offer.messages[-1], "Don't")
    tour.expect("Nothing was charged" in declined.text, f"declining said {declined.text!r}")
    tour.expect(not declined.messages[-1].components, "the offer keeps its buttons")


async def own_defaults(tour: Tour) -> None:
    """Ben keeps defaults of his own, uses them, and forgets them"""
    kept = await tour.command("Ben", "pika settings", style="Clay", aspect_ratio="9:16")
    tour.expect("Clay" in kept.text and "9:16" in kept.text, f"settings said {kept.text!r}")
    entry = await tour.command("Ben", "pika text", prompt="A snail with a backpack")
    await tour.promise(entry, 720, 1280)
    reset = await tour.command("Ben", "pika settings", reset=True)
    tour.expect("no defaults" in reset.text, f"resetting said {reset.text!r}")


async def refusals(tour: Tour) -> None:
    """Mo asks for what doesn't fit, and reads what to change"""
    red, blue = card("a.png", RED), card("b.png", BLUE)
    video = await asyncio.to_thread(clip, "short.mp4", "a swap")
    for transitions, words in (
        ("5 | she turns; 3 | she smiles", "write 1 line into `transitions`"),
        ("30 | she turns", "between 1 and 25 seconds"),
        ("soon | she turns", "begin each line of `transitions` with whole seconds"),
    ):
        pictures = {"image1": red, "image2": blue, "transitions": transitions}
        await tour.refused(words, "Mo", "pika frames", **pictures)
    for words, command, options in (
        ("pick `effect`", "pika effect", {"image": red, "effect": "Sing"}),
        ("what to put there", "pika swap", {"video": video}),
        ("`video` is a picture", "pika swap", {"video": blue, "prompt": "a cat"}),
        ("`duration` with Pika 2.1", "pika text", {"model": "Pika 2.1", "duration": 10}),
        ("pick `model`", "pika text", {"model": "Pika 9"}),
    ):
        given = options | ({"prompt": "a fox"} if command == "pika text" else {})
        await tour.refused(words, "Mo", command, **given)


async def all_arrive(tour: Tour) -> None:
    """Every model's video arrives, each as promised"""
    for promise in tour.promises:
        await tour.kept(promise)
    sent = tour.stage.fal.posts
    tour.expect(len(sent) == len(tour.promises), f"{len(sent)} requests reached fal")
    for endpoint in ENDPOINTS.keys() - {post.endpoint for post in sent}:
        tour.expect(None, f"{endpoint} wasn't played")
    for post in sent:
        for wrong in _unsafe(ENDPOINTS[post.endpoint], post.arguments):
            tour.expect(None, f"{post.endpoint} got {wrong}")
    [ben] = [post for post in sent if "backpack" in str(post.arguments.get("prompt"))]
    tour.expect("Claymation" in str(ben.arguments.get("prompt")), "Ben's style wasn't used")
    modes = [str(post.arguments.get("ingredients_mode")) for post in sent]
    tour.expect({"precise", "creative"} <= set(modes), f"the ingredients modes are {modes}")
    by_words = [post for post in sent if post.arguments.get("modify_region")]
    tour.expect(len(by_words) == 1, "no swap says what it changes")
    [keyframes] = [post for post in sent if post.endpoint == FRAMES]
    spans = ENDPOINTS[FRAMES].spans(keyframes.arguments)
    tour.expect(spans == (5, 3), f"the transitions take {spans} seconds")


def _unsafe(endpoint: Endpoint, arguments: JsonObject) -> list[str]:
    """Return the missing inputs that decide the price, and prompts without the safety block."""
    wrong = [
        f"no {name}"
        for name in ("resolution", "duration")
        if name in endpoint.properties and name not in arguments
    ]
    transitions = arguments.get("transitions")
    prompts = [
        arguments.get("prompt"),
        *(
            one.get("prompt")
            for one in (transitions if isinstance(transitions, list) else [])
            if isinstance(one, dict)
        ),
    ]
    wrong += [f"the prompt {prompt!r}" for prompt in prompts if SAFETY not in str(prompt)]
    return wrong


async def books_balance(tour: Tour) -> None:
    """The bot's books agree, and every message was seen by its member"""
    await balanced(tour, canceled=0)
    known = {message.id for entry in tour.transcript.entries for message in entry.messages}
    for message in tour.bot_messages():
        tour.expect(message.id in known, f"the bot also wrote {message.content!r}")


MODELS: tuple[Scene, ...] = (
    list_the_models,
    scenes,
    frames,
    effect,
    changed_videos,
    other_models,
    animated_picture,
    dear_video,
    own_defaults,
    refusals,
    all_arrive,
    books_balance,
)
