internal import Glibc
internal import LinuxKernel
internal import Storage
internal import SystemPackage

/// What the machine and the store are like, for `info`.
public struct HostSummary: Equatable, Sendable {
    /// The host's name.
    public let name: String
    /// The kernel's release.
    public let kernel: String
    /// The distribution, as `/etc/os-release` calls it.
    public let operatingSystem: String
    /// The machine, in the kernel's words.
    public let architecture: String
    /// How many processors there are.
    public let processors: Int
    /// Bytes of memory.
    public let memory: UInt64
    /// 2 for the unified cgroup hierarchy, 1 for the others.
    public let cgroupVersion: Int
    /// The security features in use, such as `seccomp`.
    public let security: [String]
    /// The store's directory.
    public let root: String
    /// How many containers there are, and how many of them run.
    public let containers: Int
    /// How many containers run or are frozen.
    public let running: Int
    /// How many of these are frozen.
    public let paused: Int
    /// How many images there are.
    public let images: Int
}

extension ImageService {
    /// Looks at the machine and the store.
    public func hostSummary() throws -> HostSummary {
        let facts = try HostFacts.probe()
        let uses = try containerUses()
        return HostSummary(
            name: facts.hostName,
            kernel: facts.kernelRelease,
            operatingSystem: Self.operatingSystem(),
            architecture: facts.machine,
            processors: facts.processorCount,
            memory: facts.memorySize,
            cgroupVersion: facts.cgroups.kind == .unified ? 2 : 1,
            security: facts.securityModules + (facts.hasSeccomp ? ["seccomp"] : []),
            root: context.root.string,
            containers: uses.count,
            running: uses.count { $0.isRunning },
            paused: uses.count { $0.isPaused },
            images: try store.images().count
        )
    }

    /// The kernel's release.
    public static func kernelRelease() throws -> String { try HostFacts.probe().kernelRelease }

    private static func operatingSystem() -> String {
        guard let file = fopen("/etc/os-release", "re") else { return "Linux" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("PRETTY_NAME=") else { continue }
            return text.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" && $0 != "\n" }
        }
        return "Linux"
    }
}
