/*
 * Preloaded into a process and all its children: counts what they read, and lets the n-th fail.
 *
 * The functions of the C library are wrapped: what the loader of programs reads before any library is there cannot be
 * caught as in shim.c. See fault.h for the variables.
 */
#include "fault.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdarg.h>

static void note(const char *name, const char *place, size_t length)
{
	char head[80];
	int size = snprintf(head, sizeof head, "%s %d 0 0 0 0 %zu 0 0\n", name, by_git, length);
	struct iovec parts[2] = {{head, (size_t)size}, {(void *)place, length}};

	raw(SYS_writev, trace, (long)parts, 2, 0, 0);
}

/* Whether this read is to fail. */
static int fails(const char *name, int dir, const char *path)
{
	char place[PATH_MAX];
	size_t length;
	int before = errno;

	if (!state || !counts)
		return 0;
	length = place_at(dir, path, place, sizeof place);
	errno = before;
	if (!is_under(place, length) || !is_of_kind(name, place, length))
		return 0;
	if (trace >= 0)
		note(name, place, length);
	if (!is_the_one())
		return 0;
	state->struck++;
	errno = error;
	return 1;
}

static int open_at(int dir, const char *path, int flags, int mode)
{
	if (!(flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) && fails("open", dir, path))
		return -1;
	return (int)syscall(SYS_openat, dir, path, flags, mode, 0, 0);
}

#define MODE(flags)                                \
	int mode = 0;                              \
	if ((flags) & (O_CREAT | O_TMPFILE)) {     \
		va_list rest;                      \
		va_start(rest, flags);             \
		mode = va_arg(rest, int);          \
		va_end(rest);                      \
	}

int open(const char *path, int flags, ...)
{
	MODE(flags)
	return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	MODE(flags)
	return open_at(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
	MODE(flags)
	return open_at(dir, path, flags, mode);
}

int openat64(int dir, const char *path, int flags, ...)
{
	MODE(flags)
	return open_at(dir, path, flags | O_LARGEFILE, mode);
}

ssize_t read(int fd, void *to, size_t size)
{
	return fails("read", fd, NULL) ? -1 : syscall(SYS_read, fd, to, size, 0, 0, 0);
}

ssize_t pread(int fd, void *to, size_t size, off_t offset)
{
	return fails("pread", fd, NULL) ? -1 : syscall(SYS_pread64, fd, to, size, offset, 0, 0);
}

ssize_t pread64(int fd, void *to, size_t size, off64_t offset)
{
	return fails("pread", fd, NULL) ? -1 : syscall(SYS_pread64, fd, to, size, offset, 0, 0);
}

/* The C library's own. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

DIR *opendir(const char *path)
{
	return fails("opendir", AT_FDCWD, path) ? NULL : REAL(opendir)(path);
}

FILE *fopen(const char *path, const char *mode)
{
	return *mode == 'r' && fails("open", AT_FDCWD, path) ? NULL : REAL(fopen)(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
	return *mode == 'r' && fails("open", AT_FDCWD, path) ? NULL : REAL(fopen64)(path, mode);
}

int statx(int dir, const char *path, int flags, unsigned mask, struct statx *to)
{
	/* Without a path it is about a descriptor, or Rust asks whether there is such a call, which its header rules out. */
	const char *volatile asked = path;

	if (asked && *asked && fails("stat", dir, asked))
		return -1;
	return REAL(statx)(dir, path, flags, mask, to);
}

__attribute__((constructor)) static void begin(void)
{
	begin_counting();
}
