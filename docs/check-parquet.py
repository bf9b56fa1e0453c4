"""Called by docs/check-parquet: runs the marked blocks of a page and compares what they say."""

import json
import re
import sys

import duckdb
import pandas as pd
import polars as pl

page, work = sys.argv[1:]
coverage = json.load(open(f"{work}/report.json"))["coverage"]
wanted = (coverage["admitted"], coverage["refused"])
blocks = re.findall(r"<!-- run by: docs/check-parquet -->\n```(\w+)\n(.*?)```", open(page).read(), re.S)
assert sorted(language for language, _ in blocks) == ["python", "python", "sql"], "the page is written another way"

for language, text in blocks:
    if language == "sql":
        table = duckdb.sql(text)
        print("DuckDB", duckdb.__version__, table, sep="\n")
        rows = table.fetchall()
    else:
        print(text.splitlines()[0].removeprefix("import "))
        seen = []
        exec(text, {"print": lambda table: (print(table), seen.append(table))})
        (table,) = seen
        rows = table.rows() if isinstance(table, pl.DataFrame) else [(i, *r) for i, r in zip(table.index, table[["admitted", "refused"]].values.tolist())]
    sums = (sum(r[1] for r in rows), sum(r[2] for r in rows))
    assert sums == wanted, f"{sums} and not {wanted} as the report says"

# What the types of the columns are promised to be.
schema = pl.read_parquet_schema("target/attempts.parquet")
documented = {name for row in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", open("docs/REPORT.md").read().split("## Columns of")[1], re.M) for name in re.findall(r"`(\w+)`", row)}
assert documented == set(schema), documented ^ set(schema)
assert schema["start_utc"] == pl.Datetime("us") and schema["status"] == pl.UInt32, schema

events = [pd.read_json(f"{work}/events.jsonl", lines=True), pd.read_csv(f"{work}/events.csv")]
for frame in events:
    assert not frame[["message", "datetime", "timestamp_desc"]].isna().any().any()
    assert pd.to_datetime(frame["datetime"], utc=True).is_monotonic_increasing
    stamps = pd.to_datetime(frame["timestamp"], unit="us", utc=True)
    assert (pd.to_datetime(frame["datetime"], utc=True) == stamps).all()
    assert (frame["timestamp_desc"] == "Request refused").sum() == coverage["refused"]
assert len(events[0]) == len(events[1])
print(f"{wanted[0]} admitted and {wanted[1]} refused in all three, as in the report; {len(events[0])} events for Timesketch")
