"""Reads spans into a table of DuckDB and counts those whose parent is in no log."""
import sys

import duckdb

SPAN = """STRUCT(traceId VARCHAR, spanId VARCHAR, parentSpanId VARCHAR, name VARCHAR, kind INTEGER,
  startTimeUnixNano UBIGINT, endTimeUnixNano UBIGINT,
  attributes STRUCT("key" VARCHAR, "value" STRUCT(intValue VARCHAR))[])"""
base = duckdb.connect()
base.execute("SET threads = 2; SET preserve_insertion_order = false")
base.execute(f"""CREATE TABLE spans AS
  WITH groups AS (SELECT unnest(resourceSpans) AS g FROM read_json('{sys.argv[1]}', format = 'newline_delimited',
    maximum_object_size = 67108864, columns = {{resourceSpans: 'STRUCT(scopeSpans STRUCT(spans {SPAN}[])[])[]'}})),
  scopes AS (SELECT unnest(g.scopeSpans) AS s FROM groups), rows AS (SELECT unnest(s.spans) AS r FROM scopes)
  SELECT r.traceId AS trace, r.spanId AS span, r.parentSpanId AS parent, r.name AS name, r.kind AS kind,
    r.startTimeUnixNano AS began, r.endTimeUnixNano AS ended,
    list_filter(r.attributes, lambda a: a.key = 'task.id')[1].value.intValue AS task FROM rows""")
spans = base.execute("SELECT count(*) FROM spans").fetchone()[0]
orphans = base.execute("""SELECT count(*) FROM spans a ANTI JOIN spans b ON a.trace = b.trace AND a.parent = b.span
  WHERE a.parent <> ''""").fetchone()[0]
print(spans, orphans)
