internal import Glibc

/// A regular expression for names, as the filters of docker take it (`^/web$`, `w.b`), by the C library's extended ones.
public final class NamePattern {
    private let compiled = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
    private let isUsable: Bool

    /// Reads an expression; one that is none matches nothing, as in docker.
    public init(_ text: String) {
        compiled.initialize(to: regex_t())
        isUsable = regcomp(compiled, text, REG_EXTENDED | REG_NOSUB) == 0
    }

    deinit {
        if isUsable { regfree(compiled) }
        compiled.deallocate()
    }

    /// Whether it is found anywhere in `text`.
    public func matches(_ text: String) -> Bool { isUsable && regexec(compiled, text, 0, nil, 0) == 0 }
}
