"""The signed URL of each job, which fal calls when the job's request has ended."""

import hashlib
import hmac
import re

# Any prefix: a proxy may leave the path of the public URL in front.
_PATH = re.compile(r".{0,200}/fal/(?P<job>[a-z2-7]{26}|[0-9]{1,15})/(?P<token>[0-9a-f]{64})")


class WebhookUrls:
    """Makes and checks the URLs: one for each job, and nobody without the secret can make them."""

    def __init__(self, public_url: str, secret: str):
        self._public_url = public_url
        self._secret = secret.encode()

    def url(self, reference: str) -> str | None:
        """Return the URL for fal to call about a job; None if there is no receiver."""
        if not self._public_url:
            return None
        return f"{self._public_url}/fal/{reference}/{self._token(reference)}"

    def reference(self, path: str) -> str | None:
        """Return the reference of a path's job; None if the path isn't one of ours."""
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        reference = match["job"]
        is_ours = hmac.compare_digest(self._token(reference), match["token"])
        return reference if is_ours else None

    def _token(self, reference: str) -> str:
        # Derived from the key, so that URLs stay valid across restarts and nothing is stored.
        message = f"pika-bot webhook {reference}".encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()
