public import Diagnostics

/// Why a request for GPUs cannot be understood.
public enum GPURequestError: Explainable, Hashable {
    /// The value of `--gpus` breaks its grammar.
    case malformed(String, why: String)
    /// A word that is no part of the driver.
    case unknownCapability(String)
    /// No word about an image's own `libcuda`.
    case unknownCompatibility(String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .malformed(let value, _): "cannot use `\(value)` as --gpus"
        case .unknownCapability(let word): "cannot use `\(word)` as a driver capability"
        case .unknownCompatibility(let word): "cannot use `\(word)` as --cuda-compat"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .malformed(_, let why): why
        case .unknownCapability: "there is no such part of the driver"
        case .unknownCompatibility: "there are `auto`, `on` and `off`"
        }
    }

    /// What the reader can do.
    public var remedy: String? {
        switch self {
        case .malformed:
            "write `--gpus all`, `--gpus 2`, or `--gpus '\"device=0,2\"'`; see `llmbox gpu list` for what there is"
        case .unknownCapability:
            "the capabilities are \(DriverCapability.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))"
                + " and `all`"
        case .unknownCompatibility: nil
        }
    }
}
