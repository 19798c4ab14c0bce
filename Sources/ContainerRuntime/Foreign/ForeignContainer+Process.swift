internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

extension ForeignContainer {
    /// Has the runtime start a further process, which then is a child of the caller's.
    func exec(_ request: ExecRequest, _ document: [UInt8]) throws -> RunningProcess {
        let name = request.plan.command.arguments.first ?? ""
        let path = files + ".json"
        defer { removeFiles() }
        try AtomicFile.write(path, document, mode: 0o600, durable: false)
        try ProcessControl.adoptOrphans()
        var words = ["exec", "--detach", "--process", path, "--pid-file", pidPath]
        var streams = ParentStreams()
        if let terminal = request.plan.terminal {
            streams.terminal = .some(
                try withTerminal(terminal) { address, files in
                    words += ["--console-socket", address, directory.id]
                    try run("execute a process", words, files, request.cgroupDirectories, command: name)
                }
            )
        } else {
            let child = try ChildStreams(request.standardIO, parent: &streams)
            try run(
                "execute a process",
                words + [directory.id],
                child.numbers,
                request.cgroupDirectories,
                command: name
            )
        }
        let pid = try readProcess()
        return RunningProcess(
            id: pid,
            descriptor: try ProcessDescriptor(opening: pid),
            streams: streams,
            plan: request.plan,
            starter: {},
            finisher: {}
        )
    }

    /// Sends a signal to the container's first process, wherever the runtime has it.
    func signal(_ number: Int32) throws {
        defer { removeFiles() }
        try run("signal", ["kill", directory.id, "\(number)"], nil, [])
    }

    /// Runs `body` with the address of a socket for a terminal and the first three descriptors, and takes what comes.
    func withTerminal(
        _ request: TerminalRequest,
        _ body: (_ address: String, _ files: [Int32]) throws -> Void
    ) throws -> OwnedFD {
        let place = try OwnedFD.open(directory.path, O_RDONLY | O_DIRECTORY)
        let name = "console\(tag).sock"
        _ = unlink(directory.path + "/" + name)
        defer { _ = unlink(directory.path + "/" + name) }
        let listener = try PathSocket.listen(stream: name, in: place)
        let null = try OwnedFD.open("/dev/null", O_RDWR)
        // By a descriptor, because the address of a socket holds 107 bytes.
        try body("/proc/\(getpid())/fd/\(place.raw)/\(name)", [null.raw, null.raw, null.raw])
        let inner = try receiveTerminal(listener)
        TerminalSize(rows: request.rows, columns: request.columns).apply(to: inner.raw)
        return inner
    }

    /// The process that the runtime has noted.
    func readProcess() throws -> Int32 {
        guard let pid = Int32(try FileIO.readText(path: pidPath).filter { !$0.isWhitespace }), pid > 1 else {
            throw failure("create", "it wrote no process id", command: "")
        }
        return pid
    }

    private func removeFiles() {
        for suffix in [".json", ".pid", ".log"] { _ = unlink(files + suffix) }
    }
}
