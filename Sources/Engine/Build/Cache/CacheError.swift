internal import Diagnostics

/// What is wrong with a cache besides the store's.
enum CacheError: Explainable {
    case missing(String)
    case notACache(String)
    case damaged(String, reason: String)

    var what: String {
        switch self {
        case .missing(let name), .notACache(let name), .damaged(let name, _): "cannot use the cache `\(name)`"
        }
    }

    var why: String? {
        switch self {
        case .missing: "there is nothing at this place"
        case .notACache: "it has no build cache of llmbox"
        case .damaged(_, let reason): reason
        }
    }

    var remedy: String? { nil }
}
