"""docs/prices.md is what `make prices` makes of the shipped files."""

from bot.domain.catalogue.models import Kind
from bot.domain.catalogue.prices import cost_of
from docs.make_prices import COMMANDS, PAGE, page, shipped


def test_the_page_is_made_of_the_shipped_files():
    assert PAGE.read_text() == page(*shipped()), "run `make prices`"


def test_every_video_has_its_line():
    catalogue, unit = shipped()
    assert set(COMMANDS) == set(Kind) == set(catalogue.kinds)
    sections = page(catalogue, unit).split("\n## ")[1:]
    assert [section.split("\n")[0] for section in sections] == [
        f"`{COMMANDS[kind]}`" for kind in catalogue.kinds
    ]
    for kind, section in zip(catalogue.kinds, sections, strict=True):
        rows = [line.strip("| ").split(" | ") for line in section.splitlines()[4:]]
        for model in catalogue.of(kind):
            own = [row for row in rows if row[0] == model.name]
            for resolution in model.resolutions or ("–",):
                for seconds in range(1, model.longest + 1) if model.longest else model.durations:
                    cost = cost_of(model.prices, resolution=resolution, seconds=seconds, unit=unit)
                    fitting = [row for row in own if row[1] == resolution and covers(row, seconds)]
                    assert [row[3:] for row in fitting] == [[str(cost.price), str(cost.units)]]
            assert all(row[2] == "–" for row in own) == (not model.durations and not model.longest)


def covers(row: list[str], seconds: int) -> bool:
    first, _, last = row[2].partition(" to ")
    return int(first) <= seconds <= int(last or first)
