// bpf(2) has no libc wrapper; these two calls are all that cgroup2's device rules need (Linux 4.15).
#pragma once

#include <stdint.h>

// Loads `count` instructions as a BPF_PROG_TYPE_CGROUP_DEVICE program. Returns a descriptor, closed on exec.
int llb_bpf_load_device_program(const uint64_t *instructions, uint32_t count);
// Attaches a loaded program to an open cgroup2 directory, beside those that are already there.
int llb_bpf_attach_device_program(int cgroup, int program);
