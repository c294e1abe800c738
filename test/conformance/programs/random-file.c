/*
 * Random operations on one file against a model in memory. Arguments: path, seed, operations, largest size in bytes.
 * Every read is compared with the model, and the whole file after every reopening. On a difference it prints the last
 * operations, oldest first, and ends with 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOGGED 60

static uint64_t state;
static unsigned char *model, *scratch;
static size_t size, limit;
static int file;
static const char *path;
static char history[LOGGED][120];
static unsigned long count;

/* xorshift64* (Vigna, 2016) */
static uint64_t random_number(void) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 2685821657736338717ULL;
}

static size_t below(size_t bound) { return bound == 0 ? 0 : random_number() % bound; }

static void fail(const char *what, size_t at) {
  printf("FAILED %s at %zu after %lu operations, errno %d (%s); size %zu\n", what, at, count, errno, strerror(errno), size);
  for (unsigned long i = count < LOGGED ? 0 : count - LOGGED; i < count; i++) printf("%lu %s\n", i, history[i % LOGGED]);
  exit(1);
}

static void note(const char *name, size_t from, size_t length) {
  snprintf(history[count % LOGGED], sizeof history[0], "%s %zu %zu (size %zu)", name, from, length, size);
}

static void same(const unsigned char *found, size_t from, size_t length, const char *what) {
  if (memcmp(found, model + from, length) == 0) return;
  for (size_t i = 0; i < length; i++) {
    if (found[i] != model[from + i]) {
      printf("byte %zu is %02x, should be %02x\n", from + i, found[i], model[from + i]);
      fail(what, from + i);
    }
  }
}

static void grown(size_t end) {
  if (end > size) size = end;
}

static void fill(size_t from, size_t length) {
  for (size_t i = 0; i < length; i++) scratch[i] = (unsigned char)(1 + (random_number() >> 20) % 255);
  if (from > size) memset(model + size, 0, from - size);
  memcpy(model + from, scratch, length);
}

static void read_some(size_t from, size_t length) {
  note("read", from, length);
  const ssize_t expected = from >= size ? 0 : (ssize_t)(length < size - from ? length : size - from);
  const ssize_t got = pread(file, scratch, length, (off_t)from);
  if (got != expected) fail("read length", (size_t)got);
  same(scratch, from, (size_t)expected, "read");
}

static void write_some(size_t from, size_t length, int appending) {
  if (appending) from = size;
  if (length == 0 || from + length > limit) return;  /* nothing written behind the end grows no file */
  note(appending ? "append" : "write", from, length);
  fill(from, length);
  ssize_t done;
  if (appending) {
    const int appender = open(path, O_WRONLY | O_APPEND);
    done = write(appender, scratch, length);
    close(appender);
  } else {
    done = pwrite(file, scratch, length, (off_t)from);
  }
  if (done != (ssize_t)length) fail("write", from);
  grown(from + length);
}

static void map_some(size_t from, size_t length, int writing) {
  if (from >= size) return;
  if (length > size - from) length = size - from;
  if (length == 0) return;
  note(writing ? "mapwrite" : "mapread", from, length);
  const size_t start = from & ~(size_t)4095;
  const size_t span = from - start + length;
  unsigned char *area = mmap(NULL, span, PROT_READ | (writing ? PROT_WRITE : 0), MAP_SHARED, file, (off_t)start);
  if (area == MAP_FAILED) fail("mmap", from);
  same(area + (from - start), from, length, "mapread");
  if (writing) {
    fill(from, length);
    memcpy(area + (from - start), scratch, length);
    if (below(2) == 0 && msync(area, span, MS_SYNC) != 0) fail("msync", from);
  }
  munmap(area, span);
}

static void resize(size_t to) {
  note("truncate", to, 0);
  if (ftruncate(file, (off_t)to) != 0) fail("truncate", to);
  if (to > size) memset(model + size, 0, to - size);
  size = to;
}

static void allocate(size_t from, size_t length, int mode, const char *name) {
  if (length == 0 || from + length > limit) return;
  note(name, from, length);
  if (fallocate(file, mode, (off_t)from, (off_t)length) != 0) {
    if (errno == EOPNOTSUPP) return;
    fail(name, from);
  }
  if (mode & FALLOC_FL_KEEP_SIZE) {
    if (mode == FALLOC_FL_KEEP_SIZE || from >= size) return;
    memset(model + from, 0, length < size - from ? length : size - from);
    return;
  }
  if (from + length > size) memset(model + size, 0, from + length - size);
  if (mode & FALLOC_FL_ZERO_RANGE) memset(model + from, 0, length);
  grown(from + length);
}

static void collapse(size_t from, size_t length) {
  from &= ~(size_t)4095;
  length &= ~(size_t)4095;
  if (length == 0 || from + length >= size) return;
  note("collapse", from, length);
  if (fallocate(file, FALLOC_FL_COLLAPSE_RANGE, (off_t)from, (off_t)length) != 0) {
    if (errno == EOPNOTSUPP) return;
    fail("collapse", from);
  }
  memmove(model + from, model + from + length, size - from - length);
  size -= length;
}

static void copy(size_t from, size_t length, size_t to) {
  if (from >= size || to + length > limit) return;
  if (length > size - from) length = size - from;
  if (length == 0 || (from < to + length && to < from + length)) return;
  note("copy", from, length);
  off_t source = (off_t)from, target = (off_t)to;
  for (size_t done = 0; done < length;) {
    const ssize_t got = copy_file_range(file, &source, file, &target, length - done, 0);
    if (got <= 0) fail("copy", from);
    done += (size_t)got;
  }
  if (to > size) memset(model + size, 0, to - size);
  memcpy(model + to, model + from, length);
  grown(to + length);
}

static void whole(void) {
  struct stat found;
  if (fstat(file, &found) != 0 || (size_t)found.st_size != size) fail("size", (size_t)found.st_size);
  size_t at = 0;
  while (at < size) {
    const ssize_t got = pread(file, scratch, size - at, (off_t)at);
    if (got <= 0) fail("whole read", at);
    same(scratch, at, (size_t)got, "whole read");
    at += (size_t)got;
  }
}

static void reopen(int dropping) {
  note(dropping ? "drop caches" : "reopen", 0, 0);
  close(file);
  if (dropping) {
    const int caches = open("/proc/sys/vm/drop_caches", O_WRONLY);
    if (caches >= 0) {
      if (write(caches, "1\n", 2) < 0) errno = 0;
      close(caches);
    }
  }
  file = open(path, O_RDWR);
  if (file < 0) fail("open", 0);
  whole();
}

static void step(void) {
  const size_t from = below(limit), to = below(limit);
  const size_t length = below(below(4) == 0 ? limit / 2 : 9000);
  switch (below(20)) {
    case 0: case 1: case 2: read_some(from, length); break;
    case 3: case 4: case 5: write_some(from, length, 0); break;
    case 6: write_some(from, length, 1); break;
    case 7: case 8: map_some(from, length, 0); break;
    case 9: case 10: map_some(from, length, 1); break;
    case 11: resize(from); break;
    case 12: allocate(from, length, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, "punch"); break;
    case 13: allocate(from, length, FALLOC_FL_ZERO_RANGE, "zero"); break;
    case 14: allocate(from, length, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, "zero, size kept"); break;
    case 15: allocate(from, length, below(2) == 0 ? 0 : FALLOC_FL_KEEP_SIZE, "allocate"); break;
    case 16: collapse(from, length); break;
    case 17: copy(from, length, to); break;
    case 18:
      note("fsync", 0, 0);
      if (fsync(file) != 0) fail("fsync", 0);
      break;
    default:
      if (below(8) == 0) reopen(below(16) == 0);
  }
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  path = argv[1];
  state = strtoull(argv[2], NULL, 10) * 2 + 1;
  const unsigned long operations = strtoul(argv[3], NULL, 10);
  limit = strtoul(argv[4], NULL, 10);
  model = calloc(1, limit + 4096);
  scratch = malloc(limit + 4096);
  file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || model == NULL || scratch == NULL) fail("open", 0);
  for (; count < operations; count++) step();
  reopen(1);
  printf("ok %lu\n", count);
  return 0;
}
