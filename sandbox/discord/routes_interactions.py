"""The bot's answers to interactions: the first response, its edits, and follow-ups.

See https://docs.discord.com/developers/interactions/receiving-and-responding.
"""

from sandbox.discord.command_rules import check_choices
from sandbox.discord.drafts import Draft, read_draft
from sandbox.discord.errors import (
    already_acknowledged,
    empty_message,
    expired_token,
    invalid_form,
    unknown_channel,
    unknown_interaction,
    unknown_message,
    unknown_webhook,
)
from sandbox.discord.message_payloads import callback_payload, message_payload
from sandbox.discord.modal_rules import check_modal
from sandbox.discord.model import EPHEMERAL, Invocation, Kind, Message, Response
from sandbox.discord.routing import Reply, RestRequest, Route
from sandbox.discord.state import State
from sandbox.discord.threads import refuse_archived
from sandbox.discord.wire import Json, as_integer, as_object, as_objects

COLLECTION = "/webhooks/{application}/{token}"
ONE = "/webhooks/{application}/{token}/messages/{message}"
CHAT_INPUT_RESPONSE, MENU_RESPONSE, REPLY = 20, 23, 19
_ALLOWED = {
    Kind.COMMAND: {Response.MESSAGE, Response.DEFERRED_MESSAGE, Response.MODAL},
    Kind.COMPONENT: set(Response) - {Response.AUTOCOMPLETE},
    Kind.AUTOCOMPLETE: {Response.AUTOCOMPLETE},
    Kind.MODAL: {Response.MESSAGE, Response.DEFERRED_MESSAGE},
}


class InteractionRoutes:
    def __init__(self, state: State) -> None:
        self._state = state
        self._world = state.world
        self._messages = state.messages
        callback = "/interactions/{interaction}/{token}/callback"
        self.routes = [
            Route("POST", callback, self.respond, by_bot=False),
            Route("POST", COLLECTION, self.follow_up, by_bot=False),
            Route("GET", ONE, self.read, by_bot=False),
            Route("PATCH", ONE, self.edit, by_bot=False),
            Route("DELETE", ONE, self.delete, by_bot=False),
        ]

    def respond(self, request: RestRequest) -> Reply:
        """Take the one first response, within three seconds."""
        invocation = self._state.invocations.get(request.parameters["token"])
        if invocation is None or invocation.id != request.id("interaction"):
            raise unknown_interaction()
        if invocation.acknowledged_at is not None:
            raise already_acknowledged()
        if invocation.too_late:
            raise unknown_interaction()
        if invocation.channel.deleted:
            raise unknown_channel()
        number = as_integer(request.json.get("type"), -1)
        if number not in self._allowed(invocation):
            raise invalid_form("type", f"{number} is no response to this interaction.")
        response = Response(number)
        self._apply(invocation, response, as_object(request.json.get("data")), request)
        invocation.acknowledged_at = self._state.clock.now()
        invocation.response_type = response
        if not request.asks("with_response"):
            return Reply()
        return Reply(200, callback_payload(invocation, self._world))

    def follow_up(self, request: RestRequest) -> Reply:
        """Post another message; right after a deferral it becomes the deferred one instead."""
        invocation = self._answered(request)
        draft = self._draft(invocation, request.json, request)
        original = invocation.response_message
        if original is not None and original.loading and not original.deleted:
            if draft.is_empty:
                raise empty_message()
            self._messages.edit(original, draft)
            return Reply(200, message_payload(original, self._world))
        message = self._messages.create(
            self._world.bot,
            invocation.channel,
            draft,
            reference=original,
            invocation=invocation,
            ephemeral=draft.ephemeral,
        )
        invocation.followups.append(message)
        return Reply(200, message_payload(message, self._world))

    def read(self, request: RestRequest) -> Reply:
        message = self._message(self._answered(request), request)
        return Reply(200, message_payload(message, self._world))

    def edit(self, request: RestRequest) -> Reply:
        invocation = self._answered(request)
        message = self._message(invocation, request)
        draft = self._draft(invocation, request.json, request, flags=message.flags)
        self._messages.edit(message, draft)
        return Reply(200, message_payload(message, self._world))

    def delete(self, request: RestRequest) -> Reply:
        message = self._message(self._answered(request), request)
        refuse_archived(message.channel)
        self._messages.delete(message)
        return Reply()

    def _allowed(self, invocation: Invocation) -> set[Response]:
        allowed = _ALLOWED[invocation.kind]
        if invocation.kind is Kind.MODAL and invocation.source is not None:
            return allowed | {Response.UPDATE, Response.DEFERRED_UPDATE}
        return allowed

    def _apply(
        self, invocation: Invocation, response: Response, data: Json, request: RestRequest
    ) -> None:
        match response:
            case Response.MESSAGE:
                draft = self._draft(invocation, data, request, path="data.")
                invocation.response_message = self._messages.create(
                    self._world.bot,
                    invocation.channel,
                    draft,
                    reference=invocation.source,
                    invocation=invocation,
                    ephemeral=draft.ephemeral,
                    kind=self._message_type(invocation),
                )
            case Response.DEFERRED_MESSAGE:
                if as_integer(data.get("flags")) & ~EPHEMERAL:
                    raise invalid_form("data.flags", "A deferral takes the EPHEMERAL flag only.")
                invocation.response_message = self._messages.create_loading(
                    invocation,
                    ephemeral=bool(as_integer(data.get("flags")) & EPHEMERAL),
                    kind=self._message_type(invocation),
                )
            case Response.DEFERRED_UPDATE:
                invocation.response_message = invocation.source
            case Response.UPDATE:
                assert invocation.source is not None
                flags = invocation.source.flags
                draft = self._draft(invocation, data, request, flags=flags, path="data.")
                self._messages.edit(invocation.source, draft)
                invocation.response_message = invocation.source
            case Response.AUTOCOMPLETE:
                invocation.choices = as_objects(data.get("choices"))
                check_choices(invocation.choices, "data.choices")
            case Response.MODAL:
                check_modal(data)
                invocation.modal = data

    def _message_type(self, invocation: Invocation) -> int:
        if invocation.kind is not Kind.COMMAND:
            return 0 if invocation.source is None else REPLY
        return CHAT_INPUT_RESPONSE if invocation.target is None else MENU_RESPONSE

    def _draft(
        self,
        invocation: Invocation,
        body: Json,
        request: RestRequest,
        *,
        flags: int = 0,
        path: str = "",
    ) -> Draft:
        limit = invocation.attachment_size_limit
        return read_draft(body, request.files, size_limit=limit, flags=flags, path=path)

    def _answered(self, request: RestRequest) -> Invocation:
        """Find an acknowledged interaction whose token still lives.

        Raises:
            ApiError: 50027 after fifteen minutes, 10003 when its channel is gone, 10015 for
                anything else.
        """
        invocation = self._state.invocations.get(request.parameters["token"])
        if invocation is None or request.id("application") != self._world.application_id:
            raise unknown_webhook()
        if invocation.expired:
            raise expired_token()
        if invocation.acknowledged_at is None:
            raise unknown_webhook()
        if invocation.channel.deleted:
            raise unknown_channel()
        return invocation

    def _message(self, invocation: Invocation, request: RestRequest) -> Message:
        original = invocation.response_message
        if request.parameters["message"] == "@original":
            message = original
        else:
            wanted = request.id("message")
            mine = [*invocation.followups, *([] if original is None else [original])]
            message = next((one for one in mine if one.id == wanted), None)
        if message is None or message.deleted:
            raise unknown_message()
        return message
