internal import Glibc

/// A file of `/proc` or `/sys` that takes one value a write, kept open while it is written to in a row.
public struct ControlFile: ~Copyable {
    private var path = ""
    private var file: OwnedFD?

    /// Nothing is open yet.
    public init() {}

    /// Writes a value into an existing file in one call.
    public mutating func write(_ value: String, to path: String) throws(SyscallError) {
        let bytes = Array(value.utf8)
        if self.path != path || file == nil {
            file = nil
            file = try OwnedFD.open(path, O_WRONLY)
            self.path = path
        }
        guard let descriptor = file?.raw else { return }
        try check("write `\(value)` to", path) { Glibc.write(descriptor, bytes, bytes.count) }
    }
}
