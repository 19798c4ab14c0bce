internal import CLinux
internal import Glibc

/// Device rules of a cgroup2 directory, where the kernel asks a BPF program instead of reading a list.
public enum DeviceFilter {
    /// Loads a `BPF_PROG_TYPE_CGROUP_DEVICE` program and attaches it to a cgroup2 directory, with which it ends.
    ///
    /// `instructions` are `struct bpf_insn` values in little-endian order.
    public static func attach(_ instructions: [UInt64], toCgroup directory: String) throws(SyscallError) {
        let cgroup = try OwnedFD.open(directory, O_RDONLY | O_DIRECTORY)
        let program = OwnedFD(
            adopting: try check("load the device program for", directory) {
                llb_bpf_load_device_program(instructions, UInt32(instructions.count))
            }
        )
        try check("attach the device program to", directory) {
            llb_bpf_attach_device_program(cgroup.raw, program.raw)
        }
    }
}
