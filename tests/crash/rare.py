"""Calls that cross a port only in rare cases: the tests beside this have a scene for each."""

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
        "rulebook.all_rules",
        "rulebook.audit",
        "rulebook.change_member",
        "rulebook.change_role",
        "rulebook.change_server",
        "rulebook.grant",
        "rulebook.reset",
        "rulebook.rules",
        "spending.taken",
        "store.close_opening",
        "store.settle_unknown",
        "videos.fit",
        "videos.join",
        "videos.keep_last_frame",
        "videos.poster",
    }
)
