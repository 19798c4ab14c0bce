internal import Diagnostics

/// An option that docker has and llmbox does not have yet: refused, because to ignore it would be worse.
struct UnsupportedOption: Explainable {
    let option: String
    let instead: String?

    var what: String { "cannot use `\(option)`" }
    var why: String? { "it is not supported yet" }
    var remedy: String? { instead }
}
