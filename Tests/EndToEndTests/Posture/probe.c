// What a process in a container can do, found out by trying: a text with one section for each kind of right.
// Static, so that it runs in any image; nothing in it knows what the answers should be.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *names[512] = {
#include "names.h"
};

static void section(const char *name) { printf("\n[%s]\n", name); }

static void print_status(void) {
    section("rights");
    char line[512];
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "Cap", 3) || !strncmp(line, "NoNew", 5) || !strncmp(line, "Seccomp:", 8) ||
            !strncmp(line, "Groups", 6) || !strncmp(line, "Umask", 5))
            fputs(line, stdout);
    if (file)
        fclose(file);
    printf("ids %u:%u\n", geteuid(), getegid());
    printf("session leader %s, terminal %s\n", getsid(0) == getpid() ? "yes" : "no",
           open("/dev/tty", O_RDWR | O_CLOEXEC) < 0 ? "none" : "one");
}

static void print_files(void) {
    section("open files");
    for (int file = 0; file < 1024; file++)
        if (fcntl(file, F_GETFD) >= 0)
            printf("%d\n", file);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void print_sorted(char **lines, size_t count) {
    qsort(lines, count, sizeof *lines, by_name);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(lines[i], lines[i - 1]))
            puts(lines[i]);
    }
}

static char *lines[65536];
static size_t line_count;

static void add(const char *format, const char *a, const char *b, const char *c) {
    if (line_count < 65536 && asprintf(&lines[line_count], format, a, b, c) >= 0)
        line_count++;
}

static void flush_lines(void) {
    print_sorted(lines, line_count);
    line_count = 0;
}

static void print_devices(void) {
    section("devices");
    DIR *directory = opendir("/dev");
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        struct stat status;
        char text[64], path[300], target[256] = "";
        if (entry->d_name[0] == '.' || fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        snprintf(path, sizeof path, "/dev/%s", entry->d_name);
        if (S_ISLNK(status.st_mode) && readlink(path, target, sizeof target - 1) > 0)
            add("%s -> %s%s", entry->d_name, target, "");
        else if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
            snprintf(text, sizeof text, "%c %u:%u %o", S_ISCHR(status.st_mode) ? 'c' : 'b', major(status.st_rdev),
                     minor(status.st_rdev), status.st_mode & 07777);
            int file = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
            add("%s %s%s", entry->d_name, text, file < 0 ? " cannot be opened" : "");
            if (file >= 0)
                close(file);
        } else
            add("%s/%s%s", entry->d_name, "", "");
    }
    flush_lines();
    const char *made[][2] = {{"/tmp/mem", "c"}, {"/tmp/disk", "b"}};
    for (int i = 0; i < 2; i++) {
        int result = mknod(made[i][0], (i ? S_IFBLK : S_IFCHR) | 0600, i ? makedev(254, 0) : makedev(1, 1));
        int file = result < 0 ? -1 : open(made[i][0], O_RDONLY | O_CLOEXEC);
        printf("a node of one's own for %s: %s\n", i ? "the disk" : "memory", file < 0 ? "cannot be read" : "READ");
        unlink(made[i][0]);
    }
}

static void print_mounts(void) {
    section("mounts");
    char line[4096];
    FILE *file = fopen("/proc/self/mountinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        char root[1024], place[1024], options[1024], type[256];
        char *dash = strstr(line, " - ");
        if (!dash || sscanf(line, "%*d %*d %*s %1023s %1023s %1023s", root, place, options) != 3 ||
            sscanf(dash, " - %255s", type) != 1)
            continue;
        // Which of them exist depends on the kernel; whether they protect is asked below.
        if (!strncmp(place, "/proc/", 6) || (!strncmp(place, "/sys/", 5) && strncmp(place, "/sys/fs/cgroup", 14)))
            continue;
        if (!strncmp(place, "/sys/fs/cgroup", 14))
            add("%s %s %s", "/sys/fs/cgroup…", strcmp(type, "tmpfs") ? "control groups" : type, options);
        else if (!strncmp(place, "/etc/", 5) || !strcmp(place, "/probe"))
            add("%s %s %s", place, "file", options);
        else
            add("%s %s %s", place, type, options);
        if (strstr(dash, "shared:") || strstr(line, " shared:") || strstr(line, " master:"))
            printf("%s is not private\n", place);
    }
    if (file)
        fclose(file);
    flush_lines();
}

static void try_writing(const char *path, int depth) {
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        char below[4096];
        struct stat status;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
            (!strcmp(path, "/proc") && (atoi(entry->d_name) || strstr(entry->d_name, "self"))))
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISDIR(status.st_mode) && depth < 12)
            try_writing(below, depth + 1);
        // Root may open what nobody may write; the kernel has nothing there that would take it.
        if (!S_ISREG(status.st_mode) || !(status.st_mode & 0222))
            continue;
        int file = open(below, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
        if (file >= 0) {
            add("%s%s%s", below, "", "");
            close(file);
        }
    }
    if (directory)
        closedir(directory);
}

static void print_kernel_files(void) {
    section("files of /proc and /sys that can be opened for writing");
    try_writing("/proc", 0);
    try_writing("/sys", 0);
    flush_lines();
    section("what is hidden");
    const char *masked[] = {"/proc/acpi",         "/proc/asound",  "/proc/interrupts",
                            "/proc/kcore",        "/proc/keys",    "/proc/latency_stats",
                            "/proc/sched_debug",  "/proc/scsi",    "/proc/timer_list",
                            "/proc/timer_stats",  "/sys/firmware", "/sys/devices/virtual/powercap",
                            "/proc/sysrq-trigger"};
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
        char byte;
        int shows = 0, file = open(masked[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (file >= 0 && read(file, &byte, 1) > 0)
            shows = 1;
        DIR *directory = file < 0 ? NULL : fdopendir(file);
        struct dirent *entry;
        while (directory && (entry = readdir(directory)))
            shows |= entry->d_name[0] != '.';
        printf("%s %s\n", masked[i], shows ? "SHOWS SOMETHING" : "is empty or absent");
    }
}

/// The answer of a system call made by a child: an error number, 0 for success, or -1 when the child did not tell.
static int ask(long number, const long *arguments) {
    int ends[2], answer = -1;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        errno = 0;
        const long *a = arguments;
        long result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
        int error = result < 0 ? errno : 0;
        if (write(ends[1], &error, sizeof error) < 0)
            _exit(1);
        _exit(0);
    }
    close(ends[1]);
    struct pollfd entry = {.fd = ends[0], .events = POLLIN};
    if (poll(&entry, 1, 1000) > 0 && read(ends[0], &answer, sizeof answer) != sizeof answer)
        answer = -1;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ends[0]);
    return answer;
}

static void print_calls(void) {
    const long invalid[6] = {-1, -1, -1, -1, -1, -1};
    section("system calls that are refused");
    for (int pass = 0; pass < 2; pass++) {
        for (long number = 0; number <= 470; number++) {
            int answer = names[number] ? ask(number, invalid) : -1;
            // Newer calls are missing in older kernels, whoever asks.
            if (answer == (pass ? ENOSYS : EPERM) && (!pass || number < 451))
                add("%s %s%s", pass ? "ENOSYS" : "EPERM", names[number], "");
        }
    }
    flush_lines();
    section("system calls that depend on an argument");
    const struct {
        const char *text;
        long number, arguments[6];
    } cases[] = {
        {"socket of the unix family", SYS_socket, {AF_UNIX, SOCK_STREAM}},
        {"socket of the kernel's cryptography", SYS_socket, {38, SOCK_SEQPACKET}},
        {"socket to the hypervisor", SYS_socket, {40, SOCK_STREAM}},
        {"raw socket", SYS_socket, {AF_INET, SOCK_RAW, 1}},
        {"packet socket", SYS_socket, {AF_PACKET, SOCK_RAW}},
        {"personality without randomization", SYS_personality, {0x0040000}},
        {"personality of Linux", SYS_personality, {0}},
        {"process in a user namespace", SYS_clone, {CLONE_NEWUSER | SIGCHLD}},
        {"unshare nothing", SYS_unshare, {0}},
        {"trace oneself", SYS_ptrace, {0}},
        {"a system call of x32", 0x40000000 + SYS_getpid, {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int answer = ask(cases[i].number, cases[i].arguments);
        printf("%s: %s\n", cases[i].text, answer == 0 ? "yes" : answer < 0 ? "killed" : strerrorname_np(answer));
    }
}

int main(void) {
    print_files(); // first, before this opens any
    print_status();
    print_devices();
    print_mounts();
    print_kernel_files();
    print_calls();
    return 0;
}
