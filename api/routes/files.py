"""Files that pages load: style sheets, scripts, fonts, the icon. Nobody's words are in them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.errors import ApiError
from api.rendering import static_files

router = APIRouter(include_in_schema=False)


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
def show_file(request: Request, name: str) -> Response:
    """A file by its name; kept by the browser for long where its address says which version it is."""
    file = static_files().get(name)
    if file is None:
        raise ApiError("not-found", "There is no such file.")
    age = 31_536_000 if "v" in request.query_params or name.endswith(".woff2") else 3600
    return Response(file.content, media_type=file.media_type, headers={"cache-control": f"private, max-age={age}"})
