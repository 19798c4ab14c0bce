internal import Crypto
internal import Glibc

/// The files that every tool builds from: a small base, and weights that do not compress.
struct Workload {
    /// Where everything lies.
    let directory: String
    /// The length of the weights in bytes.
    let weightBytes: Int

    /// The root filesystem of the base image, as a tar file.
    var baseTar: String { "\(directory)/base.tar" }
    /// The same root filesystem as a directory.
    var baseTree: String { "\(directory)/base" }
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
        for applet in ["sh", "true", "cat", "ls"] { symlink("busybox", "\(baseTree)/bin/\(applet)") }
        write("root:x:0:0:root:/root:/bin/sh\n", to: "\(baseTree)/etc/passwd")
        _ = Command.run(["tar", "-C", baseTree, "-cf", baseTar, "."])
        write("FROM bench-base\nCOPY weights.bin /weights.bin\n", to: "\(context)/Dockerfile")
        writeWeights()
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
    private func writeWeights() {
        let file = open(weights, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        defer { close(file) }
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var block = [UInt64](repeating: 0, count: 1 << 17)
        var left = weightBytes
        while left > 0 {
            for index in block.indices {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                block[index] = state
            }
            let count = block.withUnsafeBytes { Glibc.write(file, $0.baseAddress, min(left, $0.count)) }
            guard count > 0 else { return }
            left -= count
        }
        // Earlier writes must not be paid for by whoever comes first.
        sync()
    }
}
