/*
 * Preloaded into a process and all its children: counts their write-like system calls, and at the n-th kills, or lets it
 * fail.
 *
 * The calls are caught by seccomp, not by wrappers around the C library, so that those are seen that a program makes
 * past it. The handler makes each call itself, with a mark in the last argument that no such call uses and that the
 * filter lets through; the same filter in a child, where it is inherited, lets the same calls through.
 *
 * Beside the variables in fault.h:
 * FAULT_TORN     if set, and that call is a write, half of it is done first
 * FAULT_GROUP    if set, the first process and all its children are killed at once
 */
#include "fault.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <ucontext.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#define REG(c, n) ((c)->uc_mcontext.gregs[(const int[]){REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8}[n]])
#define RESULT(c) ((c)->uc_mcontext.gregs[REG_RAX])
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#define REG(c, n) ((c)->uc_mcontext.regs[n])
#define RESULT(c) ((c)->uc_mcontext.regs[0])
#else
#error "no such processor"
#endif

#define WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

/* What a call is about: D a directory's descriptor followed by a path, P a path, F a descriptor, O the flags of an open;
 * "-" an argument of no interest. */
struct call {
	int number;
	const char *name;
	const char *arguments;
};

static const struct call calls[] = {
	{SYS_openat, "open", "DO"},
	{SYS_write, "write", "F"},
	{SYS_pwrite64, "pwrite", "F"},
	{SYS_writev, "writev", "F"},
	{SYS_pwritev, "pwritev", "F"},
	{SYS_pwritev2, "pwritev", "F"},
	{SYS_sendfile, "copy", "F"},
	{SYS_copy_file_range, "copy", "--F"},
	{SYS_ftruncate, "ftruncate", "F"},
	{SYS_truncate, "truncate", "P"},
	{SYS_fallocate, "fallocate", "F"},
	{SYS_fsync, "fsync", "F"},
	{SYS_fdatasync, "fsync", "F"},
	{SYS_syncfs, "syncfs", "F"},
	{SYS_sync, "syncfs", ""},
	{SYS_renameat2, "rename", "DD"},
	{SYS_linkat, "link", "DD"},
	{SYS_symlinkat, "symlink", "PD"},
	{SYS_unlinkat, "unlink", "D"},
	{SYS_mkdirat, "mkdir", "D"},
	{SYS_mknodat, "mknod", "D"},
	{SYS_fchmod, "chmod", "F"},
	{SYS_fchmodat, "chmod", "D"},
	{SYS_fchown, "chown", "F"},
	{SYS_fchownat, "chown", "D"},
	{SYS_utimensat, "utime", "D"},
	{SYS_fsetxattr, "xattr", "F"},
	{SYS_setxattr, "xattr", "P"},
#ifdef SYS_renameat
	{SYS_renameat, "rename", "DD"},
#endif
#ifdef SYS_open
	{SYS_open, "open", "PO"},
	{SYS_creat, "open", "P"},
	{SYS_rename, "rename", "PP"},
	{SYS_link, "link", "PP"},
	{SYS_symlink, "symlink", "PP"},
	{SYS_unlink, "unlink", "P"},
	{SYS_rmdir, "rmdir", "P"},
	{SYS_mkdir, "mkdir", "P"},
	{SYS_mknod, "mknod", "P"},
	{SYS_chmod, "chmod", "P"},
	{SYS_chown, "chown", "P"},
	{SYS_lchown, "chown", "P"},
	{SYS_utime, "utime", "P"},
	{SYS_utimes, "utime", "P"},
	{SYS_futimesat, "utime", "D"},
#endif
};
#define CALLS (sizeof calls / sizeof *calls)

static int torn, group;

static void strike(void)
{
	if (group)
		kill(0, SIGKILL);
	kill(getpid(), SIGKILL);
	pause();
}

/* What a call is about. */
struct about {
	char places[2][PATH_MAX];
	size_t lengths[2];
	long flags;
	int fd;
};

static void find_out(struct about *about, const struct call *call, const long *args)
{
	int number = 0, argument = 0;

	about->lengths[0] = about->lengths[1] = 0;
	about->flags = 0;
	about->fd = -1;
	for (const char *kind = call->arguments; *kind; kind++) {
		switch (*kind) {
		case 'F':
			about->fd = (int)args[argument++];
			about->lengths[number] = place_of(about->fd, about->places[number], PATH_MAX);
			number++;
			break;
		case 'P':
			about->lengths[number] = place_at(AT_FDCWD, (const char *)args[argument++], about->places[number], PATH_MAX);
			number++;
			break;
		case 'D':
			about->lengths[number] = place_at((int)args[argument], (const char *)args[argument + 1],
							  about->places[number], PATH_MAX);
			number++;
			argument += 2;
			break;
		case 'O':
			about->flags = args[argument++];
			break;
		default:
			argument++;
		}
	}
	if (!strcmp(call->name, "symlink")) {
		/* What it says, not where that would be. */
		about->lengths[0] = strnlen((const char *)args[0], PATH_MAX);
		memcpy(about->places[0], (const char *)args[0], about->lengths[0]);
	}
}

/* Whether a call can find the disk full. */
static int takes_room(const struct call *call, long flags)
{
	static const char *const without[] = {"unlink", "rmdir", "chmod", "chown", "utime", "syncfs"};

	for (size_t n = 0; n < sizeof without / sizeof *without; n++)
		if (!strcmp(call->name, without[n]))
			return 0;
	return strcmp(call->name, "open") || !strcmp(call->arguments, "P") || (flags & O_CREAT);
}

/* Whether it is a call of the wanted kind whose last place ends, and lies, as wanted. */
static int is_wanted(const struct call *call, const long *args)
{
	struct about about;
	int last;

	if (!wanted_call && !under)
		return 1;
	find_out(&about, call, args);
	last = about.lengths[1] ? 1 : 0;
	if (error == ENOSPC && !takes_room(call, about.flags))
		return 0;
	return is_under(about.places[last], about.lengths[last]) &&
	       is_of_kind(call->name, about.places[last], about.lengths[last]);
}

/*
 * One record: "<name> <whether by git> <result> <inode> <offset> <flags> <length of the first place> <of the second> <of
 * the data>\n", the two places and the data. It is written in one go, so that records of several processes do not mix.
 */
static void note(const struct call *call, long result, const long *args)
{
	struct about about;
	char head[160];
	size_t data = 0;
	long flags, offset = 0;
	int fd;
	struct stat found = {0};
	struct iovec parts[16];
	int used = 3;

	find_out(&about, call, args);
	flags = about.flags;
	fd = about.fd;
	if (call->number == SYS_unlinkat)
		flags = args[2];
#ifdef SYS_creat
	if (call->number == SYS_creat)
		flags = O_CREAT | O_WRONLY | O_TRUNC;
#endif
	if (!strcmp(call->name, "open"))
		fd = (int)result;
	if (fd >= 0)
		fstat(fd, &found);
	if (call->number == SYS_write && result > 0) {
		parts[used++] = (struct iovec){(void *)args[1], (size_t)result};
		data = (size_t)result;
		offset = S_ISREG(found.st_mode) ? lseek(fd, 0, SEEK_CUR) - result : 0;
	} else if (call->number == SYS_pwrite64 && result > 0) {
		parts[used++] = (struct iovec){(void *)args[1], (size_t)result};
		data = (size_t)result;
		offset = args[3];
	} else if (call->number == SYS_writev && result > 0) {
		const struct iovec *vector = (const struct iovec *)args[1];
		for (long n = 0; n < args[2] && n < 12; n++) {
			size_t left = (size_t)result - data;
			parts[used++] = (struct iovec){vector[n].iov_base, vector[n].iov_len < left ? vector[n].iov_len : left};
			data += parts[used - 1].iov_len;
		}
		offset = S_ISREG(found.st_mode) ? lseek(fd, 0, SEEK_CUR) - result : 0;
	} else if (call->number == SYS_ftruncate) {
		offset = args[1];
	} else if (call->number == SYS_mkdirat || call->number == SYS_fchmod) {
		flags = call->number == SYS_fchmod ? args[1] : args[2];
	}
	int length = snprintf(head, sizeof head, "%s %d %ld %lu %ld %ld %zu %zu %zu\n", call->name, by_git, result,
			      (unsigned long)found.st_ino, offset, flags, about.lengths[0],
			      about.lengths[1], data);
	parts[0] = (struct iovec){head, (size_t)length};
	parts[1] = (struct iovec){about.places[0], about.lengths[0]};
	parts[2] = (struct iovec){about.places[1], about.lengths[1]};
	raw(SYS_writev, trace, (long)parts, used, 0, 0);
}

static void caught(int signal, siginfo_t *info, void *context)
{
	ucontext_t *registers = context;
	const struct call *call = NULL;
	long args[5], result;
	int before = errno, wanted;

	(void)signal;
	for (size_t n = 0; n < CALLS && !call; n++)
		if (calls[n].number == info->si_syscall)
			call = &calls[n];
	for (int n = 0; n < 5; n++)
		args[n] = REG(registers, n);
	wanted = counts && call && is_wanted(call, args);
	if (wanted && is_the_one()) {
		int halved = torn && (call->number == SYS_write || call->number == SYS_pwrite64) && args[2] > 1;

		state->struck++;
		if (halved && !error)
			raw(call->number, args[0], args[1], args[2] / 2, args[3], args[4]);
		if (!error)
			strike();
		if (!halved || state->struck > 1) {
			RESULT(registers) = -error;
			errno = before;
			return;
		}
		args[2] /= 2;
	}
	errno = 0;
	result = raw(info->si_syscall, args[0], args[1], args[2], args[3], args[4]);
	if (result == -1 && errno)
		result = -errno;
	if (wanted && trace >= 0)
		note(call, result, args);
	RESULT(registers) = result;
	errno = before;
}

static struct sock_filter program[4 + 2 * CALLS + 12];

static void put(size_t *length, uint16_t code, uint8_t yes, uint8_t no, uint32_t value)
{
	program[(*length)++] = (struct sock_filter){code, yes, no, value};
}

static int catch_calls(void)
{
	size_t length = 0, end = 4 + 2 * CALLS;
	struct sock_fprog whole;

	/* The tests for the flags of an open come after the list, then those for the mark. */
	put(&length, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
	put(&length, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCH);
	put(&length, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	put(&length, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	for (size_t n = 0; n < CALLS; n++) {
		size_t to = end + 5;
		if (!strcmp(calls[n].arguments, "DO"))
			to = end + 1;
		else if (!strcmp(calls[n].arguments, "PO"))
			to = end + 3;
		put(&length, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)calls[n].number);
		put(&length, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(to - length - 1));
	}
	put(&length, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	put(&length, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[2]));
	put(&length, BPF_JMP | BPF_JSET | BPF_K, 2, 6, WRITES);
	put(&length, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[1]));
	put(&length, BPF_JMP | BPF_JSET | BPF_K, 0, 4, WRITES);
	put(&length, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[5]));
	put(&length, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, (uint32_t)MARK);
	put(&length, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[5]) + 4);
	put(&length, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (uint32_t)(MARK >> 32));
	put(&length, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	put(&length, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP);
	whole = (struct sock_fprog){(unsigned short)length, program};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &whole);
}

__attribute__((constructor)) static void begin(void)
{
	struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};

	if (!getenv("FAULT_STATE"))
		return;
	sigaction(SIGSYS, &action, NULL);
	torn = getenv("FAULT_TORN") != NULL;
	group = getenv("FAULT_GROUP") != NULL;
	if (!begin_counting())
		return;
	if (!getenv("FAULT_BEGUN")) {
		setenv("FAULT_BEGUN", "1", 1);
		if (group)
			setpgid(0, 0);
		if (catch_calls() != 0)
			_exit(122);
	}
}
