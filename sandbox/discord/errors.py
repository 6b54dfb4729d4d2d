"""Discord's refusals: HTTP status and JSON error code.

See https://docs.discord.com/developers/topics/opcodes-and-status-codes#json.
"""

from sandbox.discord.wire import Json


class ApiError(Exception):
    """A request is refused; becomes the response."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} ({code}): {message}")
        self.status = status
        self.code = code
        self.body: Json = {"message": message, "code": code}
        if errors is not None:
            self.body["errors"] = errors


class RateLimited(ApiError):
    """Too many requests; the answer has the seconds until the next one is allowed."""

    def __init__(
        self, message: str, retry_after: float, *, code: int = 0, everywhere: bool = False
    ) -> None:
        super().__init__(429, code, message)
        self.retry_after = retry_after
        self.body |= {"retry_after": round(retry_after, 3), "global": everywhere}


def unauthorized() -> ApiError:
    return ApiError(401, 0, "401: Unauthorized")


def unknown_channel() -> ApiError:
    return ApiError(404, 10003, "Unknown Channel")


def unknown_guild() -> ApiError:
    return ApiError(404, 10004, "Unknown Guild")


def unknown_message() -> ApiError:
    return ApiError(404, 10008, "Unknown Message")


def unknown_user() -> ApiError:
    return ApiError(404, 10013, "Unknown User")


def unknown_webhook() -> ApiError:
    return ApiError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> ApiError:
    return ApiError(404, 10062, "Unknown interaction")


def unknown_command() -> ApiError:
    return ApiError(404, 10063, "Unknown application command")


def unknown_command_permissions() -> ApiError:
    return ApiError(404, 10066, "Unknown application command permissions")


def too_many_commands(limit: int) -> ApiError:
    message = f"Maximum number of application commands reached ({limit})"
    return ApiError(400, 30032, message)


def too_many_creates(limit: int) -> ApiError:
    """Status as bots report it, e.g. https://github.com/Rapptz/discord.py/issues/9439."""
    message = f"Max number of daily application command creates has been reached ({limit})"
    return ApiError(400, 30034, message)


def too_large() -> ApiError:
    return ApiError(413, 40005, "Request entity too large")


def already_acknowledged() -> ApiError:
    return ApiError(400, 40060, "Interaction has already been acknowledged.")


def missing_access() -> ApiError:
    return ApiError(403, 50001, "Missing Access")


def foreign_message() -> ApiError:
    return ApiError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> ApiError:
    return ApiError(400, 50006, "Cannot send an empty message")


def direct_messages_closed() -> ApiError:
    return ApiError(403, 50007, "Cannot send messages to this user")


def no_text_channel() -> ApiError:
    return ApiError(400, 50008, "Cannot send messages in a non-text channel")


def only_posts() -> ApiError:
    return ApiError(400, 40058, "Cannot send a message in a forum channel")


def missing_permissions() -> ApiError:
    return ApiError(403, 50013, "Missing Permissions")


def expired_token() -> ApiError:
    return ApiError(401, 50027, "Invalid Webhook Token")


def thread_is_archived() -> ApiError:
    """Status and text as bots report them: https://github.com/discord/discord-api-docs/issues/6928."""
    return ApiError(400, 50083, "Thread is archived")


def reply_needs_history() -> ApiError:
    """Status and code as bots report them, e.g. https://github.com/Voxel-Fox-Ltd/Flower/issues/63."""
    return ApiError(403, 160002, "Cannot reply without permission to read message history")


def invalid_form(path: str, message: str, code: str = "BASE_TYPE_BAD_VALUE") -> ApiError:
    """Refuse one field of a body; `path` is its way from the top, like `data.content`."""
    errors: Json = {"_errors": [{"code": code, "message": message}]}
    for key in reversed(path.split(".")):
        errors = {key: errors}
    return ApiError(400, 50035, "Invalid Form Body", errors)


def too_long(path: str, limit: int) -> ApiError:
    return invalid_form(path, f"Must be {limit} or fewer in length.", "BASE_TYPE_MAX_LENGTH")


def bad_length(path: str, least: int, most: int) -> ApiError:
    message = f"Must be between {least} and {most} in length."
    return invalid_form(path, message, "BASE_TYPE_BAD_LENGTH")
