#define _GNU_SOURCE // the header must not say so: Swift's own view of libc is built without it
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int llb_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
    int file;
    // The kernel answers EAGAIN when a rename or mount raced with the walk and it cannot vouch for the result.
    for (int attempt = 0; attempt < 128; attempt++) {
        file = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
        if (file >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return file;
}

int llb_open_tree(int directory, const char *path, unsigned flags) {
    return (int)syscall(SYS_open_tree, directory, path, flags | OPEN_TREE_CLOEXEC);
}

int llb_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags) {
    return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

int llb_fsopen(const char *type) { return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC); }

int llb_fsconfig(int context, unsigned command, const char *key, const char *value, int auxiliary) {
    return (int)syscall(SYS_fsconfig, context, command, key, value, auxiliary);
}

int llb_fsmount(int context, unsigned attributes) {
    return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
}

int llb_mount_setattr(int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear,
                      uint64_t propagation, int user_namespace) {
    struct mount_attr attributes = {set, clear, propagation, (uint64_t)user_namespace};
    return (int)syscall(SYS_mount_setattr, directory, path, flags, &attributes, sizeof attributes);
}

int llb_has_attributes(int directory, const char *name) {
    // Too new for the headers of Debian 12; the number is the same on every architecture.
    enum { listxattrat = 465 };
    long size = syscall(listxattrat, directory, name, AT_SYMLINK_NOFOLLOW, NULL, 0);
    return size < 0 ? -1 : size > 0;
}

int llb_unshare(uint64_t namespaces) { return unshare((int)namespaces); }

int llb_setns(int file, uint64_t namespaces) { return setns(file, (int)namespaces); }

int llb_pivot_root(const char *new_root, const char *put_old) {
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int llb_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int llb_pidfd_send_signal(int process, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, process, signal, NULL, 0);
}

int llb_wait_pidfd(int process, int *status, int options) {
    siginfo_t info = {0};
    if (waitid((idtype_t)3 /* P_PIDFD */, (id_t)process, &info, WEXITED | options) < 0)
        return -1;
    if (info.si_pid == 0)
        return 0; // WNOHANG, still running
    // 128 + n is how shells and engines report a signal; the sign tells the two apart for our own callers.
    *status = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
    return 1;
}

int llb_set_groups(const uint32_t *groups, size_t count) { return (int)syscall(SYS_setgroups, count, groups); }

int llb_set_group(uint32_t group) { return (int)syscall(SYS_setresgid, group, group, group); }

int llb_set_user(uint32_t user) { return (int)syscall(SYS_setresuid, user, user, user); }

int llb_limit(unsigned resource, const uint64_t *wanted, uint64_t *found) {
    return (int)syscall(SYS_prlimit64, 0, resource, wanted, found);
}

int llb_personality(uint64_t domain) { return (int)syscall(SYS_personality, domain); }

int llb_set_io_priority(uint32_t priority) { return (int)syscall(SYS_ioprio_set, 1 /* a process */, 0, priority); }

int llb_set_processors(pid_t id, const void *b, size_t n) { return (int)syscall(SYS_sched_setaffinity, id, n, b); }
int llb_set_scheduler(const void *attributes) { return (int)syscall(SYS_sched_setattr, 0, attributes, 0); }

int llb_join_session_keyring(void) { return (int)syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, NULL); }

int llb_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

int llb_close_range(unsigned first, unsigned last, unsigned flags) {
    return (int)syscall(SYS_close_range, first, last, flags);
}

int llb_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}

int llb_capabilities(int sets_them, uint32_t words[6]) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    return (int)syscall(sets_them ? SYS_capset : SYS_capget, &header, words);
}

int llb_seccomp_filter(const void *instructions, unsigned short count, unsigned flags) {
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)instructions};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

int llb_ioctl(int file, unsigned long request, long argument) { return ioctl(file, request, argument); }

int llb_quotactl_fd(int file, int command, uint32_t id, void *entry) {
    return (int)syscall(SYS_quotactl_fd, file, command, id, entry);
}

ssize_t llb_copy_file_range(int from, int64_t *from_offset, int to, int64_t *to_offset, size_t count) {
    return copy_file_range(from, from_offset, to, to_offset, count, 0);
}

int llb_allocate(int file, int64_t size) { return fallocate(file, 0, 0, size); }

int llb_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int llb_memory_file(const char *name, int executable) {
    // MFD_EXEC and MFD_NOEXEC_SEAL came with Linux 6.3; before, every memory file could be executed.
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int file = memfd_create(name, flags | (executable ? 0x10u : 0x8u));
    return file < 0 && errno == EINVAL ? memfd_create(name, flags) : file;
}

int llb_seal(int memory_file) {
    return fcntl(memory_file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

ssize_t llb_send_file(int to, int from, size_t count) { return sendfile(to, from, NULL, count); }

int64_t llb_file_system_magic(int file, const char *path) {
    struct statfs status;
    if ((path ? statfs(path, &status) : fstatfs(file, &status)) < 0)
        return -1;
    return status.f_type;
}

ssize_t llb_send_message(int socket, const void *bytes, size_t count, int descriptor) {
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = count};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t llb_receive_message(int socket, void *bytes, size_t capacity, int *received) {
    struct iovec vector = {.iov_base = bytes, .iov_len = capacity};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))]; // room for one: the kernel discards what does not fit
    } control;
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    ssize_t count;
    *received = -1;
    do {
        count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len >= CMSG_LEN(sizeof(int)))
        memcpy(received, CMSG_DATA(header), sizeof *received);
    if (message.msg_flags & MSG_TRUNC) {
        if (*received >= 0)
            close(*received);
        *received = -1;
        errno = EMSGSIZE;
        return -1;
    }
    return count;
}
