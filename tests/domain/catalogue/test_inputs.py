"""Inputs of each kind of video, and fal's names for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue.inputs import check_inputs, input_arguments, input_urls
from bot.domain.catalogue.models import KIND_INPUTS, Kind
from bot.domain.refusal import Refusal


def refused(kind: Kind, pictures: int, *, video: bool) -> str | None:
    try:
        check_inputs(kind, pictures, video=video)
    except Refusal as refusal:
        return refusal.sentence
    return None


@pytest.mark.parametrize("video", [True, False])
@pytest.mark.parametrize("pictures", range(7))
@pytest.mark.parametrize("kind", Kind)
def test_just_what_the_kind_takes(kind: Kind, pictures: int, *, video: bool):
    takes = KIND_INPUTS[kind]
    fits = takes.pictures[0] <= pictures <= takes.pictures[1] and video == takes.video
    sentence = refused(kind, pictures, video=video)
    assert (sentence is None) == fits
    assert sentence is None or (sentence.startswith("Please ") and sentence.endswith("."))


@pytest.mark.parametrize(
    ("kind", "pictures", "video", "sentence"),
    [
        (Kind.IMAGE, 0, False, "Please attach a picture as `image`."),
        (Kind.ADD, 0, True, "Please attach a picture as `image`."),
        (Kind.ADD, 1, False, "Please attach the video to change as `video`."),
        (Kind.SWAP, 0, False, "Please attach the video to change as `video`."),
        (Kind.SWAP, 2, True, "Please attach at most 1 picture."),
        (Kind.SCENES, 0, False, "Please attach at least 1 picture, as `image1` to `image5`."),
        (Kind.FRAMES, 1, False, "Please attach at least 2 pictures, as `image1` to `image5`."),
        (Kind.FRAMES, 6, False, "Please attach at most 5 pictures."),
        (Kind.TEXT, 1, False, "Please leave out the picture: this is made from something else."),
        (Kind.TEXT, 0, True, "Please leave out the video: this is made from something else."),
    ],
)
def test_the_sentence_says_what_to_attach(kind: Kind, pictures: int, sentence: str, *, video: bool):
    assert refused(kind, pictures, video=video) == sentence


@given(st.sampled_from(Kind), st.data())
def test_what_was_uploaded_is_found_again(kind: Kind, data: st.DataObject):
    takes = KIND_INPUTS[kind]
    count = data.draw(st.integers(*takes.pictures)) + takes.video
    urls = tuple(f"https://example.org/{number}" for number in range(count))
    arguments = input_arguments(kind, urls)
    assert input_urls(kind, arguments) == urls
    assert input_urls(kind, {**arguments, "prompt": "a fox", "seed": 7}) == urls


def test_the_names_are_fals():
    assert input_arguments(Kind.TEXT, []) == {}
    assert input_arguments(Kind.IMAGE, ["a"]) == {"image_url": "a"}
    assert input_arguments(Kind.EFFECT, ["a"]) == {"image_url": "a"}
    assert input_arguments(Kind.SCENES, ["a"]) == {"image_urls": ["a"]}
    assert input_arguments(Kind.FRAMES, ["a", "b"]) == {"image_urls": ["a", "b"]}
    assert input_arguments(Kind.SWAP, ["v"]) == {"video_url": "v"}
    assert input_arguments(Kind.SWAP, ["v", "a"]) == {"video_url": "v", "image_url": "a"}
    assert input_arguments(Kind.ADD, ["v", "a"]) == {"video_url": "v", "image_url": "a"}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("odd", [None, 7, "a", {"b": "c"}, ["a", 7, None]])
def test_odd_arguments_have_no_odd_urls(kind: Kind, odd: object):
    urls = input_urls(kind, {"image_urls": odd, "image_url": odd, "video_url": odd})
    assert set(urls) <= {"a"}
