internal import Diagnostics

/// Why a detached container did not start, as its monitor tells it.
public struct MonitorReport: Equatable, Sendable {
    /// The exit status of `run`: 125, 126 or 127.
    public let status: Int32
    /// What could not be done.
    public let what: String
    /// The cause.
    public let why: String?
    /// What to do about it.
    public let remedy: String?

    init(_ error: any Error) {
        status = ContainerSupervisor.exitStatus(for: error)
        let explained = error as? any Explainable
        what = explained?.what ?? "\(error)"
        why = explained?.why
        remedy = explained?.remedy
    }

    init(_ bytes: [UInt8]) {
        let fields = bytes.dropFirst().split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard bytes.first == UInt8(ascii: "-"), fields.count == 4, let status = Int32(fields[0]) else {
            self.status = 125
            what = "cannot start the container"
            why = "its monitor ended without a report"
            remedy = nil
            return
        }
        self.status = status
        what = fields[1]
        why = fields[2].isEmpty ? nil : fields[2]
        remedy = fields[3].isEmpty ? nil : fields[3]
    }

    var bytes: [UInt8] {
        let fields = ["\(status)", what, why ?? "", remedy ?? ""].map { Array($0.utf8) }
        return [UInt8(ascii: "-")] + Array(fields.joined(separator: [0]))
    }
}
