internal import Glibc
internal import LinuxKernel

/// The processes of a container that has no control group of its own, as without root where none is delegated.
///
/// Nobody has written down which they are. They are those in the process namespace of the container's first process, and
/// whatever descends from them, in namespaces further in; in the host's namespace only what descends from the first one.
public enum ContainerProcesses {
    /// Finds the processes by the container's first one.
    ///
    /// - Parameter first: its number.
    /// - Returns: the numbers in order; none where the first process has gone.
    /// - Complexity: a look at every process of the machine.
    public static func all(from first: Int32) -> [Int32] {
        guard access("/proc/\(first)", F_OK) == 0 else { return [] }
        let numbers = everyProcess()
        let namespace = namespace(of: first)
        let isShared = namespace == nil || namespace == self.namespace(of: getpid())
        var found: Set = [first]
        if !isShared { found.formUnion(numbers.filter { self.namespace(of: $0) == namespace }) }
        var children: [Int32: [Int32]] = [:]
        for number in numbers where !found.contains(number) {
            if let parent = fields(of: number)?.number(.parent) { children[Int32(parent), default: []].append(number) }
        }
        var waiting = Array(found)
        while let next = waiting.popLast() {
            for child in children[next] ?? [] where found.insert(child).inserted { waiting.append(child) }
        }
        return found.sorted()
    }

    /// Adds up what processes use, as a control group would count it.
    ///
    /// Memory is what each has for itself, and the largest share of what several see: weights that are mapped from a file
    /// are the file cache's.
    public static func statistics(of processes: [Int32]) -> CgroupStatistics {
        var result = CgroupStatistics()
        var (ticks, threads, own, shared): (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
        for process in processes {
            // One that has ended meanwhile uses nothing.
            guard let fields = fields(of: process) else { continue }
            // With what its children used that have ended; those that live are counted for themselves.
            for field in [StatFields.Field.user, .system, .childrenUser, .childrenSystem] {
                ticks += fields.number(field) ?? 0
            }
            threads += fields.number(.threads) ?? 0
            let status = (try? FileIO.readText(path: "/proc/\(process)/status")) ?? ""
            own += kibibytes("RssAnon:", in: status)
            shared = max(shared, kibibytes("RssShmem:", in: status))
        }
        result.cpu = ticks * (1_000_000_000 / Int64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
        result.memory = (own + shared) * 1024
        result.pids = Int(threads)
        return result
    }

    private static func everyProcess() -> [Int32] {
        guard let stream = opendir("/proc") else { return [] }
        defer { closedir(stream) }
        var numbers: [Int32] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { bytes in
                bytes.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = Int32(name) { numbers.append(number) }
        }
        return numbers
    }

    /// The process namespace; nil for a process that is not ours to look at.
    private static func namespace(of process: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/\(process)/ns/pid", &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func fields(of process: Int32) -> StatFields? {
        (try? FileIO.readAll(path: "/proc/\(process)/stat")).flatMap(StatFields.init)
    }

    private static func kibibytes(_ key: String, in status: String) -> Int64 {
        let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int64($0) } ?? 0
    }
}

/// The numbers in `/proc/<pid>/stat` behind the command's name.
struct StatFields {
    /// A field by its place, counted from 1 as in `proc(5)`.
    enum Field: Int {
        case parent = 4
        case user = 14
        case system = 15
        case childrenUser = 16
        case childrenSystem = 17
        case threads = 20
    }

    private let fields: [ArraySlice<UInt8>]

    /// Reads the line; the name, in parentheses, may hold spaces and parentheses itself.
    init?(_ line: [UInt8]) {
        guard let close = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        fields = line[(close + 1)...].split(separator: UInt8(ascii: " "))
    }

    /// A field; nil where the line is too short.
    func number(_ field: Field) -> Int64? {
        // Field 3 is the first behind the name.
        let index = field.rawValue - 3
        return fields.indices.contains(index) ? Int64(String(decoding: fields[index], as: UTF8.self)) : nil
    }
}
