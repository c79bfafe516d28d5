"""`synth export`: take the results away."""

from __future__ import annotations

from pathlib import Path

import click

from synth.cli.options import PATH, db_option


@click.command()
@click.argument("study")
@click.option("--format", "-f", "format_", required=True, metavar="F", help="json, html, md or csv.")
@db_option
@click.option("--out", "out_path", default=None, type=PATH, metavar="PATH",
              help="A file, or a folder for everything the format has.  [default: stdout]")  # fmt: skip
@click.option("--names", is_flag=True, help="Show names as the files have them, in formats that would hide them.")
def export(study: str, format_: str, db_path: str, out_path: str | None, names: bool) -> None:
    """Write a study's personas and maps, with all their evidence, as json, html, md or csv.

    \b
    synth export "Home energy" --format json --out home-energy.json
    synth export "Home energy" --format csv > claims.csv
    """
    from synth.pipeline.reports import export_study
    from synth.store import open_store

    store = open_store(db_path, create=False)
    files = export_study(store, store.study(study), format_, show_names=names)
    if out_path is None:
        click.echo(next(iter(files.values())), nl=False)
        return
    for path in write_files(files, Path(out_path)):
        click.echo(path)


def write_files(files: dict[str, bytes], target: Path) -> list[Path]:
    """Write the first file to `target`, or all of them into it where it is a folder.

    Raises:
        InputError: it cannot be written.
    """
    from synth.errors import InputError

    folder = target.is_dir() or (len(files) > 1 and not target.suffix)
    pairs = (
        [(target / name, data) for name, data in files.items()] if folder else [(target, next(iter(files.values())))]
    )
    try:
        for path, data in pairs:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise InputError(
            f"{target}: this cannot be written ({error.strerror}). Give another place with --out."
        ) from error
    return [path for path, _ in pairs]
