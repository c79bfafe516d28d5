"""Where in an interview the cited words lie, and how themes add up over interviews."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from synth.export.drawings.svg import drawing, element, number, points, text

STRIP_WIDTH = 220.0
_CURVE_WIDTH, _CURVE_HEIGHT = 560.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 16.0, 16.0, 34.0


def draw_cited(stretches: Sequence[tuple[float, float]]) -> Markup:
    """Somebody's speech from first word to last, with the cited stretches filled in."""
    parts = [element("rect", x=0, y=0, width=STRIP_WIDTH, height=12, class_="cov-all")]
    spans: list[tuple[int, int]] = []
    for begin, end in stretches:
        # To half a pixel: what cannot be told apart is drawn once, so that the picture stays small.
        first, last = int(2 * STRIP_WIDTH * begin), max(int(2 * STRIP_WIDTH * begin) + 2, int(2 * STRIP_WIDTH * end))
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    path = "".join(f"M{number(a / 2)} 0h{number((b - a) / 2)}v12h-{number((b - a) / 2)}z" for a, b in spans)
    if path:
        parts.append(element("path", class_="cov-cited", d=path))
    return drawing(STRIP_WIDTH, 12, parts, "cov")


def draw_saturation(curve: Sequence[float], interviews_word: str, themes_word: str) -> Markup:
    """Themes after each further interview; straight lines between the counts, since nothing lies between them.

    Args:
        curve: themes after 0, 1, 2 … interviews.
        interviews_word: at the foot.
        themes_word: at the top.
    """
    last, most = len(curve) - 1, max(curve[-1], 1.0)
    width, height = _CURVE_WIDTH - _LEFT - _RIGHT, _CURVE_HEIGHT - _TOP - _BOTTOM

    def x(place: float) -> float:
        return _LEFT + width * place / max(1, last)

    def y(value: float) -> float:
        return _TOP + height * (1 - value / most)

    parts: list[Markup] = []
    for share in (0.0, 0.5, 1.0):
        parts.append(element("path", class_="grid", d=f"M{number(_LEFT)} {number(y(share * most))}h{number(width)}"))
        parts.append(text(_LEFT - 8, y(share * most) + 4, str(round(share * most)), "axis", "end"))
    step = max(1, -(-last // 12))
    parts += [text(x(place), _CURVE_HEIGHT - 16, str(place), "axis", "middle") for place in range(0, last + 1, step)]
    parts.append(text(_LEFT + width, _CURVE_HEIGHT - 2, interviews_word, "axis", "end"))
    parts.append(text(_LEFT + 6, _TOP + 10, themes_word, "axis", "start"))
    places = sorted({*range(0, last + 1, max(1, last // 200)), last})
    line = points(*((x(place), y(curve[place])) for place in places))
    parts.append(element("polyline", class_="mean", points=line))
    if last <= 40:
        parts += [element("circle", cx=x(place), cy=y(value), r=3, class_="dot") for place, value in enumerate(curve)]
    return drawing(_CURVE_WIDTH, _CURVE_HEIGHT, parts, "satur")
