"""Calls that cross a port only in rare cases: `test_rare_moments.py` or `test_refining_moments.py` has a scene
for each."""

RARE = frozenset(
    {
        "archive.holds",
        "archive.remove",
        "archive.use",
        "delivery.deliver_directly",
        "delivery.erase",
        "delivery.show_directly",
        "delivery.take_back",
        "pastvideos.needed",
        "pastvideos.only_of",
        "pastvideos.page",
        "store.close_opening",
        "store.settle_unknown",
        "videos.fit",
        "videos.join",
        "videos.keep_last_frame",
        "videos.poster",
    }
)
