internal import Diagnostics

/// An option that docker has and llmbox does not have yet: refused, because to ignore it would be worse.
struct UnsupportedOption: Explainable {
    let option: String
    let instead: String?

    var what: String { "cannot use `\(option)`" }
    var why: String? { "it is not supported yet" }
    var remedy: String? { instead }
}

/// The value of `--platform`.
enum PlatformChoice {
    /// Accepts this machine's platform, which is what runs anyway.
    ///
    /// - Throws: ``UnsupportedOption`` for another one.
    static func check(_ text: String) throws {
        #if arch(x86_64)
        let own = ["linux/amd64", "amd64", "linux/x86_64"]
        #else
        let own = ["linux/arm64", "arm64", "linux/aarch64", "linux/arm64/v8"]
        #endif
        guard own.contains(text.lowercased()) else {
            throw UnsupportedOption(option: "--platform \(text)", instead: "leave it out: images run on \(own[0])")
        }
    }
}
