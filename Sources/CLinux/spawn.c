// Between clone3 and execveat. Other threads of the parent may have held any lock when the copy was made, so the child
// uses raw system calls only: no malloc, no stdio, no libc identity calls (they signal threads that are not there).
#define _GNU_SOURCE // the header must not say so: Swift's own view of libc is built without it
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static pid_t clone_process(struct clone_args *arguments) {
    return (pid_t)syscall(SYS_clone3, arguments, sizeof *arguments);
}

/// Moves the descriptors to 0…count-1: first all out of the way, then each into its place.
static int place_files(const struct llb_spawn_request *request, int *program, int *failure) {
    int count = request->file_count;
    int moved[count];
    int high = count + 1;
    for (int i = 0; i < count; i++) {
        moved[i] = fcntl(request->files[i], F_DUPFD_CLOEXEC, high);
        if (moved[i] < 0)
            return -1;
    }
    *failure = moved[request->failure_file];
    int raised = fcntl(*program, F_DUPFD_CLOEXEC, high);
    if (raised < 0)
        return -1;
    *program = raised;
    for (int i = 0; i < count; i++) {
        if (dup2(moved[i], i) < 0)
            return -1;
    }
    *failure = request->failure_file;
    // The program itself must stay open until exec, so the rest is marked rather than closed (Linux 5.11).
    return (int)syscall(SYS_close_range, (unsigned)count, ~0U, CLOSE_RANGE_CLOEXEC);
}

static _Noreturn void become_program(const struct llb_spawn_request *request) {
    int program = request->program;
    int failure = request->files[request->failure_file];
    uint8_t stage = 7;
    // A thread that moves itself takes no lock; moving a process waits for an RCU grace period, 11 to 21 ms (measured).
    for (int i = 0; i < request->task_file_count; i++) {
        if (syscall(SYS_write, request->task_files[i], "0", 1) < 0)
            goto failed;
    }
    stage = 1;
    // Ignored signals stay so over exec, and some programs refuse to start where this one is. Of this child alone.
    signal(SIGPIPE, SIG_DFL);
    if (request->parent_death_signal != 0)
        prctl(PR_SET_PDEATHSIG, request->parent_death_signal);
    if (request->maps_ready >= 0) {
        // Exec with an unmapped uid would drop the new namespace's capabilities, so wait for the maps before it.
        char byte;
        ssize_t count;
        do {
            count = syscall(SYS_read, request->maps_ready, &byte, 1);
        } while (count < 0 && errno == EINTR);
        if (count != 1)
            syscall(SYS_exit_group, 125); // the parent gave up and knows why
        stage = 2;
        if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0)
            goto failed;
    }
    stage = 3;
    if (place_files(request, &program, &failure) < 0)
        goto failed;
    stage = 4;
    syscall(SYS_execveat, program, "", request->arguments, request->environment, AT_EMPTY_PATH);
failed:;
    struct llb_spawn_failure message = {.kind = LLB_SPAWN_FAILURE, .stage = stage, .error = errno};
    syscall(SYS_write, failure, &message, sizeof message);
    syscall(SYS_exit_group, 125);
    __builtin_unreachable();
}

pid_t llb_spawn(const struct llb_spawn_request *request, int *pidfd) {
    struct clone_args arguments = {
        .flags = request->namespaces | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
    };
    if (request->cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)request->cgroup;
    }
    // No handler of the parent's may run in the child: signals stay blocked there until the program unblocks them.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t process = clone_process(&arguments);
    if (process == 0)
        become_program(request);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return process;
}

pid_t llb_fork_sibling(uint64_t namespaces, int *pidfd) {
    struct clone_args arguments = {
        .flags = namespaces | CLONE_PARENT | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        // CLONE_PARENT takes the exit signal of the caller, and insists that none is given here.
        .exit_signal = 0,
    };
    return clone_process(&arguments);
}
