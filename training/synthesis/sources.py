"""Builds training/synthesis/tables.json.gz: tables out of well-kept packages, made ready for charts.

Run: python -m training.synthesis.sources. Reads pydataset (its archive, not its import, which writes into the home
folder), statsmodels, vega_datasets, scikit-learn and matplotlib as installed; nothing from the network.
Leaves out: drawing samples for charts (training/synthesis/tables.py).
A frame is one chartable cut of a source table: rows per name, means per group, two-way means, a course over an
ordered column, or a cloud. Its family is the source table's name, the same in whichever package it was found.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import re
import tarfile
from collections.abc import Iterator
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

OUT = Path(__file__).parent / "tables.json.gz"
MAX_ROWS = 90
MAX_COLUMNS = 6
FRAMES_PER_FAMILY = 7
ORDERED_NAMES = re.compile(r"^(year|yr|time|date|month|day|week|quarter|age|period|decade|season|dose|temp.*)$", re.I)
JUNK_NAMES = re.compile(r"^(id|.*id|obs|case|index|no|nr|num|code|.*code|row.*|x\d*|v\d+|y\d*|z\d*|.*\.1)$", re.I)
JUNK_MEANINGS = re.compile(
    r"\b(code|codes|coded|identifier|identification|id|dummy|factor|indicator|abbreviation|"
    r"serial|binary|numeric vector|label|number of the)\b|=|segment",
    re.I,
)
KNOWN_UNIT = re.compile(r"[$%a-zA-Z/° ]{1,12}[23]?$")
UNITS = re.compile(
    r"\b(?:in|per) (\$|dollars?|years?|hours?|minutes?|seconds?|days?|kg|cm|mm|km|miles|meters|percent|"
    r"inches|feet|pounds|grams|thousands?|millions?|degrees \w+|US ?\$|kilograms|months|weeks)\b",
    re.I,
)

Frame = dict[str, Any]
Meanings = dict[str, str]


def main() -> None:
    frames: list[Frame] = []
    seen: dict[str, int] = {}
    for name, title, table, meanings in tables():
        family = re.sub(r"(grp|\d+|[^a-z])+$", "", name.lower()) or name.lower()
        for frame in _frames(table, meanings):
            if seen.get(family, 0) < FRAMES_PER_FAMILY:
                seen[family] = seen.get(family, 0) + 1
                frames.append({"family": family, "title": title, **frame})
    text = json.dumps(frames, separators=(",", ":"), ensure_ascii=False)
    OUT.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(frames)} frames of {len(seen)} families, {OUT.stat().st_size / 1e6:.2f} MB")


def tables() -> Iterator[tuple[str, str, pd.DataFrame, Meanings]]:
    """Name, title, rows and what its columns mean, of every source table."""
    yield from _pydataset()
    yield from _vega()
    yield from _files("statsmodels.datasets", "*/*.csv")
    yield from _files("sklearn.datasets.data", "*_exercise.csv")
    yield from _files("matplotlib.mpl-data.sample_data", "*tocks.csv")


def _pydataset() -> Iterator[tuple[str, str, pd.DataFrame, Meanings]]:
    files = _archive(_folder("pydataset") / "resources.tar.gz")
    catalogue = pd.read_csv(io.BytesIO(files["resources/rdata/datasets.csv"]))
    titles = dict(zip(catalogue.Package + "/" + catalogue.Item, catalogue.Title, strict=True))
    for path in sorted(name for name in files if "/csv/" in name):
        package, name = path[:-4].split("/")[-2:]
        table = pd.read_csv(io.BytesIO(files[path]), encoding="latin1", low_memory=False)
        page = files.get(f"resources/rdata/doc/{package}/rst/{name}.rst", b"").decode("latin1")
        yield name, str(titles.get(f"{package}/{name}", "")), table, _meanings(page)


def _archive(path: Path) -> dict[str, bytes]:
    """Small text files of an archive, read in one pass: seeking in it takes minutes."""
    found = {}
    with tarfile.open(path, "r|gz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith((".csv", ".rst")) else None
            if file and "/._" not in member.name:
                found[member.name] = file.read()
    return found


def _folder(package: str) -> Path:
    """Where a package lies, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"package {package} is not installed: pip install -e '.[train]'")
    return Path(spec.submodule_search_locations[0])


def _vega() -> Iterator[tuple[str, str, pd.DataFrame, Meanings]]:
    for path in sorted((_folder("vega_datasets") / "_data").glob("*.*")):
        if path.suffix in (".csv", ".json"):
            read = pd.read_csv if path.suffix == ".csv" else pd.read_json
            yield path.stem, "", read(path), {}


def _files(package: str, pattern: str) -> Iterator[tuple[str, str, pd.DataFrame, Meanings]]:
    top, _, rest = package.partition(".")
    folder = _folder(top).joinpath(*rest.split("."))
    for path in sorted(folder.glob(pattern)):
        name = path.parent.name if path.parent.name != folder.name else path.stem
        table = pd.read_csv(path, encoding="latin1", sep=None, engine="python", on_bad_lines="skip")
        yield name, "", table, {}


def _meanings(page: str) -> Meanings:
    """Column name -> what it is, from a reStructuredText help page's definition list or table."""
    found: Meanings = {}
    for match in re.finditer(r"^`{0,2}([\w.]+)`{0,2}\n((?: {4}\S.*\n)+)", page, re.M):
        found[match[1]] = " ".join(match[2].split())
    for line in page.splitlines():
        cells = [cell.strip(" `") for cell in line.split("|")]
        for name, meaning in pairwise(cells):
            if re.fullmatch(r"[\w.]+", name) and len(meaning) > 8 and meaning != "R Documentation":
                found.setdefault(name, meaning)
    return found


def _frames(table: pd.DataFrame, meanings: Meanings) -> Iterator[Frame]:
    if len(table) < 4 or table.shape[1] < 2 or table.shape[1] > 60:
        return
    if str(table.columns[0]).startswith("Unnamed"):
        named = not pd.api.types.is_numeric_dtype(table.iloc[:, 0])
        table = table.rename(columns={table.columns[0]: "item"}) if named else table.iloc[:, 1:]
    table = table.head(20_000)
    texts = [column for column in table.columns if _is_text(table[column])]
    numbers = [column for column in table.columns if _is_number(table[column], str(column), meanings)][:12]
    yield from _per_name(table, texts, numbers, meanings)
    yield from _over_order(table, texts, numbers, meanings)
    yield from _two_way(table, texts, numbers, meanings)
    yield from _per_group(table, texts, numbers, meanings)
    yield from _cloud(table, texts, numbers, meanings)


def _is_text(values: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    shown = values.dropna().astype(str).unique()
    if not 2 <= len(shown) <= 400:
        return False
    lengths = [len(text) for text in shown]
    lettered = sum(bool(re.search(r"[A-Za-z]{2}", text)) for text in shown)
    return max(lengths) <= 28 and lettered >= 0.9 * len(shown)


def _is_number(values: pd.Series, name: str, meanings: Meanings) -> bool:
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    known = values.dropna()
    if known.nunique() < 3 or len(known) < 0.6 * len(values) or not np.isfinite(known.astype(float)).all():
        return False
    counter = bool((known.diff().dropna() == 1).all()) and not ORDERED_NAMES.match(name)
    readable = name in meanings or (len(name) >= 3 and not JUNK_NAMES.match(name))
    coded = JUNK_MEANINGS.search(meanings.get(name, ""))
    return readable and not counter and not coded and abs(float(known.max())) < 1e11


def _label(name: object, meanings: Meanings) -> tuple[str, str]:
    """A header for people, and its unit if the help page gives one."""
    text = meanings.get(str(name), "")
    unit = next((match[1] for match in [UNITS.search(text), re.search(r"\(([^()]{1,12})\)", text)] if match), "")
    short = re.split(r"[,.;:(=]| in \d| for each | of the | where | which ", text)[0].strip(" `*")
    short = re.sub(r"^(a|an|the|numeric)\b\s*|``", "", short, flags=re.I).strip()
    if not 3 <= len(short) <= 36 or short.lower().startswith("factor"):
        short = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"[._]+", " ", str(name))).strip()
    if "percent" in text.lower():
        return short, "%"
    return short, unit if KNOWN_UNIT.match(unit) and not unit.isupper() else ""


def _columns(table: pd.DataFrame, names: list[Any], meanings: Meanings) -> list[Any]:
    return [[*_label(name, meanings), _short(table[name])] for name in names[:MAX_COLUMNS]]


def _short(values: pd.Series, digits: int = 4) -> list[float]:
    return [int(v) if v.is_integer() else v for v in (float(f"{value:.{digits}g}") for value in values)]


def _plain(values: Any) -> list[str]:
    return [" ".join(re.sub(r"(?<!\d)[._]+|[._]+(?!\d)", " ", str(value)).split()) for value in values]


def _per_name(table: pd.DataFrame, texts: list[Any], numbers: list[Any], meanings: Meanings) -> Iterator[Frame]:
    for text in texts[:3]:
        known = table[[text, *numbers[:MAX_COLUMNS]]].dropna().head(MAX_ROWS)
        if numbers and len(known) >= 4 and known[text].is_unique and table[text].dropna().is_unique:
            over = _label(text, meanings)[0]
            columns = _columns(known, numbers, meanings)
            yield {"kind": "categorical", "over": over, "keys": _plain(known[text]), "same": False, "columns": columns}


def _over_order(table: pd.DataFrame, texts: list[Any], numbers: list[Any], meanings: Meanings) -> Iterator[Frame]:
    ordered = [name for name in numbers if ORDERED_NAMES.match(str(name))]
    ordered += [name for name in numbers if name not in ordered and _is_graded(table[name])]
    for x in ordered[:2]:
        values = [name for name in numbers if name != x]
        if not values:
            continue
        means = table.groupby(x)[values[:MAX_COLUMNS]].mean().dropna().iloc[:MAX_ROWS]
        if len(means) >= 5:
            yield _course(x, means, meanings, False)
        for text in [text for text in texts if 2 <= table[text].nunique() <= 8][:1]:
            wide = table.pivot_table(index=x, columns=text, values=values[0]).dropna().iloc[:MAX_ROWS]
            if len(wide) >= 5 and 2 <= wide.shape[1] <= 8:
                yield {**_course(x, wide, {}, True), "measure": _label(values[0], meanings)}


def _is_graded(values: pd.Series) -> bool:
    known = values.dropna()
    return 5 <= known.nunique() <= 25 and len(known) > 3 * known.nunique() and bool((known % 1 == 0).all())


def _course(x: object, table: pd.DataFrame, meanings: Meanings, same: bool) -> Frame:
    columns = _columns(table, list(table.columns), meanings)
    keys = _short(table.index.to_series(), digits=8)
    return {"kind": "ordered", "over": _label(x, meanings)[0], "keys": keys, "same": same, "columns": columns}


def _two_way(table: pd.DataFrame, texts: list[Any], numbers: list[Any], meanings: Meanings) -> Iterator[Frame]:
    grouping = [text for text in texts if 2 <= table[text].nunique() <= 9]
    for rows, across in list(permutations(grouping[:4], 2))[:3]:
        if table[rows].nunique() < 3 or table[across].nunique() > 6:
            continue
        if numbers:
            cells = table.pivot_table(index=rows, columns=across, values=numbers[0]).dropna()
            measure = _label(numbers[0], meanings)
        else:
            cells, measure = pd.crosstab(table[rows], table[across]), ("Count", "")
        if len(cells) >= 3 and cells.shape[1] >= 2:
            columns = _columns(cells.rename(columns=str), [str(name) for name in cells.columns], {})
            yield {
                "kind": "categorical",
                "over": _label(rows, meanings)[0],
                "keys": _plain(cells.index),
                "same": True,
                "columns": columns,
                "measure": measure,
            }


def _per_group(table: pd.DataFrame, texts: list[Any], numbers: list[Any], meanings: Meanings) -> Iterator[Frame]:
    for text in [text for text in texts if 3 <= table[text].nunique() <= 400][:2]:
        if table[text].dropna().is_unique or not numbers:
            continue
        means = table.groupby(text)[numbers[:MAX_COLUMNS]].mean().dropna().iloc[:MAX_ROWS]
        if len(means) >= 3:
            columns = _columns(means, numbers, meanings)
            columns.append(["Count", "", _short(table.groupby(text).size().loc[means.index])])
            over = _label(text, meanings)[0]
            yield {"kind": "categorical", "over": over, "keys": _plain(means.index), "same": False, "columns": columns}


def _cloud(table: pd.DataFrame, texts: list[Any], numbers: list[Any], meanings: Meanings) -> Iterator[Frame]:
    spread = [name for name in numbers if table[name].nunique() >= 12][:5]
    groups = [text for text in texts if 2 <= table[text].nunique() <= 6][:1]
    known = table[[*groups, *spread]].dropna()
    if len(spread) < 2 or len(known) < 12:
        return
    known = known.sample(min(len(known), MAX_ROWS), random_state=0)
    keys = _plain(known[groups[0]]) if groups else []
    over = _label(groups[0], meanings)[0] if groups else ""
    yield {"kind": "cloud", "over": over, "keys": keys, "same": False, "columns": _columns(known, spread, meanings)}


if __name__ == "__main__":
    main()
