internal import Engine
internal import Glibc
internal import OCIModel
internal import Storage
internal import Synchronization
internal import SystemPackage
internal import TestSupport
internal import Testing

/// A store and a context in a directory that disappears with the test.
struct BuildFixture {
    let directory: FilePath
    let store: ImageStore

    static func run(_ body: (BuildFixture) throws -> Void) throws {
        try withSandbox { directory in
            for name in ["context", "store"] { mkdir(directory.appending(name).string, 0o755) }
            try body(
                BuildFixture(directory: directory, store: try ImageStore(root: directory.appending("store")))
            )
        }
    }

    /// The path of a file of the context.
    func path(_ name: String) -> String { directory.appending("context").string + "/" + name }

    /// Writes a file of the context, and the directories it lies in.
    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        var parent = directory.appending("context").string
        for part in name.split(separator: "/").dropLast() {
            parent += "/\(part)"
            mkdir(parent, 0o755)
        }
        let file = try FileDescriptor.open(
            FilePath(path(name)),
            .writeOnly,
            options: [.create, .truncate],
            permissions: .init(rawValue: 0o644)
        )
        try file.closeAfter { _ = try file.writeAll(Array(text.utf8)) }
        chmod(path(name), mode)
    }

    /// Builds a Dockerfile given as text, with a threshold that makes small files large.
    @discardableResult
    func build(
        _ dockerfile: String,
        threshold: Int64 = 1 << 20,
        edit: (inout BuildRequest) -> Void = { _ in }
    ) throws -> BuiltImage {
        var request = try request(dockerfile, threshold: threshold)
        edit(&request)
        let events = EventLog()
        let result = try ImageBuilder(
            store: store,
            progress: { events.add($0) }
        ).build(request)
        return BuiltImage(result: result, config: try store.config(result.imageID), store: store, events: events)
    }

    /// What a build would do.
    func preview(
        _ dockerfile: String,
        threshold: Int64 = 1 << 20,
        edit: (inout BuildRequest) -> Void = { _ in }
    ) throws -> BuildPreview {
        var request = try request(dockerfile, threshold: threshold)
        edit(&request)
        return try ImageBuilder(store: store, progress: { _ in }).preview(request)
    }

    private func request(_ dockerfile: String, threshold: Int64) throws -> BuildRequest {
        let place = directory.appending("Dockerfile").string
        let file = try FileDescriptor.open(
            FilePath(place),
            .writeOnly,
            options: [.create, .truncate],
            permissions: .init(rawValue: 0o644)
        )
        try file.closeAfter { _ = try file.writeAll(Array(dockerfile.utf8)) }
        var request = BuildRequest(contextDirectory: directory.appending("context").string)
        request.dockerfile = place
        request.layers.threshold = threshold
        return request
    }
}

/// What a build said, as short texts.
final class EventLog: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ event: BuildEvent) {
        let line: String? =
            switch event {
            case .cached(let vertex): "cached \(vertex)"
            case .output(_, _, let bytes): String(decoding: bytes, as: UTF8.self)
            case .progress(_, let what, _, _): what
            case .warning(let text): "warning: \(text)"
            case .started(_, let name): name
            default: nil
            }
        if let line { lines.withLock { $0.append(line) } }
    }

    var all: [String] { lines.withLock { $0 } }
}

/// A built image and a way to look into its files.
struct BuiltImage {
    let result: BuildResult
    let config: ImageConfig
    let store: ImageStore
    let events: EventLog

    /// The tree of the layer with this place, counted from the top.
    func tree(fromTop index: Int = 0) throws -> String {
        let layers = config.rootfs.diffIDs
        let layer = try #require(try store.layer(layers[layers.count - 1 - index]))
        return layer.tree.string
    }

    /// `path mode uid:gid content` of a file in the top layer; links show their target.
    func describe(_ path: String, fromTop index: Int = 0) throws -> String {
        let full = try tree(fromTop: index) + "/" + path
        var status = stat()
        guard lstat(full, &status) == 0 else { return "\(path) is missing" }
        let mode = String(status.st_mode & 0o7777, radix: 8)
        let owner = "\(status.st_uid):\(status.st_gid)"
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return "\(path)/ \(mode) \(owner)"
        case S_IFLNK:
            var buffer = [CChar](repeating: 0, count: 256)
            let count = readlink(full, &buffer, 255)
            return "\(path) -> "
                + String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        default:
            let file = try FileDescriptor.open(FilePath(full), .readOnly)
            return try file.closeAfter {
                var bytes = [UInt8](repeating: 0, count: 4096)
                let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
                return "\(path) \(mode) \(owner) " + String(decoding: bytes[..<count], as: UTF8.self)
            }
        }
    }
}
