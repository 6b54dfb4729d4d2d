"""Calls that cross a port only in rare cases: `test_rare_moments.py` has a scene for each."""

RARE = frozenset(
    {
        "archive.holds",
        "delivery.deliver_directly",
        "delivery.show_directly",
        "delivery.take_back",
        "store.close_opening",
        "store.settle_unknown",
        "videos.fit",
    }
)
