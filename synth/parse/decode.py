"""Bytes to text: the encoding is judged strictly, so that no letter comes out wrong without anybody noticing.

UTF-8 must decode without one error; then a UTF-16 or UTF-32 mark; then the pattern of zero bytes that unmarked UTF-16
has; else the bytes are windows-1252, which is what Dutch and English office programs wrote before UTF-8 (or, with the
line ends of old Macs, Mac Roman, which Word on a Mac still writes as plain text). Statistical guessers are not asked:
they take Dutch with curly quotes for Central European."""

from __future__ import annotations

import codecs
import re
import unicodedata

from synth.errors import ReadError

BINARY = "This is not text but binary data; save the transcript as txt, docx, vtt, srt, csv or json and read that."
_BREAKS = re.compile("\r\n|[\r\u2028\u2029\x85\x0b]")
_CHAT_TIME = re.compile(r"\x15(\d{1,9}_\d{1,9})\x15")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_WRITTEN = frozenset("áàâäéèêëíîïóôöúûüçñßÉ‘’“”„–—…€£")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, name: str) -> tuple[str, str]:
    """The text with LF line ends in NFC, and the name of its encoding.

    Raises:
        ReadError: the bytes are no text.
    """
    text, encoding = _decode(data, name)
    # CHAT puts a control character around its times, and shows it as a bullet.
    text = _CHAT_TIME.sub("\u2022\\1\u2022", normalise(text))
    sample = text[:20_000]
    if len(_CONTROL.findall(sample)) > max(0, len(sample) // 200):
        raise ReadError(name, BINARY)
    return _CONTROL.sub(" ", text), encoding


def normalise(text: str) -> str:
    """LF line ends, NFC, no byte-order marks inside."""
    text = _BREAKS.sub("\n", text).replace("\ufeff", "")
    return text if text.isascii() or unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _decode(data: bytes, name: str) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                if encoding != "utf-8-sig":
                    raise ReadError(
                        name, f"The file begins as {encoding} but does not go on so; save it again as UTF-8."
                    ) from None
                return _windows(data[len(mark) :]), "windows-1252"
    if b"\x00" in data[:4096]:
        wide = _wide(data)
        if wide is not None:
            return wide
        if data.count(b"\x00") > len(data) // 200:
            raise ReadError(name, BINARY)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _damaged_or_old(data)


def _damaged_or_old(data: bytes) -> tuple[str, str]:
    """UTF-8 with a few stray bytes stays UTF-8: one pasted quote must not spoil every é of the file; else an encoding
    of one byte a letter, Mac Roman where the line ends are of old Macs and more letters come out right by it."""
    replaced = data.decode("utf-8", errors="replace")
    broken = replaced.count("\ufffd")
    whole = sum(1 for character in replaced if character > "\x7f") - broken
    if whole > broken:
        return data.decode("utf-8", errors="undefined_as_windows"), "utf-8"
    if b"\r" in data and b"\n" not in data and _letters(data.decode("mac_roman")) > _letters(_windows(data)):
        return data.decode("mac_roman"), "mac-roman"
    return _windows(data), "windows-1252"


def _letters(text: str) -> int:
    """How many signs beyond ASCII are such as Dutch, English, German and French are written with."""
    return sum(sign in _WRITTEN for sign in text)


def _wide(data: bytes) -> tuple[str, str] | None:
    """UTF-16 without a mark: in western text every other byte is zero."""
    even, odd = data[0:4096:2].count(0), data[1:4096:2].count(0)
    half = len(data[:4096]) // 2
    encoding = "utf-16-le" if odd > 0.6 * half > even else "utf-16-be" if even > 0.6 * half > odd else None
    if encoding is None:
        return None
    try:
        return data[: len(data) // 2 * 2].decode(encoding), encoding
    except UnicodeDecodeError:
        return None


def _windows(data: bytes) -> str:
    return data.decode("cp1252", errors="undefined_as_latin1")


def _undefined_as_latin1(error: UnicodeError) -> tuple[str, int]:
    """The five bytes that windows-1252 leaves undefined come through as the control characters of latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


def _undefined_as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _windows(error.object[error.start : error.end]), error.end


codecs.register_error("undefined_as_windows", _undefined_as_windows)
codecs.register_error("undefined_as_latin1", _undefined_as_latin1)
