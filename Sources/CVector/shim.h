#ifndef CVECTOR_SHIM_H
#define CVECTOR_SHIM_H

// Looks at many bytes of text at once. Swift's own vectors compile to code that goes through them byte by
// byte where a mask of bits is wanted, so these few lines are C: with the instructions that every x86-64 and
// every arm64 processor has, and once more without any, which the tests hold beside them.

#include <stdbool.h>
#include <stdint.h>

/// As `cvector_stops`, byte by byte.
static inline uint64_t cvector_stops_portable(const uint8_t *bytes) {
  uint64_t found = 0;
  for (int index = 0; index < 32; index++) {
    uint8_t byte = bytes[index];
    if (byte < 0x20 || byte == '"' || byte == '\\') found |= UINT64_C(1) << index;
    if (byte >= 0x80) found |= UINT64_C(1) << (32 + index);
  }
  return found;
}

/// As `cvector_any`, byte by byte.
static inline uint32_t cvector_any_portable(
    const uint8_t *bytes, uint8_t first, uint8_t second, uint8_t third, uint8_t fourth) {
  uint32_t found = 0;
  for (int index = 0; index < 32; index++) {
    uint8_t byte = bytes[index];
    bool isAny = byte == first || byte == second || byte == third || byte == fourth;
    if (isAny) found |= UINT32_C(1) << index;
  }
  return found;
}

/// As `cvector_hex`, digit by digit.
static inline bool cvector_hex_portable(const uint8_t *bytes, uint64_t *value) {
  uint64_t result = 0;
  for (int index = 0; index < 16; index++) {
    uint8_t digit = (uint8_t)(bytes[index] - '0');
    uint8_t letter = (uint8_t)((bytes[index] | 0x20) - 'a');
    if (digit > 9 && letter > 5) return false;
    result = result << 4 | (digit > 9 ? letter + 10u : digit);
  }
  *value = result;
  return true;
}

#if defined(__SSE2__)
#include <emmintrin.h>

static inline uint64_t cvector_stops_16(__m128i text, uint64_t *high) {
  __m128i quote = _mm_cmpeq_epi8(text, _mm_set1_epi8('"'));
  __m128i slash = _mm_cmpeq_epi8(text, _mm_set1_epi8('\\'));
  __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(0x1F)), text);
  *high = (uint32_t)_mm_movemask_epi8(text);
  return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), control));
}

/// Which of 32 bytes end a run of plain characters in JSON (quotes, backslashes, control characters), as the
/// lower 32 bits, the first byte's lowest; which are not ASCII, as the upper 32.
static inline uint64_t cvector_stops(const uint8_t *bytes) {
  uint64_t high[2];
  uint64_t first = cvector_stops_16(_mm_loadu_si128((const __m128i *)bytes), &high[0]);
  uint64_t second = cvector_stops_16(_mm_loadu_si128((const __m128i *)(bytes + 16)), &high[1]);
  return first | second << 16 | high[0] << 32 | high[1] << 48;
}

static inline uint32_t cvector_any_16(__m128i text, __m128i first, __m128i second, __m128i third, __m128i fourth) {
  __m128i left = _mm_or_si128(_mm_cmpeq_epi8(text, first), _mm_cmpeq_epi8(text, second));
  __m128i right = _mm_or_si128(_mm_cmpeq_epi8(text, third), _mm_cmpeq_epi8(text, fourth));
  return (uint32_t)_mm_movemask_epi8(_mm_or_si128(left, right));
}

/// Which of 32 bytes are one of these four, the first byte's bit lowest.
static inline uint32_t cvector_any(
    const uint8_t *bytes, uint8_t first, uint8_t second, uint8_t third, uint8_t fourth) {
  __m128i a = _mm_set1_epi8((char)first), b = _mm_set1_epi8((char)second);
  __m128i c = _mm_set1_epi8((char)third), d = _mm_set1_epi8((char)fourth);
  return cvector_any_16(_mm_loadu_si128((const __m128i *)bytes), a, b, c, d)
      | cvector_any_16(_mm_loadu_si128((const __m128i *)(bytes + 16)), a, b, c, d) << 16;
}

/// The value of sixteen hexadecimal digits of either case; false if they are none.
static inline bool cvector_hex(const uint8_t *bytes, uint64_t *value) {
  __m128i text = _mm_loadu_si128((const __m128i *)bytes);
  __m128i digit = _mm_sub_epi8(text, _mm_set1_epi8('0'));
  __m128i letter = _mm_sub_epi8(_mm_or_si128(text, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
  __m128i isDigit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
  __m128i isLetter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
  if (_mm_movemask_epi8(_mm_or_si128(isDigit, isLetter)) != 0xFFFF) return false;
  __m128i nibbles = _mm_or_si128(
      _mm_and_si128(isDigit, digit), _mm_and_si128(isLetter, _mm_add_epi8(letter, _mm_set1_epi8(10))));
  // Two nibbles stand in each 16 bits, the more significant one first.
  __m128i pairs = _mm_or_si128(_mm_slli_epi16(nibbles, 4), _mm_srli_epi16(nibbles, 8));
  __m128i packed = _mm_packus_epi16(_mm_and_si128(pairs, _mm_set1_epi16(0xFF)), _mm_setzero_si128());
  *value = __builtin_bswap64((uint64_t)_mm_cvtsi128_si64(packed));
  return true;
}

#elif defined(__aarch64__)
#include <arm_neon.h>

static inline uint64_t cvector_mask_16(uint8x16_t set) {
  const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t chosen = vandq_u8(set, bits);
  return (uint64_t)vaddv_u8(vget_low_u8(chosen)) | (uint64_t)vaddv_u8(vget_high_u8(chosen)) << 8;
}

static inline uint64_t cvector_stops_16(uint8x16_t text, uint64_t *high) {
  uint8x16_t quote = vceqq_u8(text, vdupq_n_u8('"'));
  uint8x16_t slash = vceqq_u8(text, vdupq_n_u8('\\'));
  uint8x16_t control = vcltq_u8(text, vdupq_n_u8(0x20));
  *high = cvector_mask_16(vcgeq_u8(text, vdupq_n_u8(0x80)));
  return cvector_mask_16(vorrq_u8(vorrq_u8(quote, slash), control));
}

static inline uint64_t cvector_stops(const uint8_t *bytes) {
  uint64_t high[2];
  uint64_t first = cvector_stops_16(vld1q_u8(bytes), &high[0]);
  uint64_t second = cvector_stops_16(vld1q_u8(bytes + 16), &high[1]);
  return first | second << 16 | high[0] << 32 | high[1] << 48;
}

static inline uint32_t cvector_any(
    const uint8_t *bytes, uint8_t first, uint8_t second, uint8_t third, uint8_t fourth) {
  uint32_t found = 0;
  for (int half = 0; half < 2; half++) {
    uint8x16_t text = vld1q_u8(bytes + 16 * half);
    uint8x16_t left = vorrq_u8(vceqq_u8(text, vdupq_n_u8(first)), vceqq_u8(text, vdupq_n_u8(second)));
    uint8x16_t right = vorrq_u8(vceqq_u8(text, vdupq_n_u8(third)), vceqq_u8(text, vdupq_n_u8(fourth)));
    found |= (uint32_t)cvector_mask_16(vorrq_u8(left, right)) << (16 * half);
  }
  return found;
}

static inline bool cvector_hex(const uint8_t *bytes, uint64_t *value) {
  return cvector_hex_portable(bytes, value);
}

#else

static inline uint64_t cvector_stops(const uint8_t *bytes) { return cvector_stops_portable(bytes); }

static inline uint32_t cvector_any(
    const uint8_t *bytes, uint8_t first, uint8_t second, uint8_t third, uint8_t fourth) {
  return cvector_any_portable(bytes, first, second, third, fourth);
}

static inline bool cvector_hex(const uint8_t *bytes, uint64_t *value) {
  return cvector_hex_portable(bytes, value);
}

#endif

#endif
