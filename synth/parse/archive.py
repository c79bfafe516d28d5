"""Zip containers, opened with care: nothing is unpacked beyond a limit, whatever sizes the archive claims.

Members are read into memory one by one and never written to disk, so names with `..` in them can do no harm.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import IO
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_external_ges, feature_external_pes

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from synth.errors import ReadError

BROKEN = "The document is damaged; open it in the program it was made with and save it again."
TOO_MUCH = (
    "The archive unpacks to far more than it should hold and was not opened; "
    "unpack it yourself and check what is in it."
)
PASSWORD = "The document has a password; save it without one."
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_BLOCK = 1 << 16
_HARMLESS_BYTES = 10_000_000
_LARGEST_RATIO = 200
_MOST_MEMBERS = 5_000


def open_zip(data: bytes, name: str) -> zipfile.ZipFile:
    """The archive in these bytes.

    Raises:
        ReadError: it is damaged, or has an absurd number of members.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    # NotImplementedError is how zipfile says that it does not know a version or a way of packing.
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, OSError, NotImplementedError) as error:
        raise ReadError(name, BROKEN) from error
    if len(archive.infolist()) > _MOST_MEMBERS:
        raise ReadError(name, f"The archive has more than {_MOST_MEMBERS} files in it; unpack it and give the folder.")
    return archive


def read_member(archive: zipfile.ZipFile, member: str, name: str, limit: int) -> bytes:
    """The unpacked bytes of one member.

    Raises:
        ReadError: it is not there, damaged, encrypted, or unpacks to more than `limit` bytes.
    """
    parts: list[bytes] = []
    _stream(archive, member, name, limit, parts.append)
    return b"".join(parts)


def walk_xml(archive: zipfile.ZipFile, member: str, name: str, limit: int, handler: ContentHandler) -> None:
    """Send the elements of an XML member to a handler, without ever holding the whole member.

    Entities, document types and external references are refused.

    Raises:
        ReadError: as `read_member`, or the XML is damaged or unsafe.
    """
    _parse_xml(name, handler, lambda take: _stream(archive, member, name, limit, take))


def walk_text(text: str, name: str, handler: ContentHandler) -> None:
    """Send the elements of an XML text to a handler, with the same care.

    Raises:
        ReadError: the XML is damaged or unsafe.
    """
    # What the text says of its encoding is no longer true of a decoded one.
    plain = _DECLARATION.sub("", text)
    blocks = (plain[place : place + _BLOCK] for place in range(0, len(plain), _BLOCK))

    def feed(take: Callable[[str], object]) -> None:
        for block in blocks:
            take(block)

    _parse_xml(name, handler, feed)


def _parse_xml(name: str, handler: ContentHandler, feed: Callable[[Callable[..., object]], None]) -> None:
    parser = create_parser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    parser.setFeature(feature_external_ges, False)
    parser.setFeature(feature_external_pes, False)
    parser.setContentHandler(handler)
    try:
        feed(parser.feed)
        parser.close()
    except DefusedXmlException as error:
        raise ReadError(
            name, "The document defines entities, which no word processor does; it was not opened."
        ) from error
    except (SAXParseException, SAXException) as error:
        raise ReadError(name, BROKEN) from error


def _stream(archive: zipfile.ZipFile, member: str, name: str, limit: int, take: Callable[[bytes], object]) -> None:
    try:
        info = archive.getinfo(member)
        if info.flag_bits & 1:
            raise ReadError(name, PASSWORD)
        with archive.open(info) as stream:
            _copy(stream, info.compress_size, name, limit, take)
    # RuntimeError: with NotImplementedError, which is one, zipfile refuses a way of packing.
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise ReadError(name, BROKEN) from error


def _copy(stream: IO[bytes], packed: int, name: str, limit: int, take: Callable[[bytes], object]) -> None:
    total = 0
    while block := stream.read(_BLOCK):
        total += len(block)
        if total > limit or (total > _HARMLESS_BYTES and total > _LARGEST_RATIO * max(1, packed)):
            raise ReadError(name, TOO_MUCH)
        take(block)
