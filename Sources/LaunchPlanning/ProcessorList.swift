/// Processors by their numbers, written as `0-3,5`.
public struct ProcessorList: Equatable, Sendable {
    /// The numbers, in the order in which they were written.
    public let numbers: [Int]

    /// No kernel is built for more.
    private static let limit = 8192

    /// Reads a list.
    public init(_ text: String) throws(PlanError) {
        var numbers: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first >= 0,
                first <= last, last < Self.limit
            else { throw .unknown("list of processors", name: text) }
            numbers += first...last
        }
        self.numbers = numbers
    }
}
