"""Every message to the owner: once when a trouble begins, once when it is over."""

import asyncio
import json
import logging
from dataclasses import asdict, dataclass, field
from typing import cast

from bot.domain.line.owner_topic import QUIET_MS, OwnerTopic
from bot.ports import Clock, JobStore, Owner, Undeliverable

log = logging.getLogger(__name__)

_TOPICS_FACT = "owner_messages"


@dataclass(slots=True, kw_only=True)
class OwnerMessages:
    """Tells the log and the owner of troubles, by the rules of `OwnerTopic`.

    A restart repeats nothing: whoever begins a topic that goes on already is not told again.
    """

    store: JobStore
    """Keeps the topics for a restart."""
    owner: Owner | None
    """Gets direct messages; None for the log alone."""
    clock: Clock
    """The time of messages."""
    _topics: dict[str, OwnerTopic] | None = None
    """By their keys; None until they are read."""
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the topics are changed and written."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there may be something to tell."""
    _stopping: bool = False
    """Ends `run`."""

    async def begin(self, key: str, text: str, *, detail: str = "") -> None:
        """Tell that a trouble goes on: `text` says what it is, what to do, and what it means.

        May be called again while it goes on; only another `text` is news then. `detail` is a
        sentence of figures for a message about a trouble that comes and goes.
        """
        async with self._lock:
            topics = await self._read()
            before = topics.get(key, OwnerTopic(text=text))
            after = before.begun(text, detail, self.clock.now())
            if not before.is_open or text != before.text:
                log.error("%s", text)
                await self._write(key, after)
            else:
                self._topics = {**topics, key: after}
        self._changed.set()

    async def end(self, key: str, text: str) -> None:
        """Tell that a trouble is over; without effect unless it went on."""
        await self.end_all([key], text)

    async def end_all(self, keys: list[str], text: str) -> None:
        """Tell in one message that several troubles are over."""
        async with self._lock:
            topics = await self._read()
            ending = [key for key in keys if key in topics and topics[key].is_open]
            if ending:
                log.info("%s", text)
            for key in ending:
                await self._write(key, topics[key].ended(text))
        self._changed.set()

    async def going_on(self, prefix: str) -> bool:
        """Return whether a trouble goes on whose key begins so."""
        async with self._lock:
            topics = await self._read()
        return any(key.startswith(prefix) and topic.is_open for key, topic in topics.items())

    async def forget(self, prefix: str, *, but: str = "") -> None:
        """Forget without a word the troubles whose keys begin so, but for those that begin with
        `but`, if it isn't empty."""
        async with self._lock:
            topics = await self._read()
            kept = {
                key: topic
                for key, topic in topics.items()
                if not key.startswith(prefix) or (but and key.startswith(but))
            }
            if len(kept) < len(topics):
                await self._keep(kept)

    async def run(self) -> None:
        """Send the messages that are due until `stop`."""
        while not self._stopping:
            self._changed.clear()
            try:
                wait = await self._send_due()
            except Exception:
                # A database that can't be written now may be written later.
                log.exception("the owner's messages can't be looked at")
                wait = 60.0
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def stop(self) -> None:
        self._stopping = True
        self._changed.set()

    async def _send_due(self) -> float:
        """Send each message that is due once; return the seconds until the next one."""
        texts: dict[str, None] = {}
        async with self._lock:
            now = self.clock.now()
            for key, topic in (await self._read()).items():
                due = topic.due(now)
                if due is None or due > now:
                    continue
                # Recorded first: a second message would be worse than none, as the log has it, too.
                await self._write(key, topic.told(now))
                texts[topic.message()] = None
            dues = [topic.due(now) for topic in (await self._read()).values()]
        for text in texts:
            await self._tell(text)
        return min((due - now for due in dues if due is not None), default=QUIET_MS) / 1000

    async def _tell(self, text: str) -> None:
        if self.owner is None:
            return
        try:
            await self.owner.tell(text)
        except Undeliverable as trouble:
            log.warning("the application's owner can't be told: %s", trouble)

    async def _read(self) -> dict[str, OwnerTopic]:
        if self._topics is None:
            text = await self.store.fact(_TOPICS_FACT) or "{}"
            # As `_write` wrote it.
            stored = cast("dict[str, dict[str, object]]", json.loads(text))
            self._topics = {key: OwnerTopic(**topic) for key, topic in stored.items()}  # pyright: ignore[reportArgumentType]
        return self._topics

    async def _write(self, key: str, topic: OwnerTopic) -> None:
        now = self.clock.now()
        topics = {
            name: each
            for name, each in {**await self._read(), key: topic}.items()
            if not each.is_forgettable(now)
        }
        await self._keep(topics)

    async def _keep(self, topics: dict[str, OwnerTopic]) -> None:
        stored = {name: asdict(each) for name, each in topics.items()}
        await self.store.remember_fact(_TOPICS_FACT, json.dumps(stored))
        self._topics = topics
