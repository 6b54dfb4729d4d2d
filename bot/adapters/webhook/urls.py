"""The signed URL of each job, which fal calls when the job's request has ended."""

import hashlib
import hmac
import re

# Any prefix: a proxy may leave the path of the public URL in front.
_PATH = re.compile(r".{0,200}/fal/(?P<job_id>[0-9]{1,15})/(?P<token>[0-9a-f]{64})")


class WebhookUrls:
    """Makes and checks the URLs: one for each job, and nobody without the secret can make them."""

    def __init__(self, public_url: str, secret: str):
        self._public_url = public_url
        self._secret = secret.encode()

    def url(self, job_id: int) -> str | None:
        """Return the URL for fal to call; None if there is no receiver."""
        return (
            f"{self._public_url}/fal/{job_id}/{self._token(job_id)}" if self._public_url else None
        )

    def job_id(self, path: str) -> int | None:
        """Return the id of the job that a path belongs to; None if the path isn't one of ours."""
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        job_id = int(match["job_id"])
        return job_id if hmac.compare_digest(self._token(job_id), match["token"]) else None

    def _token(self, job_id: int) -> str:
        # Derived from the key, so that URLs stay valid across restarts and nothing is stored.
        return hmac.new(self._secret, b"pika-bot webhook %d" % job_id, hashlib.sha256).hexdigest()
