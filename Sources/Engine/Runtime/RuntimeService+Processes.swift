internal import ContainerRuntime
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

extension RuntimeService {
    /// The processes of a container, as the host numbers them.
    public func processes(of id: String) throws -> [Int32] {
        try cgroups(try container(id).record()).processes.sorted()
    }

    /// What ps(1) of the host says about the processes of a container.
    ///
    /// - Parameters:
    ///   - id: the container.
    ///   - options: those of ps(1), which must leave the column `PID`; `-ef` when there are none.
    /// - Returns: lines; those of other processes are left out.
    /// - Throws: ``RuntimeError/tool(_:reason:)`` where ps(1) cannot be used.
    public func processTable(of id: String, options: [String]) throws -> String {
        let wanted = Set(try processes(of: id).map { Substring("\($0)") })
        let lines = try Self.output(of: "ps", options.isEmpty ? ["-ef"] : options)
            .split(separator: "\n")
        let header = lines.first?.split(separator: " ") ?? []
        guard let column = header.firstIndex(of: "PID") else {
            throw RuntimeError.tool("ps", reason: "with these options it shows no column `PID`")
        }
        let own = lines.dropFirst().filter { line in
            let fields = line.split(separator: " ")
            return fields.count > column && wanted.contains(fields[column])
        }
        return (lines.prefix(1) + own).map { $0 + "\n" }.joined()
    }

    /// What a program of the host's writes.
    private static func output(of program: String, _ options: [String]) throws -> String {
        let ends = try OwnedFD.pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends.write.raw, 1)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + options).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let result = posix_spawnp(&child, program, &actions, nil, &words, environ)
        guard result == 0 else {
            let error = SyscallError("execute", program, errno: Errno(rawValue: result))
            throw RuntimeError.tool(program, reason: error.why ?? "it cannot be executed")
        }
        let process = try ProcessDescriptor(opening: child)
        close(ends.write.release())
        let text = try FileIO.readAll(ends.read)
        guard try process.wait() == .exited(0) else {
            throw RuntimeError.tool(program, reason: "it failed with the options `\(options.joined(separator: " "))`")
        }
        return String(decoding: text, as: UTF8.self)
    }
}
