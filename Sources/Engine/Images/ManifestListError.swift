public import Diagnostics

/// Why a manifest list cannot be changed or sent.
public enum ManifestListError: Explainable, Equatable {
    /// The name stands for something already.
    case exists(String)
    /// The name stands for nothing, or for one image.
    case notAList(String)
    /// The list does not have that image.
    case noMember(String, list: String)
    /// The list names no image.
    case empty(String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .exists(let name): "cannot make the manifest list `\(name)`"
        case .notAList(let name): "cannot find the manifest list `\(name)`"
        case .noMember(let image, let list): "cannot find `\(image)` in the manifest list `\(list)`"
        case .empty(let name): "cannot push the manifest list `\(name)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .exists: "the name is in use"
        case .notAList: "no list in the store has this name"
        case .noMember: nil
        case .empty: "it names no image"
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .exists: "add to it with `--amend`, or choose another name"
        case .notAList(let name): "make it with `llmbox manifest create \(name) IMAGE…`"
        case .noMember(let image, let list): "add it with `llmbox manifest add \(list) \(image)`"
        case .empty(let name): "add images with `llmbox manifest add \(name) IMAGE`"
        }
    }
}
