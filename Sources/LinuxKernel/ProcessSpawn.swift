internal import CLinux
internal import Glibc

/// A program to start in new namespaces, with nothing of the caller's but what is listed here.
public struct ProcessSpawn: Sendable {
    /// A process that was started.
    @frozen
    public struct Started: ~Copyable {
        /// Its id as the caller sees it.
        public var id: Int32
        /// Its descriptor.
        public var descriptor: ProcessDescriptor
    }

    /// `CLONE_NEW*` bits.
    public var namespaces: UInt64
    /// A cgroup2 directory to be born in (Linux 5.7), or -1.
    public var cgroup: Int32 = -1
    /// Opened `tasks` files of cgroup v1 directories, which the process joins by itself before anything else.
    public var taskFiles: [Int32] = []
    /// The executable, as an open descriptor.
    public var program: Int32
    /// The name it sees itself called.
    public var name: String
    /// What follows the name on its command line.
    public var arguments: [String] = []
    /// Descriptors that become 0, 1, 2, …; all others are closed.
    public var files: [Int32]
    /// Which of ``files`` hears about a failure before the program runs.
    public var failureFile: Int
    /// The read end of a pipe: the program waits for a byte, which says that its id maps are written; -1 for none.
    public var mapsReady: Int32 = -1
    /// A signal for when the parent's thread ends, or 0.
    public var deathSignal: Int32 = 0

    /// Describes a start in the caller's own namespaces; the properties say more.
    public init(program: Int32, name: String, files: [Int32], failureFile: Int, namespaces: UInt64 = 0) {
        self.program = program
        self.name = name
        self.files = files
        self.failureFile = failureFile
        self.namespaces = namespaces
    }

    /// Starts the program from existing namespaces, which the calling thread enters for that and leaves again.
    ///
    /// It is no thread of its own, because the death signal comes when the thread that started the program ends, not
    /// when its process does (prctl(2), `PR_SET_PDEATHSIG`). Mount, user and time namespaces cannot be entered so: the
    /// kernel wants a process of one thread for them.
    public func start(
        action: String,
        joining namespaces: [(path: String, kind: UInt64)]
    ) throws(SyscallError) -> Started {
        if namespaces.isEmpty { return try start(action: action) }
        var files: [(theirs: Int32, own: Int32, kind: UInt64)] = []
        defer {
            for file in files {
                _ = close(file.theirs)
                _ = close(file.own)
            }
        }
        for (path, kind) in namespaces {
            let own = try OwnedFD.open("/proc/thread-self/ns/\(Self.fileName(of: kind))", O_RDONLY)
            files.append((try OwnedFD.open(path, O_RDONLY).release(), own.release(), kind))
        }
        let result: Result<Started, SyscallError>
        do throws(SyscallError) {
            for file in files { try check("join a namespace") { llb_setns(file.theirs, file.kind) } }
            result = .success(try start(action: action))
        } catch {
            result = .failure(error)
        }
        // What could not be left would make all that follows happen in somebody else's namespace.
        for file in files { try check("leave a namespace") { llb_setns(file.own, file.kind) } }
        return try result.get()
    }

    /// The name under `/proc/PID/ns`, by the flag of clone(2).
    private static func fileName(of kind: UInt64) -> String {
        switch kind {
        case 0x0200_0000: "cgroup"
        case 0x0400_0000: "uts"
        case 0x0800_0000: "ipc"
        case 0x2000_0000: "pid"
        default: "net"
        }
    }

    /// Starts the program, with no environment.
    public func start(action: String) throws(SyscallError) -> Started {
        var descriptor: Int32 = -1
        let id = files.withUnsafeBufferPointer { files -> Int32 in
            taskFiles.withUnsafeBufferPointer { taskFiles -> Int32 in
                name.withCString { name -> Int32 in
                    // Duplicated before the start: between clone and exec nothing may be allocated.
                    let words = self.arguments.map { strdup($0) }
                    defer { for word in words { free(word) } }
                    var arguments: [UnsafeMutablePointer<CChar>?] =
                        [UnsafeMutablePointer(mutating: name)] + words + [nil]
                    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
                    return arguments.withUnsafeMutableBufferPointer { arguments in
                        environment.withUnsafeMutableBufferPointer { environment in
                            var request = llb_spawn_request()
                            request.namespaces = namespaces
                            request.cgroup = cgroup
                            request.task_files = taskFiles.baseAddress
                            request.task_file_count = Int32(taskFiles.count)
                            request.program = program
                            request.files = files.baseAddress
                            request.file_count = Int32(files.count)
                            request.failure_file = Int32(failureFile)
                            request.maps_ready = mapsReady
                            request.parent_death_signal = deathSignal
                            request.arguments = UnsafePointer(arguments.baseAddress)
                            request.environment = UnsafePointer(environment.baseAddress)
                            return llb_spawn(&request, &descriptor)
                        }
                    }
                }
            }
        }
        guard id > 0 else { throw SyscallError(action) }
        return Started(id: id, descriptor: ProcessDescriptor(adopting: OwnedFD(adopting: descriptor)))
    }
}
