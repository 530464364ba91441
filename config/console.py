"""The operator console: one admin site, grouped by work, on which nothing is deleted in bulk."""

from unfold.sites import UnfoldAdminSite


class Console(UnfoldAdminSite):
    """Lethe's own admin site."""

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")
