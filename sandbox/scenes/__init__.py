"""The scenes of the tour, in order. To add one, write a function and put it into a list."""

from sandbox.scenes.acting import Scene
from sandbox.scenes.main_job import MAIN_JOB
from sandbox.scenes.refining import REFINING

SCENES: tuple[Scene, ...] = (*MAIN_JOB, *REFINING)

__all__ = ["SCENES", "Scene"]
