"""What another cell's worker says about a portal's owners (ADR 52); see bandstand.moving.carrying."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus

import structlog
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bandstand.moving.carrying import MessageRefusedError, NotNowError, message_receive

log = structlog.get_logger("bandstand.cells")


# Nobody's browser sends it: the signature proves the sender.
@csrf_exempt
@never_cache
@require_POST
def receive(request: HttpRequest) -> JsonResponse:
    """Follow a signed message; 403 for anything else, 409 if it can't be followed now."""
    try:
        received = message_receive(request.POST.get("message", ""))
    except MessageRefusedError as problem:
        log.warning("a message about owners is refused", error=str(problem))
        return JsonResponse({"problem": str(problem)}, status=HTTPStatus.FORBIDDEN)
    except NotNowError as problem:
        return JsonResponse({"problem": str(problem)}, status=HTTPStatus.CONFLICT)
    return JsonResponse(asdict(received))
