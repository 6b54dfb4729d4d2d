"""The pipeline's backoffs and deadlines from the settings."""

from bot.application.line.timings import Timings
from bot.domain.backoff import Backoff
from bot.settings.schema import Settings


def timings_of(settings: Settings) -> Timings:
    """Return the pipeline's backoffs and deadlines as the settings say."""
    fal = settings.fal
    submit_within = 2 * fal.timeout_seconds
    return Timings(
        poll=Backoff(fal.poll_first_seconds, fal.poll_longest_seconds),
        retry=Backoff(fal.retry_first_seconds, fal.retry_longest_seconds, factor=2),
        unusable=Backoff(fal.unusable_seconds, fal.unusable_seconds),
        reconcile=Backoff(fal.reconcile_first_seconds, fal.reconcile_longest_seconds),
        submit_within=submit_within,
        uncertain_for=submit_within + fal.start_timeout_seconds + fal.run_seconds,
        input_lifetime=fal.input_lifetime_seconds,
        refused_for=fal.refused_alone_seconds,
        adopt_for=fal.adopt_seconds,
        adopt_every=fal.adopt_every_seconds,
        fetch_for=fal.video_lifetime_seconds,
        deliver_for=settings.discord.deliver_seconds,
        most_errors=settings.process.most_errors,
        steps_at_once=settings.process.steps_at_once,
        poll_beside_events=settings.fal.poll_beside_events() or 0.0,
    )
