from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import DAY_MS
from bot.domain.catalogue.models import DRAFT, Catalogue, Kind
from bot.domain.catalogue.prices import PriceRule
from bot.domain.moderation.policy import (
    allowance_of,
    budgets_of,
    check_access,
    check_quality,
    has_priority,
    narrowed,
    quality_of,
    within,
)
from bot.domain.moderation.rules import (
    ANY_QUALITY,
    Allowance,
    Asker,
    Ceilings,
    MemberRule,
    Quality,
    RoleRule,
    Rules,
    ServerRules,
)
from bot.domain.options import Options
from bot.domain.refusal import Refusal
from tests.domain.examples import CATALOGUE, MODEL

AT = 1_000 * DAY_MS
ADA = Asker(member_id=1, role_ids=frozenset({10, 11}), channel_ids=frozenset({20, 21}))
OWNERS = Ceilings(videos_per_day=5)
CHEAP = replace(
    MODEL,
    key="cheap",
    name="Cheap One",
    prices=(PriceRule(micro_usd=100_000),),
)
BOTH = Catalogue([MODEL, CHEAP])


def of_roles(*rules: RoleRule, server: ServerRules | None = None) -> Rules:
    return Rules(server=server or ServerRules(), roles={rule.role_id: rule for rule in rules})


def allowing(
    role: int, videos_per_day: int | None = None, usd_per_day: int | None = None
) -> RoleRule:
    allowance = Allowance(videos_per_day=videos_per_day, usd_per_day=usd_per_day)
    return RoleRule(role_id=role, allowance=allowance)


def test_who_says_nothing_has_the_owners_default():
    assert allowance_of(Rules(), ADA, OWNERS) == Allowance(videos_per_day=5)
    free = allowance_of(Rules(), ADA, Ceilings())
    assert (free.videos_per_day, free.unlimited) == (None, True)


@pytest.mark.parametrize(
    ("rules", "videos"),
    [
        (Rules(server=ServerRules(allowance=Allowance(videos_per_day=3))), 3),
        (of_roles(allowing(10, videos_per_day=8), allowing(11, videos_per_day=6)), 8),
        # Not their roles.
        (of_roles(allowing(12, videos_per_day=8)), 5),
        # A role that says nothing about videos takes nothing away.
        (of_roles(allowing(10, usd_per_day=1)), 5),
        # The best of their roles wins over the server, also where it is less.
        (of_roles(allowing(10, videos_per_day=1), server=ServerRules(allowance=Allowance(videos_per_day=3))), 1),
        (of_roles(RoleRule(role_id=10, allowance=Allowance(unlimited=True)), allowing(11, videos_per_day=6)), None),
        (replace(of_roles(allowing(10, videos_per_day=8)), member=MemberRule(member_id=1, allowance=Allowance(videos_per_day=0))), 0),
        (replace(of_roles(allowing(10, videos_per_day=8)), member=MemberRule(member_id=1, is_blocked=True)), 8),
    ],
)  # fmt: skip
def test_the_nearest_rule_counts_and_of_roles_the_best(rules: Rules, videos: int | None):
    assert allowance_of(rules, ADA, OWNERS).videos_per_day == videos


def test_videos_and_money_are_granted_apart():
    rules = of_roles(allowing(10, videos_per_day=8), allowing(11, usd_per_day=2_000_000))
    assert allowance_of(rules, ADA, OWNERS) == Allowance(videos_per_day=8, usd_per_day=2_000_000)


limits = st.none() | st.integers(0, 50)
allowances = st.builds(
    Allowance, videos_per_day=limits, usd_per_day=limits, unlimited=st.booleans()
)


@given(server=allowances, role=allowances, member=allowances, most=st.integers(1, 20))
def test_nobody_gets_more_than_the_owner_allows(
    server: Allowance, role: Allowance, member: Allowance, most: int
):
    rules = Rules(
        server=ServerRules(allowance=server),
        roles={10: RoleRule(role_id=10, allowance=role)},
        member=MemberRule(member_id=1, allowance=member),
    )
    ceilings = Ceilings(videos_per_day=5, most_videos_per_day=most)
    videos = allowance_of(rules, ADA, ceilings).videos_per_day
    assert videos is not None
    assert 0 <= videos <= most


@given(own=limits, ceiling=limits)
def test_a_budget_is_never_above_the_owners(own: int | None, ceiling: int | None):
    ceilings = Ceilings(server_usd_per_day=ceiling, server_usd_per_month=ceiling)
    rules = Rules(server=ServerRules(usd_per_day=own, usd_per_month=own))
    day, month = budgets_of(rules, ceilings)
    assert day == month
    assert (day is None) == (own is None and ceiling is None)
    assert ceiling is None or (day is not None and day <= ceiling)


# Access


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (ServerRules(is_paused=True), "paused me in this server"),
        (ServerRules(channels=frozenset({5, 6})), "<#5>, <#6>"),
        (ServerRules(roles=frozenset({5})), "role <@&5>"),
    ],
)
def test_who_may_not_make_videos_is_told_why(server: ServerRules, words: str):
    with pytest.raises(Refusal, match=words):
        check_access(Rules(server=server), ADA, at=AT)


@pytest.mark.parametrize(
    ("server", "blocked", "sentence"),
    [
        (ServerRules(is_paused=True), False, "paused me in this server; please come back later."),
        (ServerRules(), True, "The moderators don't let you post videos or see others' here;"),
        (
            ServerRules(channels=frozenset({5})),
            False,
            "The moderators let me work in <#5> only; please ask there.",
        ),
        (
            ServerRules(roles=frozenset({5})),
            False,
            "with the role <@&5> may use me here; please ask a moderator for it.",
        ),
        (ServerRules(member_days=3), False, "You may use me here once you have been a member"),
    ],
)
def test_of_what_is_free_it_is_not_said_that_nothing_was_charged(
    server: ServerRules, blocked: bool, sentence: str
):
    rules = Rules(server=server, member=MemberRule(member_id=1, is_blocked=blocked))
    with pytest.raises(Refusal) as refused:
        check_access(rules, replace(ADA, joined_at=AT), at=AT, makes=False)
    assert sentence in refused.value.text
    assert "charged" not in refused.value.text


def test_a_blocked_member_gets_nowhere():
    rules = Rules(member=MemberRule(member_id=1, is_blocked=True, reason="spam"))
    with pytest.raises(Refusal, match="don't let you") as refused:
        check_access(rules, ADA, at=AT)
    # The reason is for the moderators.
    assert "spam" not in str(refused.value)


def test_a_thread_or_a_category_of_a_channel_counts_as_it():
    server = ServerRules(channels=frozenset({21}), roles=frozenset({11, 99}))
    check_access(Rules(server=server), ADA, at=AT)


@pytest.mark.parametrize(
    ("account", "joined", "refused"),
    [
        (7, 3, False),
        (6.9, 3, True),
        (7, 2.9, True),
        (None, None, False),
        (None, 1, True),
    ],
)
def test_newcomers_wait(account: float | None, joined: float | None, refused: bool):
    server = ServerRules(account_days=7, member_days=3)
    asker = replace(
        ADA,
        account_at=None if account is None else AT - round(account * DAY_MS),
        joined_at=None if joined is None else AT - round(joined * DAY_MS),
    )
    if refused:
        with pytest.raises(Refusal, match=r"come back <t:\d+:R>"):
            check_access(Rules(server=server), asker, at=AT)
    else:
        check_access(Rules(server=server), asker, at=AT)


def test_priority_comes_of_any_role():
    rules = of_roles(RoleRule(role_id=10), RoleRule(role_id=11, has_priority=True))
    assert has_priority(rules, ADA)
    assert not has_priority(rules, replace(ADA, role_ids=frozenset({10})))


# Quality


def test_the_best_of_the_roles_counts_else_the_servers():
    server = ServerRules(quality=Quality(resolution="720p", seconds=5))
    low = RoleRule(role_id=10, quality=Quality(resolution="480p", models=frozenset({"a"})))
    high = RoleRule(
        role_id=11, quality=Quality(resolution="1080p", seconds=5, models=frozenset({"b"}))
    )
    assert quality_of(of_roles(server=server), ADA) == server.quality
    assert quality_of(of_roles(RoleRule(role_id=10), server=server), ADA) == server.quality
    assert quality_of(of_roles(low, high, server=server), ADA) == Quality(
        resolution="1080p", models=frozenset({"a", "b"})
    )
    any_model = RoleRule(role_id=12, quality=Quality(resolution="480p"))
    asker = replace(ADA, role_ids=frozenset({10, 12}))
    assert quality_of(of_roles(low, any_model), asker) == Quality(resolution="480p")


@pytest.mark.parametrize(
    ("resolution", "seconds", "words"),
    [("1080p", 5, "up to `720p`"), ("720p", 10, "up to 5 seconds"), ("2160p", None, "`720p`")],
)
def test_what_is_too_good_is_refused(resolution: str, seconds: int | None, words: str):
    with pytest.raises(Refusal, match=words):
        check_quality(Quality(resolution="720p", seconds=5), resolution=resolution, seconds=seconds)


def test_what_the_input_decides_is_nobodys_choice():
    check_quality(Quality(resolution="720p", seconds=5), resolution=None, seconds=None)


def test_only_some_models():
    assert narrowed(BOTH, ANY_QUALITY) is BOTH
    assert narrowed(BOTH, Quality(models=frozenset({"small"}))).models == [MODEL]
    assert narrowed(BOTH, Quality(models=frozenset({DRAFT.lower()}))).models == [CHEAP]
    drafts = narrowed(CATALOGUE, Quality(models=frozenset({DRAFT})))
    assert drafts.kinds == [Kind.TEXT, Kind.IMAGE]
    with pytest.raises(Refusal, match="None of the models"):
        narrowed(BOTH, Quality(models=frozenset({"gone"})))


@pytest.mark.parametrize(
    ("usual", "quality", "thrifty", "resolution", "duration"),
    [
        (Options(), ANY_QUALITY, False, "720p", 5),
        (Options(resolution="1080p", duration=10), ANY_QUALITY, False, "1080p", 10),
        (Options(resolution="1080p", duration=10), Quality(resolution="720p"), False, "720p", 10),
        (Options(resolution="1080p", duration=10), Quality(seconds=5), False, "1080p", 5),
        (Options(resolution="1080p", duration=10), ANY_QUALITY, True, "720p", 10),
        # What the model doesn't offer says nothing.
        (Options(resolution="480p", duration=7), ANY_QUALITY, False, "720p", 5),
        # Nothing fits: it is refused later, in words.
        (Options(), Quality(resolution="480p"), False, "720p", 5),
    ],
)
def test_own_defaults_are_cut_to_the_rules(
    usual: Options, quality: Quality, thrifty: bool, resolution: str, duration: int
):
    options = within(MODEL, usual, quality, thrifty=thrifty)
    assert (options.resolution, options.duration) == (resolution, duration)


def test_a_model_whose_default_is_too_good_makes_the_best_that_is_allowed():
    model = replace(MODEL, resolutions=("1080p", "720p"), durations=(10, 5))
    options = within(model, Options(), Quality(resolution="720p", seconds=9), thrifty=False)
    assert (options.resolution, options.duration) == ("720p", 5)
