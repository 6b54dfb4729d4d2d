import pytest

from bot.domain.jobs.error_words import field_in, is_about_content, words_in


@pytest.mark.parametrize(
    "text",
    [
        "Request blocked due to safety violations (harmful content). Please modify your input.",
        "It contained material flagged by a content checker.",
        "content_policy_violation",
        "NSFW content detected",
        "nsfw_content_detected",
        "Your request was rejected by our safety system",
        "Prompt violates our usage policy",
        "Input was moderated",
        "moderation_blocked",
        "This prompt may contain sensitive content",
        "Inappropriate image",
        "The request violates the Community Guidelines",
        "content filter triggered",
        "responsible AI: sexual content is not allowed",
        "The prompt names a public figure",
        "might be copyrighted",
    ],
)
def test_a_content_check_is_understood(text: str):
    assert is_about_content(text)


@pytest.mark.parametrize(
    "text",
    [
        "Input should be greater than 5",
        "value_error",
        "Field required",
        "Invalid Content-Type header",
        "the image's content length is missing",
        "Application 'fal-ai/pika' not found",
        "Unexpected status code: 422",
        "duration must be 5 or 10",
        "Failed to download the file",
        "string_too_long: String should have at most 2000 characters",
    ],
)
def test_another_error_is_none_of_the_content(text: str):
    assert not is_about_content(text)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"detail": "no such luck"}, "no such luck"),
        ({"detail": [{"loc": ["body", "prompt"], "msg": "too long", "type": "x"}]}, "too long"),
        ({"detail": [{"msg": "one"}, {"msg": "two"}, {"msg": "one"}]}, "one; two"),
        ({"detail": ["a", "b"]}, "a; b"),
        ({"detail": {"message": "within"}}, "within"),
        ({"error": {"message": "within", "code": 7}}, "within"),
        ({"message": "of a gateway"}, "of a gateway"),
        ({"detail": [{"type": "value_error", "input": "a secret prompt"}]}, None),
        ({"detail": []}, None),
        ({"detail": 7}, None),
        ({"detail": None, "error": "then this"}, "then this"),
        ("only text", "only text"),
        ([], None),
        (None, None),
        ({"detail": "can't get https://v3.fal.media/x?token=abc now"}, "can't get … now"),
        ({"detail": "over\n two   lines"}, "over two lines"),
        ({"detail": "x" * 300}, "x" * 199 + "…"),
        ({"detail": {"detail": {"detail": {"detail": {"detail": {"detail": "deep"}}}}}}, None),
    ],
)
def test_what_an_error_says(body: object, words: str | None):
    assert words_in(body) == words


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"detail": [{"loc": ["body", "prompt"]}]}, "prompt"),
        ({"detail": {"loc": ["body", "image_urls", 2]}}, "image_urls"),
        ({"detail": [{"loc": "prompt"}]}, None),
        ({"detail": []}, None),
        ({"detail": "prompt"}, None),
        ([], None),
    ],
)
def test_the_field_that_an_error_names(body: object, field: str | None):
    assert field_in(body) == field
