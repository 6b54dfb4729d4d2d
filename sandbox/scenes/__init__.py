"""The scenes of the tour, in order. To add one, write a function and put it into a list."""

from sandbox.scenes.acting import Scene
from sandbox.scenes.main_job import AT_THE_END, MAIN_JOB
from sandbox.scenes.moderating import MODERATING

SCENES: tuple[Scene, ...] = (*MAIN_JOB, *MODERATING, *AT_THE_END)

__all__ = ["SCENES", "Scene"]
