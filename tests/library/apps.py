from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """A lending library: proves the privacy office's mechanics on people who are not contacts."""

    name = "tests.library"
    label = "library"
