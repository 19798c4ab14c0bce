/// What tells that a container runs a language model.
public enum ModelSign: Hashable, Sendable, CustomStringConvertible {
    /// The user gives it GPUs, by this option.
    case gpu(option: String)
    /// The image or the user labels it.
    case label(key: String, value: String)

    /// The label of our own: `llmbox.model=NAME`, or `true`; `false` and an empty value deny it.
    public static let label = "llmbox.model"

    /// Finds the sign among labels; RamaLama's images say what they are in a label of their own.
    public init?(labels: [String: String]) {
        if let value = labels[Self.label] {
            guard !["", "false", "0", "no"].contains(value.lowercased()) else { return nil }
            self = .label(key: Self.label, value: value)
            return
        }
        guard let type = labels["org.containers.type"], type.hasPrefix("ai.image.model") else { return nil }
        self = .label(key: "org.containers.type", value: type)
    }

    /// As `inspect` shows it.
    public var description: String {
        switch self {
        case .gpu(let option): option
        case .label(let key, let value): "label \(key)=\(value)"
        }
    }
}
