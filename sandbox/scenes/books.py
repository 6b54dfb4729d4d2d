"""That the bot's books agree with what was seen."""

from sandbox.discord.wire import as_integer, as_objects, decode
from sandbox.scenes.acting import Tour


async def balanced(tour: Tour, *, canceled: int) -> None:
    """Compare jobs and ledger with what was promised, and ask both stand-ins for complaints."""
    bot = tour.stage.bot
    listed = as_objects(decode(await bot.command("jobs", "--json", "--most", "100")))
    states = [job.get("status") for job in listed]
    ended = states.count("delivered"), states.count("canceled")
    tour.expect(ended == (len(tour.promises), canceled), f"the jobs are {states}")
    ledger = as_objects(decode(await bot.command("ledger", "--json")))
    held = sum(as_integer(row.get("held")) for row in ledger)
    spent = sum(as_integer(row.get("spent")) for row in ledger)
    tour.expect(held == 0, f"{held} micro-dollars are still held")
    charged = tour.stage.fal.charged
    tour.expect(spent == charged, f"{spent} micro-dollars are booked, fal charged {charged}")
    for violation in (*tour.stage.discord.violations, *tour.stage.fal.violations):
        tour.expect(None, f"violation: {violation}")
