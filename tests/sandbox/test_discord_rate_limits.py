"""The loopback Discord's limits of traffic, and how discord.py lives with them."""

from sandbox.discord.rate_limits import Limit
from sandbox.discord.wire import Json, as_integer
from tests.sandbox.discord_caller import Answered, Caller, calling
from tests.sandbox.discord_harness import stage

HELLO: Json = {"content": "hello"}
POSTS = ("POST", "/channels/{channel}/messages")


def told(answered: Answered, name: str) -> str:
    return answered.headers[f"X-RateLimit-{name}"]


async def test_a_bucket_is_told_in_headers_and_empties():
    async with calling(rate_limited=True) as (server, bot):
        answers = [await bot.send(HELLO) for _ in range(6)]
        assert [each.status for each in answers] == [200] * 5 + [429]
        assert [told(each, "Remaining") for each in answers] == ["4", "3", "2", "1", "0", "0"]
        assert {told(each, "Limit") for each in answers} == {"5"}
        assert len({told(each, "Bucket") for each in answers}) == 1
        assert {each.headers["Via"] for each in answers} == {"1.1 google"}
        last = answers[-1]
        assert last.json["global"] is False
        retry_after = last.json["retry_after"]
        assert isinstance(retry_after, float)
        assert 3 < retry_after <= 5
        assert abs(float(told(last, "Reset")) - server.now() - retry_after) < 1
        assert int(last.headers["Retry-After"]) >= retry_after
        assert abs(float(told(last, "Reset-After")) - retry_after) < 1
        assert told(last, "Scope") == "user"
        assert server.rate_limits.refused == {"bot": 1}
        server.advance(5)
        assert (await bot.send(HELLO)).status == 200


async def test_buckets_are_apart_by_channel_and_method():
    async with calling(rate_limited=True) as (server, bot):
        first = await bot.send(HELLO)
        for _ in range(4):
            await bot.send(HELLO)
        assert (await bot.send(HELLO)).status == 429
        general = f"/channels/{server.channels['general'].id}/messages"
        elsewhere = await bot.call("POST", general, HELLO)
        assert elsewhere.status == 200
        assert told(elsewhere, "Bucket") == told(first, "Bucket")
        one = f"/channels/{server.channels['videos'].id}/messages/{first.json['id']}"
        edits = [await bot.call("PATCH", one, HELLO) for _ in range(6)]
        assert [each.status for each in edits] == [200] * 5 + [429]
        assert told(edits[0], "Bucket") != told(first, "Bucket")
        where = f"/channels/{server.channels['videos'].id}"
        reads = [await bot.call("GET", where) for _ in range(11)]
        assert [each.status for each in reads] == [200] * 10 + [429]
        edit = await bot.call("PATCH", where, {})
        assert edit.status == 400
        assert told(edit, "Bucket") != told(reads[0], "Bucket")


async def test_errors_count_and_carry_headers_too():
    async with calling(rate_limited=True) as (_, bot):
        answers = [await bot.send({"content": "x" * 2001}) for _ in range(6)]
        assert [each.status for each in answers] == [400] * 5 + [429]
        assert told(answers[0], "Remaining") == "4"


async def test_fifty_a_second_in_all_but_interactions_are_exempt():
    async with calling(rate_limited=True) as (server, bot):
        assert server.rate_limits.per_second == 50
        server.advance(1)
        server.rate_limits.per_second = 4
        began = server.now()
        paths = ("/users/@me", "/gateway/bot", "/users/@me", "/gateway/bot", "/users/@me")
        answers = [await bot.call("GET", path) for path in paths]
        assert [each.status for each in answers] == [200] * 4 + [429]
        refused = answers[4:]
        assert refused[0].json["global"] is True
        retry_after = refused[0].json["retry_after"]
        assert isinstance(retry_after, float)
        assert abs(server.now() + retry_after - began - 1) < 0.9
        assert refused[0].headers["X-RateLimit-Global"] == "true"
        assert told(refused[0], "Scope") == "global"
        invocation = await bot.go()
        responded = await bot.respond(invocation, {"type": 5})
        assert responded.status == 204
        assert "X-RateLimit-Limit" not in responded.headers
        assert (await bot.follow_up(invocation, HELLO)).status == 200
        server.advance(1)
        assert (await bot.call("GET", "/users/@me")).status == 200


async def test_webhooks_have_a_bucket_for_each_interaction():
    async with calling(rate_limited=True) as (server, bot):
        first, second = await bot.go(), await bot.go()
        for each in (first, second):
            assert (await bot.respond(each, {"type": 5})).status == 204
        statuses = [(await bot.follow_up(first, HELLO)).status for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        assert (await bot.follow_up(second, HELLO)).status == 200
        assert server.rate_limits.refused == {"interaction": 1}


async def test_edits_of_old_messages_have_a_limit_of_their_own():
    async with calling(rate_limited=True) as (server, bot):
        assert server.rate_limits.old_edits == Limit(30, 60.0)
        server.rate_limits.old_edits = Limit(2, 60.0)
        sent = await bot.send(HELLO)
        path = f"/channels/{sent.json['channel_id']}/messages/{sent.json['id']}"
        server.advance(60 * 60 - 5)
        assert [(await bot.call("PATCH", path, HELLO)).status for _ in range(3)] == [200] * 3
        server.advance(6)
        assert [(await bot.call("PATCH", path, HELLO)).status for _ in range(2)] == [200, 200]
        refused = await bot.call("PATCH", path, HELLO)
        assert refused.refusal == (429, 30046)
        assert as_integer(told(refused, "Remaining")) == 0
        server.advance(60)
        assert (await bot.call("PATCH", path, HELLO)).status == 200


async def unauthorized(bot: Caller) -> Answered:
    async with bot.session.get(f"{bot.server.api_url}/users/@me") as response:
        return Answered(response.status, await response.read(), response.headers)


async def test_too_many_invalid_requests_are_banned_before_discord():
    async with calling(rate_limited=True) as (server, bot):
        assert server.rate_limits.most_invalid == 10_000
        server.rate_limits.most_invalid = 3
        for count in range(1, 4):
            assert (await unauthorized(bot)).status == 401
            assert server.rate_limits.invalid_requests == count
        banned = await bot.call("GET", "/users/@me")
        assert banned.status == 429
        assert "Via" not in banned.headers
        assert banned.body is None, "a page, no JSON"
        server.advance(10 * 60 - 5)
        assert server.rate_limits.banned
        server.advance(5)
        assert server.rate_limits.invalid_requests == 0
        assert (await bot.call("GET", "/users/@me")).status == 200


async def test_what_is_not_invalid_does_not_count():
    async with calling(rate_limited=True) as (server, bot):
        assert (await bot.call("GET", "/channels/1")).status == 404
        assert (await bot.send({})).status == 400
        assert server.rate_limits.invalid_requests == 0
        posted = await server.post(server.members["Ada"], server.channels["videos"], "mine")
        path = f"/channels/{posted.channel_id}/messages/{posted.id}"
        assert (await bot.call("DELETE", path)).status == 403
        assert server.rate_limits.invalid_requests == 1
        assert (await unauthorized(bot)).status == 401
        assert server.rate_limits.invalid_requests == 2
        server.rate_limits.limits[POSTS] = Limit(0, 5.0)
        assert (await bot.send(HELLO)).status == 429
        assert server.rate_limits.invalid_requests == 3


async def test_discord_py_waits_by_the_headers():
    async with stage() as (server, bot):
        server.rate_limits.limits[POSTS] = Limit(2, 0.5)
        channel = await bot.text_channel(server)
        for number in range(5):
            await channel.send(str(number))
        assert server.rate_limits.refused == {}, "it never has to be told"
        seen = server.visible(server.members["Ada"], server.channels["videos"])
        assert [message.content for message in seen] == ["0", "1", "2", "3", "4"]
        assert seen[4].created_at - seen[0].created_at > 0.9


async def test_discord_py_waits_out_a_429():
    async with stage() as (server, bot):
        server.rate_limits.old_edits = Limit(1, 0.3)
        channel = await bot.text_channel(server)
        sent = await channel.send("x")
        server.advance(60 * 60 + 1)
        await sent.edit(content="first")
        edited = await sent.edit(content="second")
        assert edited.content == "second"
        assert server.rate_limits.refused["bot"] >= 1


async def test_a_switch_turns_all_of_it_off():
    async with calling() as (server, bot):
        assert [(await bot.send(HELLO)).status for _ in range(20)] == [200] * 20
        assert "X-RateLimit-Limit" not in (await bot.send(HELLO)).headers
        assert server.rate_limits.refused == {}
