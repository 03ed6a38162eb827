#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

// What the Glibc module does not have: <malloc.h>, and what stands behind _GNU_SOURCE. Declared here, as
// including those headers would make this module the owner of types that the Glibc module shares.
// https://sourceware.org/glibc/manual/latest/html_node/Malloc-Tunable-Parameters.html

enum {
  M_TRIM_THRESHOLD = -1,
  M_MMAP_THRESHOLD = -3,
  M_MMAP_MAX = -4,
};

int mallopt(int parameter, int value);
int mkostemp(char *name, int flags);
int gettid(void);
int tgkill(int process, int thread, int signal);
long getdents64(int descriptor, void *buffer, unsigned long length);
long syscall(long number, ...);
void *memrchr(const void *bytes, int byte, unsigned long count);

/// As `memrchr`; the pointer is as constant as the bytes.
static inline const void *clinux_memrchr(const void *bytes, int byte, unsigned long count) {
  return memrchr(bytes, byte, count);
}

#if defined(__x86_64__)
#define CLINUX_SCHED_SETATTR 314
#else
#define CLINUX_SCHED_SETATTR 274
#endif

/// Asks for short turns for the calling thread, `slice` nanoseconds each: it then has its turn soon after it
/// wakes up, however busy the processors are (Linux 6.12; ignored before). See sched_setattr(2).
static inline long clinux_ask_for_short_turns(unsigned long long slice, int nice) {
  struct {
    unsigned int size, policy;
    unsigned long long flags;
    int nice;
    unsigned int priority;
    unsigned long long runtime, deadline, period;
  } attributes = {48, 0, 0, nice, 0, slice, 0, 0};
  return syscall(CLINUX_SCHED_SETATTR, 0, &attributes, 0);
}

/// Reads the byte there, whatever the compiler thinks of it.
static inline void clinux_touch(const void *bytes, unsigned long offset) {
  (void)*((const volatile char *)bytes + offset);
}

#if defined(__x86_64__)
#define CLINUX_FUTEX 202
#else
#define CLINUX_FUTEX 98
#endif

/// Waits until somebody calls `clinux_wake` for the same word, at most so many nanoseconds; not at all if the word
/// has another value. See futex(2).
static inline void clinux_wait(unsigned int *word, unsigned int value, long nanoseconds) {
  struct { long seconds, nanoseconds; } time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  syscall(CLINUX_FUTEX, word, 128, value, &time, 0, 0);
}

static inline unsigned int clinux_word(unsigned int *word) {
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/// Gives the word its next value, and lets all go on that wait for that.
static inline void clinux_wake(unsigned int *word) {
  __atomic_add_fetch(word, 1, __ATOMIC_RELEASE);
  syscall(CLINUX_FUTEX, word, 129, 0x7FFFFFFF, 0, 0, 0);
}

#endif
