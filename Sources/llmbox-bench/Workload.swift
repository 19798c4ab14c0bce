internal import Crypto
internal import Glibc

/// The files that every tool builds from: a small base, and weights that do not compress.
struct Workload {
    /// What can be measured by itself.
    enum Part: String, CaseIterable {
        /// Builds, and the pushes of what was built.
        case builds
        /// `run --rm … true` by network.
        case starts
        /// A published port.
        case ports
        /// What keeping containers costs.
        case containers
        /// Pulls, which need ``builds``.
        case transfers
    }

    /// What is measured.
    var parts = Set(Part.allCases)
    /// Where everything lies.
    let directory: String
    /// The length of the weights in bytes.
    let weightBytes: Int

    /// The root filesystem of the base image, as a tar file.
    var baseTar: String { "\(directory)/base.tar" }
    /// The same root filesystem as a directory.
    var baseTree: String { "\(directory)/base" }
    /// A context that makes the base image, for tools that import nothing.
    var baseContext: String { "\(directory)/base-context" }
    /// Eight files of a quarter of the weights' length each.
    var shards: String { "\(directory)/shards" }
    /// The weights beside twenty thousand small files.
    var many: String { "\(directory)/many" }
    /// The weights below one file of Python.
    var application: String { "\(directory)/application" }
    /// A step that writes two gigabytes in twenty thousand files.
    var writing: String { "\(directory)/writing" }
    /// Twenty steps that do nothing.
    var steps: String { "\(directory)/steps" }
    /// A tree of small files as a tar file: Debian's own, which every machine of the kind has.
    var fileTree: String { "\(directory)/files.tar" }
    /// The build context.
    var context: String { "\(directory)/context" }
    /// The weights in the context.
    var weights: String { "\(context)/weights.bin" }

    /// Writes the files.
    func prepare() {
        for path in [directory, baseTree, "\(baseTree)/bin", "\(baseTree)/etc", "\(baseTree)/tmp", context] {
            mkdir(path, 0o755)
        }
        _ = Command.run(["cp", "/bin/busybox", "\(baseTree)/bin/busybox"])
        for applet in ["sh", "true", "cat", "ls", "mkdir", "awk", "echo", "sleep"] {
            symlink("busybox", "\(baseTree)/bin/\(applet)")
        }
        write("root:x:0:0:root:/root:/bin/sh\n", to: "\(baseTree)/etc/passwd")
        _ = Command.run(["tar", "-C", baseTree, "-cf", baseTar, "."])
        write("FROM bench-base\nCOPY weights.bin /weights.bin\n", to: "\(context)/Dockerfile")
        writeNoise(weightBytes, to: weights, seed: 0x9E37_79B9_7F4A_7C15)
        prepareContexts()
        // Earlier writes must not be paid for by whoever comes first.
        sync()
    }

    /// Waits for what was written before, and has the kernel's free memory at hand.
    ///
    /// A virtual machine gives memory that was free for two seconds back to its host, and touching it again then takes
    /// longer than to fill it: what comes first would pay for the machine, not for its work. Here it holds a file of
    /// zeros that takes no space, which the kernel drops when it needs the memory.
    func settle() {
        sync()
        let excess = Self.freeMemory() - Self.keptFree
        guard excess > 0 else { return }
        let file = open("\(directory)/zeros", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        let end = lseek(file, 0, SEEK_END)
        guard ftruncate(file, end + off_t(excess)) == 0, lseek(file, end, SEEK_SET) == end else { return }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while read(file, &buffer, buffer.count) > 0 {}
    }

    /// So much may stay free: what the kernel keeps in reserve anyway.
    private static let keptFree = 1 << 30

    /// Memory that nothing uses, in bytes.
    private static func freeMemory() -> Int {
        guard let file = fopen("/proc/meminfo", "re") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self).split(separator: " ")
            if words.first == "MemFree:", words.count > 1, let kibibytes = Int(words[1]) { return kibibytes << 10 }
        }
        return 0
    }

    private func prepareContexts() {
        for path in [baseContext, shards, many, application, writing, steps] { mkdir(path, 0o755) }
        _ = Glibc.link(baseTar, "\(baseContext)/base.tar")
        write("FROM scratch\nADD base.tar /\n", to: "\(baseContext)/Dockerfile")
        for index in 0..<8 {
            writeNoise(weightBytes / 4, to: "\(shards)/shard-\(index)", seed: UInt64(index) * 7919 + 1)
        }
        write("FROM bench-base\nCOPY shard-* /models/\n", to: "\(shards)/Dockerfile")
        for path in [many, application] { _ = Glibc.link(weights, "\(path)/weights.bin") }
        mkdir("\(many)/files", 0o755)
        for index in 0..<20_000 {
            if index % 1000 == 0 { mkdir("\(many)/files/\(index / 1000)", 0o755) }
            write("file \(index)\n", to: "\(many)/files/\(index / 1000)/\(index)")
        }
        write("FROM bench-base\nCOPY weights.bin /\nCOPY files /files/\n", to: "\(many)/Dockerfile")
        write("FROM bench-base\nCOPY weights.bin /\nCOPY app.py /\n", to: "\(application)/Dockerfile")
        changeApplication(0)
        // The step says when its own work was done: what comes after is the tool's.
        let program =
            #"BEGIN { s = sprintf("%102400s", ""); while (i < 20000) { f = "f" i++; printf s > f; close(f) } }"#
        let script = "mkdir /data && cd /data && awk '\(program)'"
        write("FROM bench-base\nRUN \(script) && echo uptime $(cat /proc/uptime)\n", to: "\(writing)/Dockerfile")
        let lines = (1...20).map { "RUN true # \($0)\n" }.joined()
        write("FROM bench-base\n" + lines, to: "\(steps)/Dockerfile")
    }

    /// Removes everything, and what tools have left mounted there: podman its store, docker a network namespace.
    func remove() {
        let script =
            "awk '{print $5}' /proc/self/mountinfo | grep '^\(directory)/' | sort -r | xargs -r umount -l; rm -rf '\(directory)'"
        _ = Command.run(["sh", "-c", script])
    }

    /// Packs the tree of small files.
    func prepareFileTree() {
        let script = "cd / && tar --ignore-failed-read -cf '\(fileTree)' usr/share usr/lib/python3*"
        _ = Command.run(["sh", "-c", script])
    }

    /// Changes the file of Python above the weights, which has a kilobyte.
    func changeApplication(_ version: Int) {
        let filler = String(repeating: "#", count: 1000)
        write("print(\(version))\n\(filler)\n", to: "\(application)/app.py")
    }

    /// Seconds for one SHA-256 pass over the weights, which no tool that names content by digest can avoid.
    func hashSeconds() -> Double {
        let file = open(weights, O_RDONLY)
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var hasher = SHA256()
        let start = Command.now()
        while case let count = read(file, &buffer, buffer.count), count > 0 {
            buffer.withUnsafeBytes { hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        _ = hasher.finalize()
        return Command.now() - start
    }

    /// Bytes that the files below `path` occupy on the disk, each inode once.
    static func diskUsage(of path: String) -> Int64 {
        let text = Command.run(["du", "-s", "-B1", path]).output
        return text.split(separator: "\t").first.flatMap { Int64($0) } ?? 0
    }

    private func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { return }
        fputs(text, file)
        fclose(file)
    }

    /// Writes pseudo-random bytes: a xorshift generator is fast, and its output does not compress.
    private func writeNoise(_ count: Int, to path: String, seed: UInt64) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        defer { close(file) }
        var state = seed
        var block = [UInt64](repeating: 0, count: 1 << 17)
        var left = count
        while left > 0 {
            for index in block.indices {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                block[index] = state
            }
            let written = block.withUnsafeBytes { Glibc.write(file, $0.baseAddress, min(left, $0.count)) }
            guard written > 0 else { return }
            left -= written
        }
    }
}
