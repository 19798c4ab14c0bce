internal import CLinux
internal import Glibc

/// What is true of this machine and this process, asked once and passed on as a value.
public struct HostFacts: Equatable, Sendable {
    /// The kernel's release, as in `6.1.0-18-amd64`.
    public var kernelRelease: String
    /// The first two numbers of the release.
    public var kernelVersion: KernelVersion
    /// The machine's name for its processor, as in `x86_64`.
    public var machine: String
    /// The host's name.
    public var hostName: String
    /// A number that changes with every boot.
    public var bootID: String
    /// The processors this process may use.
    public var processorCount: Int
    /// The memory of the machine in bytes.
    public var memorySize: UInt64
    /// The effective user.
    public var userID: UInt32
    /// The effective group.
    public var groupID: UInt32
    /// The capabilities in force.
    public var effectiveCapabilities: UInt64
    /// The capabilities that an executed program could still gain.
    public var boundingCapabilities: UInt64
    /// Whether this process lives in a user namespace of its own rather than the machine's first.
    public var inUserNamespace: Bool
    /// Whether the kernel can filter system calls.
    public var hasSeccomp: Bool
    /// Where control groups are.
    public var cgroups: CgroupLayout
    /// The loaded security modules, as in `["capability", "apparmor"]`.
    public var securityModules: [String]

    /// A kernel's version, for comparison with the first one that has a feature.
    public struct KernelVersion: Equatable, Comparable, Sendable, CustomStringConvertible {
        /// The first number.
        public var major: Int
        /// The second number.
        public var minor: Int

        /// Makes a version from its two numbers.
        public init(_ major: Int, _ minor: Int) {
            self.major = major
            self.minor = minor
        }

        /// Reads the beginning of a release such as `6.1.0-18-amd64`; what is no number counts as 0.
        public init(release: String) {
            let numbers = release.split(separator: ".", maxSplits: 2).prefix(2).map { part in
                Int(part.prefix { $0.isASCII && $0.isNumber }) ?? 0
            }
            self.init(numbers.first ?? 0, numbers.count > 1 ? numbers[1] : 0)
        }

        /// Compares by the first number, then the second.
        public static func < (left: Self, right: Self) -> Bool {
            (left.major, left.minor) < (right.major, right.minor)
        }

        /// Both numbers, as in `6.1`.
        public var description: String { "\(major).\(minor)" }
    }

    /// How many processors are switched on.
    public static var usableProcessors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Asks the kernel.
    ///
    /// - Complexity: about a dozen small reads of `/proc`, well under a millisecond.
    public static func probe() throws(SyscallError) -> HostFacts {
        let release = try kernelText("/proc/sys/kernel/osrelease")
        let status = try StatusFile(FileIO.readText(path: "/proc/self/status"))
        let modules = (try? FileIO.readText(path: "/sys/kernel/security/lsm")) ?? ""  // absent without securityfs
        return HostFacts(
            kernelRelease: release,
            kernelVersion: KernelVersion(release: release),
            machine: try kernelText("/proc/sys/kernel/arch", orElse: compiledMachine),
            hostName: try kernelText("/proc/sys/kernel/hostname"),
            bootID: try kernelText("/proc/sys/kernel/random/boot_id"),
            processorCount: usableProcessors,
            memorySize: UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE)))),
            userID: geteuid(),
            groupID: getegid(),
            effectiveCapabilities: status.hexadecimal("CapEff"),
            boundingCapabilities: status.hexadecimal("CapBnd"),
            inUserNamespace: try isMapped(FileIO.readText(path: "/proc/self/uid_map")),
            hasSeccomp: status.value("Seccomp") != nil,
            cgroups: try CgroupLayout.probe(),
            securityModules: modules.split { $0 == "," || $0 == "\n" }.map(String.init)
        )
    }

    /// The id of this boot alone, for whoever needs nothing else.
    public static func bootID() throws(SyscallError) -> String { try kernelText("/proc/sys/kernel/random/boot_id") }

    private static func kernelText(_ path: String, orElse fallback: String? = nil) throws(SyscallError) -> String {
        do {
            let text = try FileIO.readText(path: path)
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        } catch {
            // `/proc/sys/kernel/arch` came with Linux 6.1.
            if let fallback { return fallback }
            throw error
        }
    }

    private static var compiledMachine: String {
        #if arch(x86_64)
        "x86_64"
        #elseif arch(arm64)
        "aarch64"
        #else
        "unknown"
        #endif
    }

    /// The first namespace maps all ids to themselves in one row; no other may.
    private static func isMapped(_ map: String) -> Bool {
        map.split(whereSeparator: \.isWhitespace).map(String.init) != ["0", "0", "4294967295"]
    }
}

/// The `Key:\tvalue` lines of `/proc/<pid>/status`.
struct StatusFile {
    private let lines: [Substring]

    init(_ text: String) { lines = text.split(separator: "\n") }

    func value(_ key: String) -> Substring? {
        for line in lines where line.hasPrefix(key) && line.dropFirst(key.count).first == ":" {
            return line.dropFirst(key.count + 1).drop { $0 == "\t" || $0 == " " }
        }
        return nil
    }

    func hexadecimal(_ key: String) -> UInt64 { value(key).flatMap { UInt64($0, radix: 16) } ?? 0 }
}
