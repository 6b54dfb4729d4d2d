"""The URLs that fal calls."""

import hashlib
import hmac
import re

# Any prefix: a proxy may leave the public URL's own path in front.
_PATH = re.compile(r".{0,200}/fal/(?P<job_id>[0-9]{1,15})/(?P<token>[0-9a-f]{64})")


class WebhookUrls:
    """URLs that fal is given for a job each, and that nobody else can make up."""

    def __init__(self, public_url: str, secret: str):
        self._public_url = public_url
        self._secret = secret.encode()

    def url(self, job_id: int) -> str | None:
        """Return where fal shall call; None if there is no receiver."""
        return (
            f"{self._public_url}/fal/{job_id}/{self._token(job_id)}" if self._public_url else None
        )

    def job_id(self, path: str) -> int | None:
        """Return the job of a URL's path; None if it is none of ours."""
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        job_id = int(match["job_id"])
        return job_id if hmac.compare_digest(self._token(job_id), match["token"]) else None

    def _token(self, job_id: int) -> str:
        # Of the key, so that URLs hold across restarts and nothing has to be kept.
        return hmac.new(self._secret, b"pika-bot webhook %d" % job_id, hashlib.sha256).hexdigest()
