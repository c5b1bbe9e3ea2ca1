/*
 * What both libraries share: where calls are counted and noted down, whose calls count, and where.
 *
 * FAULT_STATE    a file of 16 bytes, shared by all processes: the number of calls so far, and whether it has struck
 * FAULT_PROGRAM  whose calls count: the name of a program ("git" is all of its programs), or "*" for all
 * FAULT_AT       the call at which to strike; 0 for never
 * FAULT_UNDER    only calls count that concern a place below this folder
 * FAULT_CALL     only calls of this name count, which concern a place with this end: "rename refs/heads/main"
 * FAULT_ERROR    the number of the error that the call fails with; without it the process is killed before the call
 * FAULT_STAYS    if set, all calls behind it fail as well
 * FAULT_TRACE    a file to which each call that counts is appended, once done, with what it wrote
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MARK 0x6c696e6561676521ULL

static struct {
	uint64_t count;
	uint64_t struck;
} *state;
static uint64_t at;
static const char *under, *wanted_call;
static int by_git, counts, stays, error, trace = -1;

static long raw(long number, long a, long b, long c, long d, long e)
{
	return syscall(number, a, b, c, d, e, MARK);
}

/* The place of a descriptor, without a NUL. */
static size_t place_of(int fd, char *to, size_t room)
{
	char link[40];
	ssize_t length;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	length = readlink(link, to, room);
	return length < 0 ? 0 : (size_t)length;
}

static size_t place_at(int dir, const char *path, char *to, size_t room)
{
	size_t length = 0;

	if (!path)
		return place_of(dir, to, room);
	if (*path != '/') {
		if (dir == AT_FDCWD) {
			ssize_t found = readlink("/proc/self/cwd", to, room);
			length = found < 0 ? 0 : (size_t)found;
		} else {
			length = place_of(dir, to, room);
		}
		if (length < room)
			to[length++] = '/';
	}
	while (*path && length < room)
		to[length++] = *path++;
	return length;
}

static int is_under(const char *place, size_t length)
{
	size_t wanted = under ? strlen(under) : 0;

	return !under || (length > wanted && !memcmp(place, under, wanted) && place[wanted] == '/');
}

static int is_of_kind(const char *call, const char *place, size_t length)
{
	size_t name, end;

	if (!wanted_call)
		return 1;
	name = strcspn(wanted_call, " ");
	end = strlen(wanted_call) - name - 1;
	return strlen(call) == name && !strncmp(call, wanted_call, name) && length >= end &&
	       !memcmp(place + length - end, wanted_call + name + 1, end);
}

/* Counts a call; whether it is one to strike at. */
static int is_the_one(void)
{
	uint64_t number = __atomic_add_fetch(&state->count, 1, __ATOMIC_SEQ_CST);

	return at && (number == at || (stays && number > at));
}

static int looks(const char *wanted)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
	const char *name;

	if (length < 0)
		return 0;
	path[length] = 0;
	name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	by_git = !strcmp(name, "git") || (!strncmp(name, "git-", 4) && strcmp(name, "git-lineage"));
	return !strcmp(wanted, "*") || !strcmp(wanted, name) || (by_git && !strcmp(wanted, "git"));
}

/* Looks at the variables; whether faults are asked for. */
static int begin_counting(void)
{
	const char *file = getenv("FAULT_STATE"), *wanted = getenv("FAULT_PROGRAM"), *number = getenv("FAULT_AT");
	int fd;

	if (!file || !wanted)
		return 0;
	fd = (int)raw(SYS_openat, AT_FDCWD, (long)file, O_RDWR | O_CLOEXEC, 0, 0);
	if (fd < 0)
		_exit(120);
	state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (state == MAP_FAILED)
		_exit(121);
	counts = looks(wanted);
	at = number ? strtoull(number, NULL, 10) : 0;
	under = getenv("FAULT_UNDER");
	wanted_call = getenv("FAULT_CALL");
	error = getenv("FAULT_ERROR") ? atoi(getenv("FAULT_ERROR")) : 0;
	stays = getenv("FAULT_STAYS") != NULL;
	if (getenv("FAULT_TRACE") && counts) {
		fd = (int)raw(SYS_openat, AT_FDCWD, (long)getenv("FAULT_TRACE"), O_WRONLY | O_APPEND | O_CLOEXEC, 0, 0);
		/* Out of the way of programs that count on low numbers. */
		trace = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 900);
		close(fd);
	}
	return 1;
}
