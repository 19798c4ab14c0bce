internal import ContainerRuntime
internal import Glibc
internal import LinuxKernel
internal import OCIModel

/// The file of the runtime's `--log`, where engines look for what went wrong.
public struct RuntimeLog: Sendable {
    /// The file; none when nil.
    public var path: String?
    /// Whether lines are JSON objects.
    public var isJSON = false

    /// A log that goes nowhere.
    public init() {}

    /// Adds an error to the file, in the shape of runc's logs.
    public func write(_ message: String) {
        guard let path else { return }
        let line = Line(level: "error", msg: message, time: Timestamp.now().description)
        let text: [UInt8]
        do {
            text =
                isJSON
                ? try CanonicalJSON.encode(line) : Array("time=\"\(line.time)\" level=error msg=\"\(message)\"".utf8)
            let file = try OwnedFD.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
            try FileIO.writeAll(file, text + [UInt8(ascii: "\n")])
        } catch {
            // Nobody can be told of a log that cannot be written; standard error has the message too.
        }
    }

    private struct Line: Encodable {
        var level: String
        var msg: String
        var time: String
    }
}
