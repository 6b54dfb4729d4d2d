"""Calls that cross a port only in rare cases: the tests beside this have a scene for each."""

RARE = frozenset(
    {
        "archive.holds",
        "delivery.deliver_directly",
        "delivery.show_directly",
        "delivery.take_back",
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
    }
)
