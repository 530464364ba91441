"""What must happen at the moment a person says “no” or is restricted (S58, Art. 7(3), 21(3)).

Who keeps something in a queue for people registers here, when the apps are ready; consent and
restriction tell it in their own transaction, so that a “no” and its effect are one.
"""

from collections.abc import Callable, Collection

_listeners: list[Callable[[Collection[int]], None]] = []


def register(listener: Callable[[Collection[int]], None]) -> None:
    """Have this called with the numbers of the people concerned, once for each “no”."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(subject_pks: Collection[int]) -> None:
    """These people have just said “no” to something, or may not be processed any more."""
    for listener in _listeners:
        listener(subject_pks)
