"""Sealing a short text with a secret that lies elsewhere: nobody reads or changes it without that secret.

Made of the standard library alone, from parts that are well known: the key comes from scrypt, the stream from
HMAC-SHA256 over a counter, and a second HMAC over everything is checked before anything is opened (encrypt, then
authenticate). Each sealing has a salt and with it keys of its own.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from functools import lru_cache
from hashlib import scrypt, sha256

_MARK = b"synth-sealed-1"
_SALT, _TAG, _BLOCK = 16, 32, 32


class SealError(Exception):
    """The secret is another one, or the text was changed."""


def seal(text: str, secret: str) -> str:
    """The text sealed, as one word."""
    salt = secrets.token_bytes(_SALT)
    hidden, proof = _keys(secret, salt)
    body = _mixed(text.encode("utf-8"), hidden)
    return base64.urlsafe_b64encode(salt + body + _tag(proof, salt, body)).decode("ascii")


def unseal(sealed: str, secret: str) -> str:
    """The text.

    Raises:
        SealError: it was sealed with another secret, or changed since.
    """
    try:
        whole = base64.urlsafe_b64decode(sealed.encode("ascii"))
    except ValueError as error:
        raise SealError from error
    salt, body, tag = whole[:_SALT], whole[_SALT:-_TAG], whole[-_TAG:]
    if len(whole) < _SALT + _TAG:
        raise SealError
    hidden, proof = _keys(secret, salt)
    if not hmac.compare_digest(tag, _tag(proof, salt, body)):
        raise SealError
    return _mixed(body, hidden).decode("utf-8")


@lru_cache(maxsize=4)
def _keys(secret: str, salt: bytes) -> tuple[bytes, bytes]:
    """Slow by intention: whoever tries secrets pays some 32 MB and a tenth of a second for each."""
    both = scrypt(secret.encode("utf-8"), salt=salt, n=2**15, r=8, p=1, maxmem=80 * 2**20, dklen=64)
    return both[:32], both[32:]


def _mixed(data: bytes, key: bytes) -> bytes:
    stream = b"".join(
        hmac.digest(key, number.to_bytes(8, "big"), sha256) for number in range((len(data) + _BLOCK - 1) // _BLOCK)
    )
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def _tag(key: bytes, salt: bytes, body: bytes) -> bytes:
    return hmac.digest(key, _MARK + salt + body, sha256)
