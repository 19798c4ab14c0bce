public import Diagnostics
public import LinuxKernel

/// Why programs of another processor cannot be run.
public enum EmulationError: Explainable, Equatable {
    /// No emulator is known for the architecture.
    case unknownArchitecture(String)
    /// No emulator is installed that works without files of its own in the container.
    case emulatorMissing(architecture: String, program: String)
    /// The kernel has no `binfmt_misc`.
    case kernelLacksFormats(architecture: String, SyscallError)
    /// This user may not register an emulator.
    case notPermitted(architecture: String, SyscallError)
    /// Someone has switched the whole mechanism off.
    case switchedOff(architecture: String)
    /// The kernel took the registration and something else failed, or refused it for another reason.
    case refused(architecture: String, SyscallError)

    /// What could not be done.
    public var what: String {
        switch self {
        case .unknownArchitecture(let name), .emulatorMissing(let name, _), .kernelLacksFormats(let name, _),
            .notPermitted(let name, _), .switchedOff(let name), .refused(let name, _):
            "cannot run programs for `linux/\(name)`"
        }
    }

    /// The cause.
    public var why: String? {
        let machine = "this machine's processor is `\(EmulatedArchitecture.ofMachine)`"
        return switch self {
        case .unknownArchitecture: "\(machine), and llmbox knows no emulator for that one"
        case .emulatorMissing(_, let program): "\(machine), and no statically linked `\(program)` is installed"
        case .kernelLacksFormats(_, let error):
            "\(machine), and this kernel has no `binfmt_misc` to call the emulator: \(error.why ?? "it is missing")"
        case .notPermitted(_, let error):
            "\(machine), and this user may not register the emulator with the kernel: \(error.why ?? "refused")"
        case .switchedOff: "\(machine), and `binfmt_misc`, which calls the emulator, is switched off"
        case .refused(_, let error):
            "\(machine), and the kernel does not take the emulator: \(error.why ?? "it does not say why")"
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .unknownArchitecture: "use an image for this machine: leave `--platform` out"
        case .emulatorMissing: "install it, on Debian with `apt-get install qemu-user-static`"
        case .kernelLacksFormats: "run `modprobe binfmt_misc` as root, or use a kernel that has it"
        case .notPermitted:
            "run llmbox as root, or have root register it for all: `apt-get install qemu-user-static binfmt-support`"
        case .switchedOff: "run `echo 1 > /proc/sys/fs/binfmt_misc/status` as root"
        case .refused: nil
        }
    }
}
