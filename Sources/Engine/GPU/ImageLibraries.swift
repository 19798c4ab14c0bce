internal import GPUPlanning
internal import LinuxKernel
internal import SystemPackage

/// Looks at the libraries of an image that matter for GPUs, without running any of it.
enum ImageLibraries {
    private static let places = [
        "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64", "lib/x86_64-linux-gnu",
        "lib/aarch64-linux-gnu", "lib64", "usr/lib", "lib",
    ]

    /// What matters of an image for GPUs, with these variables; its code only where its program is given.
    static func facts(_ files: ImageFiles, environment: [String], command: [String]? = nil) throws -> GPUImageFacts {
        var facts = GPUImageFacts()
        for entry in environment {
            guard let equals = entry.firstIndex(of: "=") else { continue }
            facts.environment[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
        }
        if !files.trees.isEmpty {
            let root = try files.merged()
            facts.compatibility = ImageCompatibility.find(in: root)
            if let command {
                facts.code = ImageCode(environment: facts.environment, command: command).find(in: root)
            }
        }
        for place in places {
            let bytes = content("\(place)/libc.so.6", files)
            if bytes.isEmpty { continue }
            facts.library = try ElfLibrary { offset, count in
                guard offset < bytes.count else { return [] }
                return Array(bytes[Int(offset)..<min(bytes.count, Int(offset) + count)])
            }?.mentionedLibrary
            return facts
        }
        facts.usesMusl = ["x86_64", "aarch64"].contains { exists("lib/ld-musl-\($0).so.1", files) }
        return facts
    }

    /// The linker's cache; empty where the image has none, or something else in its place.
    static func linkerCache(_ files: ImageFiles) throws -> [UInt8] { content("etc/ld.so.cache", files) }

    private static func content(_ path: String, _ files: ImageFiles) -> [UInt8] {
        // A device, a fifo or a file of gigabytes in the place of a library is the image's own trouble.
        (try? files.read(path, limit: 16 << 20)) ?? []
    }

    private static func exists(_ path: String, _ files: ImageFiles) -> Bool {
        do {
            return try !files.read(path, limit: 1).isEmpty
        } catch {
            return (error as? SyscallError)?.errno == .fileTooLarge
        }
    }
}
