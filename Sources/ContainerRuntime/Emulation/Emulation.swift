internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The means to run programs of another processor, which the kernel hands to an emulator (`binfmt_misc`, qemu-user).
///
/// What is registered already is used as it is. Otherwise the emulator is registered under a name of llmbox's own, through
/// a mount of `binfmt_misc` that no path leads to. Since Linux 6.7 the kernel forgets the entries when the last such mount
/// is gone, so that nothing of it stays: keep this value for as long as programs are to be started. Where the
/// administrator has mounted `binfmt_misc` as well, and on older kernels, the entry stays until the next boot.
public final class Emulation: Sendable {
    /// What was registered, for people; nil when everything was there already.
    public let note: String?
    /// Keeps the entry alive.
    private let mount: BeneathPath?

    private init(note: String?, mount: consuming BeneathPath?) {
        self.note = note
        self.mount = mount
    }

    /// Where administrators mount it.
    private static let usualPlace = "/proc/sys/fs/binfmt_misc"

    /// Whether the processor of this machine runs programs of `architecture`, in Go's words, without help.
    public static func isNative(_ architecture: String) -> Bool { EmulatedArchitecture.isNative(architecture) }

    /// Makes sure that programs of `architecture` run; nil when they do without help.
    public static func prepare(_ architecture: String) throws(EmulationError) -> Emulation? {
        if isNative(architecture) { return nil }
        guard let wanted = EmulatedArchitecture(architecture) else { throw .unknownArchitecture(architecture) }
        // Readable for everybody where it is mounted; what is missing there is looked for again below.
        if let usual = try? BeneathPath(opening: usualPlace), try served(wanted, by: usual) {
            return Emulation(note: nil, mount: nil)
        }
        let formats = BeneathPath(root: try open(wanted))
        if try served(wanted, by: formats) { return Emulation(note: nil, mount: formats) }
        guard let program = program(for: wanted) else {
            throw .emulatorMissing(architecture: architecture, program: "qemu-\(wanted.emulator)-static")
        }
        let name = "llmbox-qemu-\(wanted.emulator)"
        do throws(SyscallError) {
            let line = Array(wanted.registration(name: name, emulator: program).utf8)
            let file = try formats.open("register", O_WRONLY)
            let count = write(file.raw, line, line.count)
            // Another llmbox may have been quicker with the same entry.
            if count < 0, errno != EEXIST { throw SyscallError("register", program) }
        } catch {
            if [.notPermitted, .permissionDenied].contains(error.errno) {
                throw .notPermitted(architecture: architecture, error)
            }
            throw .refused(architecture: architecture, error)
        }
        return Emulation(note: "programs for linux/\(architecture) run in `\(program)`", mount: formats)
    }

    private static func open(_ wanted: EmulatedArchitecture) throws(EmulationError) -> OwnedFD {
        do {
            return try DetachedMount.filesystem("binfmt_misc")
        } catch {
            switch error.errno {
            case .notPermitted, .permissionDenied: throw .notPermitted(architecture: wanted.name, error)
            case Errno(rawValue: ENODEV): throw .kernelLacksFormats(architecture: wanted.name, error)
            default: throw .refused(architecture: wanted.name, error)
            }
        }
    }

    /// Whether an entry serves programs of the architecture.
    private static func served(
        _ wanted: EmulatedArchitecture,
        by formats: borrowing BeneathPath
    ) throws(EmulationError) -> Bool {
        // Not mounted, or an entry that vanishes while it is read: nothing that would serve.
        guard let status = try? formats.readSmallFile("status", limit: 64) else { return false }
        guard status.starts(with: "enabled".utf8) else { throw .switchedOff(architecture: wanted.name) }
        guard let directory = try? formats.openDirectory("."), let names = try? DirectoryWalker.names(in: directory)
        else { return false }
        for name in names where name != "register" && name != "status" {
            guard let text = try? formats.readSmallFile(name, limit: 1 << 16) else { continue }
            if BinaryFormatEntry(String(decoding: text, as: UTF8.self)).serves(wanted) { return true }
        }
        return false
    }

    /// The emulator that works wherever it is executed.
    private static func program(for wanted: EmulatedArchitecture) -> String? {
        let directories = ["/usr/bin", "/usr/local/bin", "/opt/qemu/bin"]
        for name in ["qemu-\(wanted.emulator)-static", "qemu-\(wanted.emulator)"] {
            for directory in directories {
                let path = "\(directory)/\(name)"
                if access(path, X_OK) == 0, ProgramHeaders.isStatic(path) { return path }
            }
        }
        return nil
    }
}

/// What an ELF program says about how it is loaded.
enum ProgramHeaders {
    /// Whether a program needs no dynamic loader: a container has another one, or none.
    static func isStatic(_ path: String) -> Bool {
        // A program that cannot be read is none that we could register.
        guard let file = try? OwnedFD.open(path, O_RDONLY) else { return false }
        var start = [UInt8](repeating: 0, count: 4096)
        let count = pread(file.raw, &start, start.count, 0)
        guard count >= 64, start.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return false }
        // 64-bit little-endian, as this machine is: e_phoff at 32, e_phentsize at 54, e_phnum at 56.
        func number(_ offset: Int, _ width: Int) -> Int {
            guard offset >= 0, offset + width <= count else { return 0 }
            return start[offset..<offset + width].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        let (table, size, entries) = (number(32, 4), number(54, 2), number(56, 2))
        // PT_INTERP, type 3, names the loader. The table follows the header in every program there is.
        guard size >= 4, table + size * entries <= count else { return false }
        return !(0..<entries).contains { number(table + $0 * size, 4) == 3 }
    }
}
