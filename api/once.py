"""Requests that are sent again are answered again and not done again, where they carry an `Idempotency-Key`.

The key counts for whoever sends it, for a day. The same key with another request is refused: it was used for something
else. Answers are kept in the database, so that a restart in between changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Annotated

from fastapi import Header
from fastapi.responses import JSONResponse, Response

from api.errors import ApiError
from api.visitors import Visitor
from synth.store import Store
from synth.store.base import utc_after

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Of your making: under the same key the same request is not done again, for a day.",
    ),
]


def once(
    store: Store, visitor: Visitor, key: str | None, what: str, body: object, do: Callable[[], JSONResponse]
) -> Response:
    """What `do` answers, or what it answered before under this key.

    Args:
        store: keeps the answers. `do` runs in one transaction with keeping its answer.
        visitor: whose key it is.
        key: as it was sent; None: nothing is kept.
        what: the method and address.
        body: the request as read, ready for JSON; of files, their hashes.
        do: does it and answers; where it raises, nothing is kept.

    Raises:
        ApiError: the key was used for another request.
    """
    if key is None:
        return do()
    request_key = _hash(json.dumps([what, body], sort_keys=True, ensure_ascii=True))
    own_key = _hash(f"{visitor.account.id if visitor.account else 'alone'} {key}")
    with store.write():
        kept = store.kept_answer(own_key)
        if kept is not None and kept[0] != request_key:
            raise ApiError("key-reused", "This idempotency key came before with another request. Nothing was done.")
        if kept is not None:
            return Response(kept[2], kept[1], {"idempotent-replay": "true"}, "application/json")
        answer = do()
        store.keep_answer(own_key, request_key, answer.status_code, bytes(answer.body).decode(), utc_after(days=-1))
        return answer


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
