/// Where a container's output goes and how much of it is kept.
public struct LogSettings: Codable, Equatable, Sendable {
    /// Whether output is kept in files at all; without it `logs` has nothing to show.
    public var keepsOutput = true
    /// The size in bytes at which a log file is set aside; nil is never.
    public var maximumSize: Int64?
    /// How many files are kept, the current one included.
    public var maximumFiles = 1
    /// The labels and variables that `logs --details` shows; nil where there are none.
    public var details: [String: String]?

    /// Keeps everything in one file.
    public init(keepsOutput: Bool = true, maximumSize: Int64? = nil, maximumFiles: Int = 1) {
        self.keepsOutput = keepsOutput
        self.maximumSize = maximumSize
        self.maximumFiles = maximumFiles
    }
}
