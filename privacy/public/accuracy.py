"""“Are your details still right?”: the page behind the link of such a message (S101, S136).

It shows how we can reach the person, covered so that a message that went astray tells nobody, and
changes nothing before one of its two buttons is pressed.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from privacy import links, subjects, suppression
from privacy.enums import PointKind
from privacy.errors import PrivacyError
from privacy.links import Act
from privacy.points import Point
from privacy.public.pages import page, show
from privacy.public.preferences import READ


@csrf_protect
@page
@require_http_methods([*READ, "POST"])
def still_right(request: HttpRequest, token: str) -> HttpResponse:
    """What we have, and two buttons."""
    opened = links.opened(Act.ACCURACY, token)
    person: Any = None
    if opened is not None:
        people = subjects.root_model()._base_manager.filter(disposed_at__isnull=True)
        person = people.filter(uuid=opened.reference).first()
    if person is None:
        return show(request, "broken_link", status=404)
    if request.method != "POST":
        points = suppression.points_about([person.pk])[person.pk]
        return show(request, "still_right", {"points": [covered(point) for point in points]})
    is_right = request.POST.get("answer") == "right"
    try:
        subjects.adapter().answered(person.pk, is_right=is_right)
    except PrivacyError:
        # Restricted or gone meanwhile: thanked all the same, and nothing is written.
        return show(request, "answered", {"is_right": is_right})
    return show(request, "answered", {"is_right": is_right})


def covered(point: Point) -> str:
    """As much of a point as its owner needs to know it again."""
    match point.kind:
        case PointKind.EMAIL:
            name, _at, domain = point.value.partition("@")
            return f"{name[:1]}…@{domain}"
        case PointKind.PHONE:
            return f"…{point.value[-3:]}"
    return f"{point.value[:12]}…"
