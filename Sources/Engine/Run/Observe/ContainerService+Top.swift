internal import ContainerRuntime
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The processes of a container, as `ps` shows them.
public struct ProcessTable: Sendable {
    /// The titles of the columns.
    public var titles: [String]
    /// One row a process; the last column may hold spaces.
    public var rows: [[String]]

    /// Takes from the output of `ps` the rows of some processes.
    ///
    /// Nil where no column is called `PID`.
    init?(_ output: String, of processes: Set<Int32>) {
        let lines = output.split(separator: "\n").map(String.init)
        guard let header = lines.first else { return nil }
        titles = header.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let column = titles.firstIndex(of: "PID") else { return nil }
        let count = titles.count
        rows = lines.dropFirst().compactMap { line in
            let fields = line.split(maxSplits: count - 1, whereSeparator: \.isWhitespace).map(String.init)
            guard fields.count > column, let pid = Int32(fields[column]), processes.contains(pid) else { return nil }
            return fields
        }
    }
}

extension ContainerService {
    /// Shows the processes of a running container by the host's `ps`, which sees them from outside.
    ///
    /// Nothing of the container's is executed (CVE-2022-1227).
    ///
    /// - Parameters:
    ///   - reference: the container.
    ///   - arguments: options of `ps`; none means `-ef`.
    /// - Returns: the table.
    /// - Throws: ``RunError/notRunning(_:)`` and ``RunError/psFailed(_:)``.
    public func top(_ reference: String, _ arguments: [String]) throws -> ProcessTable {
        let state = try find(reference).state()
        guard state.isRunning else { throw RunError.notRunning(reference) }
        let output = try Self.hostProcesses(arguments.isEmpty ? ["-ef"] : arguments)
        guard let table = ProcessTable(output, of: try Self.processes(state)) else {
            throw RunError.psFailed("its output has no column `PID`, which llmbox needs")
        }
        return table
    }

    /// The processes of a running container.
    private static func processes(_ state: ContainerState) throws -> Set<Int32> {
        guard state.cgroups.isEmpty else {
            return Set(CgroupSet(directories: state.cgroups, layout: try CgroupLayout.probe()).allProcesses)
        }
        return Set(state.process.map { ContainerProcesses.all(from: $0.pid) } ?? [])
    }

    private static func hostProcesses(_ arguments: [String]) throws -> String {
        let output = try SealedMemory.open(name: "llmbox-ps")
        let errors = try SealedMemory.open(name: "llmbox-ps")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.raw, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.raw, 2)
        let words = (["ps"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let started = posix_spawnp(&child, "ps", &actions, nil, words, environ)
        guard started == 0 else { throw RunError.psFailed("the host has no `ps`") }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw RunError.psFailed(try text(errors)) }
        return try text(output)
    }

    private static func text(_ file: borrowing OwnedFD) throws -> String {
        lseek(file.raw, 0, SEEK_SET)
        return String(decoding: try FileIO.readAll(file, limit: 64 << 20, name: "ps"), as: UTF8.self)
    }
}
