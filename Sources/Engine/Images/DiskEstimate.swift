internal import Diagnostics
internal import LinuxKernel

/// What something needs of a disk at least, and what may be used of it.
public struct DiskEstimate: Equatable, Sendable, CustomStringConvertible {
    /// The bytes that it needs.
    public let needed: Int64
    /// The bytes that may be used: the free ones but for a reserve.
    public let free: Int64
    /// A place on the disk.
    public let place: String

    /// The two numbers and the place as the cause of an error.
    public var description: String {
        "it needs at least \(ByteText.decimal(needed)) of the disk of `\(place)`, where \(ByteText.decimal(free)) are free"
    }

    /// Compares what is needed with what is there.
    ///
    /// - Throws: What `error` makes of the estimate, when it does not fit.
    static func check(_ needed: Int64, at place: String, orThrow error: (DiskEstimate) -> ImageServiceError) throws {
        let free = try DiskSpace.usable(at: place)
        guard needed <= free else { throw error(DiskEstimate(needed: needed, free: free, place: place)) }
    }
}
