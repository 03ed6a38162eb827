// The fastest way to take nine fields out of each span and do nothing with them: simdjson on demand.
//
// usage: zstd -dc spans.jsonl.zst | pick
#include <simdjson.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

using namespace simdjson;

struct Sums {
  uint64_t spans = 0, ids = 0, text = 0, times = 0, tasks = 0;
};

static uint64_t number(std::string_view digits) {
  uint64_t value = 0;
  for (char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

static uint64_t hex(std::string_view digits) {
  uint64_t value = 0;
  for (char digit : digits) value = value << 4 | ((digit & 15) + (digit >> 6) * 9);
  return value;
}

static void span(ondemand::object members, Sums &sums) {
  for (auto member : members) {
    ondemand::raw_json_string key = member.key();
    if (key.unsafe_is_equal("traceId")) {
      std::string_view id = member.value().get_string();
      sums.ids ^= hex(id.substr(0, 16)) ^ hex(id.substr(16));
    } else if (key.unsafe_is_equal("spanId") || key.unsafe_is_equal("parentSpanId")) {
      sums.ids ^= hex(member.value().get_string());
    } else if (key.unsafe_is_equal("name")) {
      std::string_view name = member.value().get_string();
      sums.text += name.size();
    } else if (key.unsafe_is_equal("kind")) {
      sums.text += uint64_t(member.value().get_uint64());
    } else if (key.unsafe_is_equal("startTimeUnixNano") || key.unsafe_is_equal("endTimeUnixNano")) {
      sums.times += number(member.value().get_string());
    } else if (key.unsafe_is_equal("attributes")) {
      for (auto attribute : member.value().get_array()) {
        ondemand::object pair = attribute.get_object();
        ondemand::raw_json_string name = pair["key"].get_raw_json_string();
        if (!name.unsafe_is_equal("task.id")) continue;
        sums.tasks += number(pair["value"]["intValue"].get_string());
      }
    }
  }
  sums.spans++;
}

static void line(ondemand::parser &parser, const char *start, size_t count, size_t room, Sums &sums) {
  auto document = parser.iterate(start, count, room);
  for (auto group : document["resourceSpans"].get_array()) {
    for (auto scope : group["scopeSpans"].get_array()) {
      for (auto one : scope["spans"].get_array()) span(one.get_object(), sums);
    }
  }
}

int main() {
  std::string buffer(32 << 20, 0);
  ondemand::parser parser;
  Sums sums;
  size_t used = 0;
  while (true) {
    if (buffer.size() - used < (2 << 20)) buffer.resize(buffer.size() * 2);
    ssize_t got = read(0, &buffer[used], 1 << 20);
    if (got <= 0) break;
    size_t searched = used, start = 0;
    used += got;
    while (void *end = memchr(&buffer[searched], '\n', used - searched)) {
      size_t stop = static_cast<char *>(end) - buffer.data();
      line(parser, &buffer[start], stop - start, buffer.size() - start, sums);
      start = searched = stop + 1;
    }
    memmove(&buffer[0], &buffer[start], used - start);
    used -= start;
  }
  printf("%lu spans %lx %lu %lu %lu\n", sums.spans, sums.ids, sums.text, sums.times, sums.tasks);
}
