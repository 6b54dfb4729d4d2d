"""What a server's admins set for the commands."""

from collections.abc import Mapping

import pytest

from bot.ui.overrides import Asker, is_allowed

GUILD, CHANNEL, MEMBER, ROLE, OTHER = 100, 5, 6, 7, 8
EVERYONE, EVERYWHERE = GUILD, GUILD - 1
ASKER = Asker(GUILD, CHANNEL, MEMBER, [ROLE, OTHER])


@pytest.mark.parametrize(
    ("of_command", "of_all", "allowed"),
    [
        ({}, {}, True),
        ({CHANNEL: False}, {}, False),
        ({EVERYWHERE: False}, {}, False),
        ({EVERYWHERE: False, CHANNEL: True}, {}, True),
        ({CHANNEL: False, MEMBER: True}, {}, False),
        ({CHANNEL: True}, {CHANNEL: False}, True),
        ({}, {CHANNEL: False}, False),
        ({}, {EVERYWHERE: False}, False),
        ({EVERYONE: False}, {}, False),
        ({EVERYONE: False, ROLE: True}, {}, True),
        ({ROLE: False, OTHER: True}, {}, True),
        ({ROLE: True, MEMBER: False}, {}, False),
        ({ROLE: True}, {EVERYONE: False}, True),
        ({}, {EVERYONE: False}, False),
        ({3: False}, {4: False}, True),
    ],
)
def test_the_first_that_says_something_counts(
    of_command: Mapping[int, bool], of_all: Mapping[int, bool], allowed: bool
) -> None:
    assert is_allowed([of_command, of_all], ASKER) == allowed
