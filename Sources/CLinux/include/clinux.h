// What Swift cannot say for itself: system calls without a libc wrapper, variadic functions, and the few lines that run
// between `clone3` and `execveat`, where neither malloc nor Swift may be used. Every call returns -1 and sets errno.
#pragma once

#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/xattr.h>

// openat2(2), Linux 5.6: the values of RESOLVE_* are those of <linux/openat2.h>, which some libc headers clash with.
enum {
    LLB_RESOLVE_NO_XDEV = 0x01,
    LLB_RESOLVE_NO_MAGICLINKS = 0x02,
    LLB_RESOLVE_NO_SYMLINKS = 0x04,
    LLB_RESOLVE_BENEATH = 0x08,
    LLB_RESOLVE_IN_ROOT = 0x10,
};

int llb_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

// The mount calls of Linux 5.2 and mount_setattr of 5.12.
int llb_open_tree(int directory, const char *path, unsigned flags);
int llb_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags);
int llb_fsopen(const char *type);
int llb_fsconfig(int context, unsigned command, const char *key, const char *value, int auxiliary);
int llb_fsmount(int context, unsigned attributes);
int llb_mount_setattr(int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear,
                      uint64_t propagation, int user_namespace);
int llb_unshare(uint64_t namespaces);
int llb_setns(int file, uint64_t namespaces);
int llb_pivot_root(const char *new_root, const char *put_old);

// Process descriptors, Linux 5.3.
int llb_pidfd_open(pid_t process);
int llb_pidfd_send_signal(int process, int signal);
int llb_wait_pidfd(int process, int *status, int options);

// Identity by raw calls: libc's spread them over threads, of which there are none where these are used.
int llb_set_groups(const uint32_t *groups, size_t count);
int llb_set_group(uint32_t group);
int llb_set_user(uint32_t user);
int llb_limit(unsigned resource, const uint64_t *wanted, uint64_t *found); ///< Both are soft and hard, or NULL.

int llb_personality(uint64_t domain);
int llb_set_io_priority(uint32_t priority);
int llb_set_processors(pid_t process, const void *bits, size_t size);
int llb_set_scheduler(const void *attributes); ///< A `struct sched_attr` that says its own size.
int llb_join_session_keyring(void);
int llb_accept(int listener);
int llb_close_range(unsigned first, unsigned last, unsigned flags);
int llb_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
/// capget(2) and capset(2) of the calling thread: the low halves of the effective, permitted and inheritable sets, then
/// the high.
int llb_capabilities(int sets_them, uint32_t words[6]);
int llb_seccomp_filter(const void *instructions, unsigned short count, unsigned flags);
int llb_ioctl(int file, unsigned long request, long argument);
int llb_quotactl_fd(int file, int command, uint32_t id, void *entry); ///< Linux 5.14: it asks for no block device.
ssize_t llb_copy_file_range(int from, int64_t *from_offset, int to, int64_t *to_offset, size_t count);
/// listxattrat(2), Linux 6.13: whether a name has extended attributes, its own where it is a link; -1 where the kernel
/// cannot tell.
int llb_has_attributes(int directory, const char *name);
int llb_allocate(int file, int64_t size); ///< fallocate(2) from the start.
int llb_pipe(int ends[2]);
int llb_memory_file(const char *name, int executable);
int llb_seal(int memory_file);
ssize_t llb_send_file(int to, int from, size_t count);
int64_t llb_file_system_magic(int file, const char *path); ///< Of `file`, or of `path` where it is not NULL.

// One message with at most one descriptor beside it. `received` is -1 where none came; extra ones are closed.
ssize_t llb_send_message(int socket, const void *bytes, size_t count, int descriptor);
ssize_t llb_receive_message(int socket, void *bytes, size_t capacity, int *received);

/// What to start, and how. Nothing in here is freed or changed.
struct llb_spawn_request {
    uint64_t namespaces;     ///< CLONE_NEW* flags.
    int cgroup;              ///< A cgroup2 directory to be born in (Linux 5.7), or -1.
    const int *task_files;   ///< Opened `tasks` files of cgroup v1 directories that the child joins by itself.
    int task_file_count;     ///< How many.
    int program;             ///< The executable to become, as a descriptor.
    const int *files;        ///< Descriptors that become 0, 1, 2, … in this order; all others are closed.
    int file_count;          ///< How many; at least `failure_file + 1`.
    int failure_file;        ///< Index in `files` of the socket that hears about a failure before exec.
    int maps_ready;          ///< Read end of a pipe: a byte means that the id maps are written. -1: do not wait.
    int parent_death_signal; ///< Sent when the parent thread ends, or 0.
    char *const *arguments;
    char *const *environment;
};

enum { LLB_SPAWN_FAILURE = 0xff };

/// What the child sends on `failure_file` when it cannot become the program.
struct llb_spawn_failure {
    uint8_t kind;  ///< LLB_SPAWN_FAILURE.
    uint8_t stage; ///< 1 id maps, 2 identity, 3 descriptors, 4 exec, 7 control groups.
    uint16_t reserved;
    int32_t error;
};

/// Starts the program in new namespaces and stores a descriptor of the process. Returns its id.
pid_t llb_spawn(const struct llb_spawn_request *request, int *pidfd);

/// Forks a sibling in new namespaces: a child of the caller's own parent, so that the parent can wait for it. Returns 0
/// in the sibling.
pid_t llb_fork_sibling(uint64_t namespaces, int *pidfd);

/// Messages for one family of netlink.
struct llb_netlink_batch {
    int family;
    const void *bytes;
    size_t size;
};

/// Leaves a process that sends batches `seconds` later if there is no file `mark`, with `lock` locked and then removed.
int llb_send_when_unused(const char *lock, const char *mark, unsigned seconds, const struct llb_netlink_batch *batches,
                         unsigned count);
