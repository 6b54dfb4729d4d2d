"""The words of the section `prompt` as shipped: blocks around prompts, and looks."""

from collections.abc import Mapping

BLOCKS: Mapping[str, Mapping[str, str]] = {
    "text": {
        "quality": "High detail, natural light, coherent anatomy, stable and flicker-free motion.",
        "safety": "Suitable for all ages: no nudity, no gore, no real person in a humiliating situation.",
        "negative": "blurry, distorted, watermark, text, nudity, gore",
    },
    "image": {
        "keep": "Keep the subject, its identity, its proportions and the composition of the picture as they are.",
        "quality": "Everything moves from the picture as it is; stable, flicker-free motion.",
        "safety": "Suitable for all ages: no nudity, no gore, nobody in the picture undressed or humiliated.",
        "negative": "blurry, distorted, morphing, watermark, text, nudity, gore",
    },
    "scenes": {
        "keep": "Keep faces, clothes and objects recognisable as in the pictures.",
        "quality": "One coherent scene in one light, natural scale and perspective, flicker-free motion.",
        "safety": "Suitable for all ages: no nudity, no gore, nobody in the pictures undressed or humiliated.",
        "negative": "blurry, distorted, collage, split screen, duplicated people, watermark, text, nudity, gore",
    },
    "frames": {
        "keep": "Begin and end exactly on the given pictures; keep what they have in common unchanged.",
        "quality": "One continuous shot, smooth motion at an even pace, no cut and no cross-fade.",
        "safety": "Suitable for all ages: no nudity, no gore, nobody in the pictures undressed or humiliated.",
        "negative": "cut, cross-fade, flicker, blurry, distorted, watermark, text, nudity, gore",
    },
    "effect": {
        "keep": "Keep the surroundings and the light of the picture as they are.",
        "quality": "Playful and physically convincing, as in an animated film for children.",
        "safety": "Suitable for all ages: no blood, no gore, no nudity, nobody suffers.",
        "negative": "blood, gore, nudity, pain, blurry, watermark, text",
    },
    "swap": {
        "keep": "Change nothing else: keep the camera, the light, the motion and everybody else as they are.",
        "quality": "The new thing matches light, shadows, scale and motion of the video.",
        "safety": "Suitable for all ages: no nudity, no gore, nobody in the video undressed or humiliated.",
        "negative": "blurry, distorted, flicker, watermark, text, nudity, gore",
    },
    "add": {
        "keep": "Keep everything that is in the video as it is, and its camera.",
        "quality": "The new thing belongs to the scene: its light, its shadows, its scale; it moves naturally.",
        "safety": "Suitable for all ages: no nudity, no gore, nobody in the video undressed or humiliated.",
        "negative": "blurry, distorted, flicker, watermark, text, nudity, gore",
    },
}
"""The blocks of each kind of video."""

STYLES = {
    "Cinematic": "Cinematic film still, anamorphic lens, shallow depth of field, rich colour grading.",
    "Documentary": "Documentary footage, handheld realism, available light, true colours.",
    "Anime": "Hand-drawn anime, clean line art, cel shading, painted background.",
    "Watercolour": "Loose watercolour painting, paper texture, bleeding pigments, soft edges.",
    "Clay": "Claymation, visible fingerprints, miniature set, stop-motion charm.",
    "Noir": "Black and white film noir, hard shadows, rain, venetian-blind light.",
    "Retro film": "1970s 16 mm film, grain, faded warm colours, slight gate weave.",
    "Neon": "Neon-lit night, reflections on wet ground, cyan and magenta glow.",
}
"""The choices of `style`, and the words for each."""
CAMERAS = {
    "Still": "Camera locked off, no camera movement.",
    "Slow zoom in": "Camera slowly zooms in on the subject.",
    "Slow zoom out": "Camera slowly zooms out to reveal the surroundings.",
    "Pan left": "Camera pans smoothly to the left.",
    "Pan right": "Camera pans smoothly to the right.",
    "Orbit": "Camera orbits around the subject in a slow arc.",
    "Crane up": "Camera rises on a crane, looking down on the scene.",
    "Handheld": "Handheld camera with gentle natural sway.",
}
"""The choices of `camera`, and the words for each."""
MOTIONS = {
    "Subtle": "Subtle motion: breathing, drifting, small gestures.",
    "Natural": "Natural, lifelike motion at real speed.",
    "Dynamic": "Energetic, dynamic motion with clear action.",
    "Slow motion": "Slow motion, every movement drawn out.",
}
"""The choices of `motion`, and the words for each."""
