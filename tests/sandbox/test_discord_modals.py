"""The loopback Discord's limits of modals."""

import pytest

from sandbox.discord.forms import Resolver
from sandbox.discord.modal_forms import modal_components
from sandbox.discord.wire import Json, as_object
from tests.sandbox.discord_bodies import Case, button, row, select
from tests.sandbox.discord_caller import calling


def label(component: Json, **changes: object) -> Json:
    return {"type": 18, "label": "x", "component": component, **changes}


def text_input(number: int = 0, **changes: object) -> Json:
    return {"type": 4, "style": 1, "custom_id": f"t{number}", **changes}


def modal(*components: Json, **changes: object) -> Json:
    return {"title": "x", "custom_id": "m", "components": list(components), **changes}


INPUT = "data.components.0.component"
MODALS: dict[str, Case] = {
    "five fields": (
        modal(
            label(text_input(1, min_length=1, max_length=4000, placeholder="x" * 100)),
            label(select(25), description="x" * 100),
            label({"type": 19, "custom_id": "f", "min_values": 0, "max_values": 10}),
            {"type": 10, "content": "x"},
            row(text_input(2, label="old")),
        ),
        "",
    ),
    "six fields": (
        modal(*(label(text_input(n)) for n in range(6))),
        "data.components: BASE_TYPE_BAD_LENGTH",
    ),
    "no field": (modal(), "data.components: BASE_TYPE_BAD_LENGTH"),
    "title 45": (modal(label(text_input()), title="x" * 45), ""),
    "title 46": (modal(label(text_input()), title="x" * 46), "data.title: BASE_TYPE_BAD_LENGTH"),
    "custom id 101": (
        modal(label(text_input()), custom_id="x" * 101),
        "data.custom_id: BASE_TYPE_BAD_LENGTH",
    ),
    "no title": (modal(label(text_input()), title=""), "data.title: BASE_TYPE_BAD_LENGTH"),
    "no label": (
        modal(label(text_input(), label="")),
        "data.components.0.label: BASE_TYPE_BAD_LENGTH",
    ),
    "an older label of 46": (
        modal(row(text_input(label="x" * 46))),
        "data.components.0.components.0.label: BASE_TYPE_BAD_LENGTH",
    ),
    "no older label": (
        modal(row(text_input())),
        "data.components.0.components.0.label: BASE_TYPE_BAD_LENGTH",
    ),
    "an older placeholder of 101": (
        modal(row(text_input(label="x", placeholder="x" * 101))),
        "data.components.0.components.0.placeholder: BASE_TYPE_MAX_LENGTH",
    ),
    "two inputs in a row": (
        modal(row(text_input(1, label="x"), text_input(2, label="x"))),
        "data.components.0.components: BASE_TYPE_BAD_LENGTH",
    ),
    "a select in a row": (
        modal(row(select())),
        "data.components.0.components.0.type: BASE_TYPE_CHOICES",
    ),
    "label 46": (
        modal(label(text_input(), label="x" * 46)),
        "data.components.0.label: BASE_TYPE_BAD_LENGTH",
    ),
    "description 101": (
        modal(label(text_input(), description="x" * 101)),
        "data.components.0.description: BASE_TYPE_MAX_LENGTH",
    ),
    "placeholder 101": (
        modal(label(text_input(placeholder="x" * 101))),
        f"{INPUT}.placeholder: BASE_TYPE_MAX_LENGTH",
    ),
    "min_length 4001": (
        modal(label(text_input(min_length=4001))),
        f"{INPUT}.min_length: BASE_TYPE_BAD_VALUE",
    ),
    "max_length 0": (
        modal(label(text_input(max_length=0))),
        f"{INPUT}.max_length: BASE_TYPE_BAD_VALUE",
    ),
    "max_length 4001": (
        modal(label(text_input(max_length=4001))),
        f"{INPUT}.max_length: BASE_TYPE_BAD_VALUE",
    ),
    "max under min": (
        modal(label(text_input(min_length=5, max_length=4))),
        f"{INPUT}.max_length: BASE_TYPE_BAD_VALUE",
    ),
    "value 4001": (
        modal(label(text_input(value="x" * 4001))),
        f"{INPUT}.value: BASE_TYPE_MAX_LENGTH",
    ),
    "11 files": (
        modal(label({"type": 19, "custom_id": "f", "max_values": 11})),
        f"{INPUT}.max_values: BASE_TYPE_BAD_VALUE",
    ),
    "26 options": (modal(label(select(26))), f"{INPUT}.options: BASE_TYPE_BAD_LENGTH"),
    "no custom id": (
        modal(label({"type": 4, "style": 1})),
        f"{INPUT}.custom_id: BASE_TYPE_REQUIRED",
    ),
    "11 radio buttons": (
        modal(label(select(11, type=21))),
        f"{INPUT}.options: BASE_TYPE_BAD_LENGTH",
    ),
    "11 checkboxes": (
        modal(label(select(11, type=22))),
        f"{INPUT}.options: BASE_TYPE_BAD_LENGTH",
    ),
    "no checkbox": (
        modal(label(select(0, type=22))),
        f"{INPUT}.options: BASE_TYPE_BAD_LENGTH",
    ),
    "one radio button": (
        modal(label(select(1, type=21))),
        f"{INPUT}.options: BASE_TYPE_BAD_LENGTH",
    ),
    "a button": (modal(label(button())), f"{INPUT}.type: BASE_TYPE_CHOICES"),
    "a bare input": (modal(text_input()), "data.components.0.type: BASE_TYPE_CHOICES"),
    "one custom id twice": (
        modal(label(text_input()), label(text_input())),
        "data.components.1.component: COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
}


@pytest.mark.parametrize("name", MODALS)
async def test_the_limits_of_a_modal(name: str):
    body, fault = MODALS[name]
    async with calling() as (_, bot):
        answered = await bot.respond(await bot.go(), {"type": 9, "data": body})
    assert (answered.where, answered.status) == (fault, 400 if fault else 204)


async def test_a_text_without_a_limit_of_its_own_is_up_to_4000_characters():
    shown = modal(label(text_input()))
    async with calling() as (server, _):
        state = server._state  # pyright: ignore[reportPrivateUsage]  # what a form is filled in with
        resolver = Resolver(state.world, state.cdn, server.channels["videos"])
        assert modal_components(shown, {"t0": "x" * 4000}, resolver, size_limit=1)
        with pytest.raises(ValueError, match="over max_length"):
            modal_components(shown, {"t0": "x" * 4001}, resolver, size_limit=1)


async def test_what_a_select_begins_with_is_sent_where_nothing_is_picked():
    options: list[Json] = [
        {"label": "One", "value": "1"},
        {"label": "Two", "value": "2", "default": True},
    ]
    shown = modal(label({"type": 3, "custom_id": "s", "options": options}))
    async with calling() as (server, _):
        state = server._state  # pyright: ignore[reportPrivateUsage]  # what a form is filled in with
        resolver = Resolver(state.world, state.cdn, server.channels["videos"])
        for values, sent in (({}, "2"), ({"s": "One"}, "1")):
            (filled,) = modal_components(shown, values, resolver, size_limit=1)
            assert as_object(filled["component"])["values"] == [sent]
