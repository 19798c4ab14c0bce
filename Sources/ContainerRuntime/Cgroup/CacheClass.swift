internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// A class of service of a processor's caches and memory bandwidth: a directory of the resctrl file system.
///
/// Source: OCI runtime-spec 1.2, config-linux.md, "IntelRdt"; the kernel's resctrl.rst.
public struct CacheClass: Codable, Equatable, Sendable {
    /// The directory of the class.
    public let directory: String
    /// Whether it was made for the container and ends with it.
    public let isOwn: Bool
    /// The directory that counts what the container uses.
    public let monitor: String?

    /// Where resctrl is mounted; nil where it is not, or the processor has none.
    public static func mountPoint() -> String? {
        // Without procfs there is nothing to find.
        let table = (try? FileIO.readText(path: "/proc/self/mountinfo")) ?? ""
        let line = table.split(separator: "\n").first { $0.contains(" - resctrl ") }
        return line.flatMap { $0.split(separator: " ").dropFirst(4).first.map(String.init) }
    }

    /// The lines to write: bandwidth stands in the line of its own where there is one, and further lines come last.
    public static func schemata(_ further: [String], caches: String?, memory: String?) -> [String] {
        var lines = (caches ?? "").split(separator: "\n").map(String.init)
        if let memory, !memory.isEmpty {
            lines.removeAll { $0.hasPrefix("MB:") }
            lines += memory.split(separator: "\n").map(String.init)
        }
        return lines + further
    }

    /// Makes the container's class, or takes one that exists.
    ///
    /// - Parameters:
    ///   - id: the container's id, which names a class of its own and what counts for it.
    ///   - name: the class; nil for one of the container's own.
    ///   - schemata: what the class may use; a class that exists must be so already.
    ///   - isMonitored: whether the container's use is counted.
    ///   - root: where resctrl is mounted.
    /// - Throws: ``CacheClassError``.
    public init(
        id: String,
        name: String?,
        schemata: [String],
        isMonitored: Bool,
        root: String? = mountPoint()
    ) throws(CacheClassError) {
        guard let root else { throw .notMounted }
        let name = name.flatMap { $0.isEmpty ? nil : $0 }
        let leaf = name ?? id
        guard leaf != ".", leaf != "..", !leaf.contains("/"), leaf != "info", leaf != "mon_groups", leaf != "mon_data"
        else { throw .invalidName(leaf) }
        directory = "\(root)/\(leaf)"
        monitor = isMonitored ? "\(root)/\(leaf)/mon_groups/\(id)" : nil
        let exists = access(directory, F_OK) == 0
        isOwn = name == nil && !exists
        if exists {
            try Self.compare(schemata, with: directory)
        } else {
            guard name == nil || !schemata.isEmpty else { throw .missing(leaf) }
            try Self.make(directory)
            do throws(CacheClassError) {
                if !schemata.isEmpty {
                    try Self.write(directory + "/schemata", schemata.joined(separator: "\n") + "\n")
                }
            } catch {
                rmdir(directory)
                throw error
            }
        }
        if let monitor { try Self.make(monitor) }
    }

    /// Has a process, and what it starts from then on, count as one of the class.
    public func add(_ process: Int32) throws(CacheClassError) {
        try Self.write(directory + "/tasks", String(process))
        if let monitor { try Self.write(monitor + "/tasks", String(process)) }
    }

    /// Changes what the class may use, for all that are in it.
    public func change(to schemata: [String]) throws(CacheClassError) {
        try Self.write(directory + "/schemata", schemata.joined(separator: "\n") + "\n")
    }

    /// Removes what was made for the container alone.
    public func remove() throws(CacheClassError) {
        for made in [monitor, isOwn ? directory : nil].compactMap({ $0 }) where rmdir(made) < 0 && errno != ENOENT {
            throw .system(SyscallError("remove", made))
        }
    }

    private static func compare(_ wanted: [String], with directory: String) throws(CacheClassError) {
        guard !wanted.isEmpty else { return }
        let text: String
        do { text = try FileIO.readText(path: directory + "/schemata") } catch { throw .system(error) }
        let present = text.split(separator: "\n").map(parts)
        for line in wanted.map({ parts(Substring($0)) }) {
            guard let same = present.first(where: { $0.resource == line.resource }),
                line.domains.allSatisfy({ same.domains[$0.key] == $0.value })
            else { throw .different(directory) }
        }
    }

    /// `L3:0=0ff;1=fff` by its parts; leading zeros mean nothing.
    private static func parts(_ line: Substring) -> (resource: String, domains: [String: String]) {
        let halves = line.split(separator: ":", maxSplits: 1)
        var domains: [String: String] = [:]
        for pair in halves.dropFirst().joined().split(separator: ";") {
            let sides = pair.split(separator: "=").map { $0.filter { !$0.isWhitespace } }
            if sides.count == 2 { domains[sides[0]] = sides[1].lowercased().trimmingZeros }
        }
        return (String((halves.first ?? "").filter { !$0.isWhitespace }), domains)
    }

    private static func make(_ path: String) throws(CacheClassError) {
        guard mkdir(path, 0o755) < 0 else { return }
        guard errno == EEXIST else { throw .system(SyscallError("make", path)) }
    }

    private static func write(_ path: String, _ text: String) throws(CacheClassError) {
        do { try FileIO.writeControl(path: path, text) } catch { throw .system(error) }
    }
}

extension String {
    fileprivate var trimmingZeros: String {
        let rest = drop { $0 == "0" }
        return rest.isEmpty ? "0" : String(rest)
    }
}
