/// An error that can tell its reader what failed, why, and what to do about it.
///
/// Callers match on cases; only the presenter at the edge of the program reads the texts.
/// All three are lower case, without a final period, with literals in backticks.
public protocol Explainable: Error, CustomStringConvertible {
    /// What could not be done, as `cannot <verb> <object>`.
    var what: String { get }
    /// The cause, when one is known.
    var why: String? { get }
    /// One thing the reader can do, when one is known.
    var remedy: String? { get }
}

extension Explainable {
    /// The cause; none is known by default.
    public var why: String? { nil }
    /// What the reader can do; nothing is known by default.
    public var remedy: String? { nil }

    /// The error on one line, without its remedy.
    public var description: String {
        if let why { "\(what): \(why)" } else { what }
    }
}
