"""Reads spans into a table of chDB (ClickHouse) and counts those whose parent is in no log."""
import sys

from chdb import session

SPAN = """Tuple(traceId String, spanId String, parentSpanId String, name String, kind Int32,
  startTimeUnixNano String, endTimeUnixNano String, attributes Array(Tuple(key String, value Tuple(intValue String))))"""
SHAPE = f"resourceSpans Array(Tuple(scopeSpans Array(Tuple(spans Array({SPAN})))))"
base = session.Session()
base.query("CREATE DATABASE IF NOT EXISTS bench")
base.query("""CREATE TABLE bench.spans (trace FixedString(32), span FixedString(16), parent String,
  name LowCardinality(String), kind Int32, began UInt64, ended UInt64, task String) ENGINE = Memory""")
base.query(f"""INSERT INTO bench.spans SELECT s.traceId, s.spanId, s.parentSpanId, s.name, s.kind, toUInt64(s.startTimeUnixNano),
  toUInt64(s.endTimeUnixNano), arrayFirst(a -> a.key = 'task.id', s.attributes).value.intValue
  FROM (SELECT arrayJoin(arrayFlatten(arrayMap(x -> x.spans, arrayJoin(resourceSpans).scopeSpans))) AS s
    FROM file('{sys.argv[1]}', 'JSONEachRow', '{SHAPE}'))
  SETTINGS input_format_skip_unknown_fields = 1, input_format_json_ignore_unknown_keys_in_named_tuple = 1,
    max_threads = 2, max_block_size = 64, min_chunk_bytes_for_parallel_parsing = 33554432""")
spans = str(base.query("SELECT count() FROM bench.spans")).strip()
orphans = str(base.query("""SELECT count() FROM bench.spans a LEFT ANTI JOIN bench.spans b
  ON a.trace = b.trace AND a.parent = toString(b.span) WHERE a.parent <> ''""")).strip()
print(spans, orphans)
