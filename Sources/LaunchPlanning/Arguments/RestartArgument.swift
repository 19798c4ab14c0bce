internal import Diagnostics

/// The value of `--restart`.
public enum RestartArgument: Hashable, Sendable {
    /// Never.
    case no
    /// When the process fails, at most so often; 0 is without limit.
    case onFailure(maximum: Int)
    /// Always.
    case always
    /// Always, but not after the user stopped it.
    case unlessStopped

    /// Reads `no`, `on-failure[:count]`, `always` or `unless-stopped`.
    public static func parse(_ text: String) throws(ArgumentError) -> RestartArgument {
        let pair = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (pair[0], pair.count) {
        case ("no", 1), ("", 1): return .no
        case ("always", 1): return .always
        case ("unless-stopped", 1): return .unlessStopped
        case ("on-failure", 1): return .onFailure(maximum: 0)
        case ("on-failure", 2):
            guard let count = Int(pair[1]), count >= 0 else {
                throw .invalid(option: "--restart", value: text, why: "`\(pair[1])` is no number of attempts")
            }
            return .onFailure(maximum: count)
        case ("no", _), ("always", _), ("unless-stopped", _):
            throw .invalid(option: "--restart", value: text, why: "only `on-failure` takes a number of attempts")
        default:
            let names = ["no", "on-failure", "always", "unless-stopped"]
            throw .unknown(option: "--restart", value: text, suggestion: closestMatch(to: pair[0], in: names))
        }
    }
}
