"""Overrides of a command's permissions, as Discord weighs them."""

import pytest

from bot.ui.access.command_permissions import CommandOverrides, Overrides

GUILD, MEMBER, ROLE, OTHER_ROLE, CHANNEL = 900, 1, 2, 3, 4
ON_ROLE, ON_USER, ON_CHANNEL = 1, 2, 3
EVERYONE, ALL_CHANNELS = (ON_ROLE, GUILD), (ON_CHANNEL, GUILD - 1)
NOTHING: Overrides = {}


@pytest.mark.parametrize(
    ("command", "application", "by_default", "lets"),
    [
        # The command's default: Manage Server.
        (NOTHING, NOTHING, True, True),
        (NOTHING, NOTHING, False, False),
        # What the server says of the command takes its place, the nearest first.
        ({EVERYONE: True}, NOTHING, False, True),
        ({EVERYONE: False}, NOTHING, True, False),
        ({EVERYONE: False, (ON_ROLE, ROLE): True}, NOTHING, False, True),
        ({EVERYONE: True, (ON_ROLE, ROLE): False}, NOTHING, True, False),
        ({(ON_ROLE, ROLE): False, (ON_ROLE, OTHER_ROLE): True}, NOTHING, False, True),
        ({(ON_ROLE, ROLE): True, (ON_USER, MEMBER): False}, NOTHING, True, False),
        ({(ON_ROLE, ROLE): False, (ON_USER, MEMBER): True}, NOTHING, False, True),
        # Others' overrides are others'. An id says nothing without its kind.
        ({(ON_USER, ROLE): False, (ON_ROLE, MEMBER): False, (ON_ROLE, 77): True}, NOTHING, True, True),
        # What it says of all the bot's commands can only deny, and counts less.
        (NOTHING, {EVERYONE: False}, True, False),
        (NOTHING, {EVERYONE: True}, False, False),
        (NOTHING, {EVERYONE: False, (ON_ROLE, ROLE): True}, True, True),
        ({(ON_USER, MEMBER): True}, {EVERYONE: False}, False, True),
    ],
)  # fmt: skip
def test_who_may_use_it(
    command: Overrides, application: Overrides, by_default: bool, lets: bool
) -> None:
    said = CommandOverrides(command, application)
    roles = {ROLE, OTHER_ROLE, GUILD}
    assert said.allows(MEMBER, roles, GUILD, by_default=by_default) is lets


@pytest.mark.parametrize(
    ("command", "application", "lets"),
    [
        (NOTHING, NOTHING, True),
        ({(ON_CHANNEL, CHANNEL): False}, NOTHING, False),
        ({(ON_CHANNEL, 77): False}, NOTHING, True),
        ({ALL_CHANNELS: False}, NOTHING, False),
        ({ALL_CHANNELS: False, (ON_CHANNEL, CHANNEL): True}, NOTHING, True),
        (NOTHING, {ALL_CHANNELS: False}, False),
        ({(ON_CHANNEL, CHANNEL): True}, {ALL_CHANNELS: False}, True),
    ],
)
def test_where_it_may_be_used(command: Overrides, application: Overrides, lets: bool) -> None:
    assert CommandOverrides(command, application).allows_in(CHANNEL, GUILD) is lets
