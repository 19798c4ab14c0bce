internal import Glibc
public import SystemPackage

/// The program under test, with a store of its own.
public struct LLMBoxProgram: Sendable {
    /// The directory of the store.
    public let root: FilePath
    /// Variables added to the environment of every command.
    public var environment: [String: String]

    /// Uses the store at `root`.
    public init(root: FilePath, environment: [String: String] = [:]) {
        self.root = root
        self.environment = environment
        self.environment["LLMBOX_ROOT"] = root.string
    }

    /// The path of the program that this test run was built with.
    public static var path: String {
        // Tests run from `.build/<configuration>/llmboxPackageTests.xctest`; the products lie beside it.
        var link = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &link, link.count)
        let own = FilePath(String(decoding: link.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self))
        let beside = own.removingLastComponent().appending("llmbox")
        if access(beside.string, X_OK) == 0 { return beside.string }
        // `swift test` may run the tests inside a helper of the toolchain: then the build directory is the default one.
        let repository = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        return repository.appending(".build/debug/llmbox").string
    }

    /// Runs one command of llmbox to its end.
    @discardableResult
    public func callAsFunction(_ arguments: String..., input: [UInt8] = [], limit: Int = 120) -> CommandResult {
        run([Self.path] + arguments, environment: environment, input: input, limit: limit)
    }

    /// Imports a small busybox system as the image `name`, so that no registry is needed.
    @discardableResult
    public func importBusybox(as name: String = "base") -> CommandResult {
        // Not by way of `..`: `mkdir -p` would make the store's directory on the way, with permissions of its own.
        let tree = root.removingLastComponent().appending(
            "busybox-tree-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        )
        .string
        defer { removeTree(tree) }
        let applets = [
            "sh", "true", "false", "cat", "ls", "id", "echo", "sleep", "mkdir", "touch", "rm", "chmod", "chown", "stat",
            "hostname", "ps", "wc", "grep", "head", "env", "pwd", "mount", "umount", "ip", "wget", "nc", "httpd", "seq",
            "tail", "kill", "dd", "ln", "mv", "cp", "find", "sha256sum", "readlink", "test", "printf", "sort", "tr",
            "cut",
            "stty", "awk", "sed", "mknod", "unshare", "ulimit", "tee", "nproc", "uname", "date", "mkfifo", "du", "df",
            "expr",
        ]
        let script = """
            mkdir -p \(tree)/bin \(tree)/etc \(tree)/tmp \(tree)/root && cp /bin/busybox \(tree)/bin/busybox && \
            for a in \(applets.joined(separator: " ")); do ln -s busybox \(tree)/bin/$a; done && chmod 1777 \(tree)/tmp && \
            printf 'root:x:0:0:root:/root:/bin/sh\\ndaemon:x:1:1:daemon:/usr/sbin:/bin/sh\\napp:x:1000:1000::/home/app:/bin/sh\\n' \
            > \(tree)/etc/passwd && printf 'root:x:0:\\ndaemon:x:1:\\napp:x:1000:\\nextra:x:2000:app\\n' > \(tree)/etc/group && \
            tar -C \(tree) --sort=name --mtime=@0 --owner=0 --group=0 -cf \(tree).tar .
            """
        let packed = run(["sh", "-c", script])
        defer { unlink("\(tree).tar") }
        guard packed.status == 0 else { return packed }
        return self("import", "\(tree).tar", name)
    }
}
