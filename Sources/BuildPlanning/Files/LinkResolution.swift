internal import Diagnostics

/// Finds where a path really leads inside an image, by asking for one link at a time.
///
/// Used to *name* things in a layer; access to files goes through the kernel's own resolution beneath a root.
public enum LinkResolution {
    /// How many links a path may pass, as in the kernel.
    private static let limit = 40

    /// The absolute path without links in its parents, and at its end only when `followsLast` is false.
    ///
    /// It is nil when there are too many links. `target` tells the text of the link at a link-free path, nil when there
    /// is no link.
    public static func resolve<Failure: Error>(
        _ path: String,
        followsLast: Bool = true,
        target: (String) throws(Failure) -> String?
    ) throws(Failure) -> String? {
        var done: [String] = []
        var rest = FileName.components(path).map(String.init)
        var links = 0
        while !rest.isEmpty {
            let name = rest.removeFirst()
            if name == "." { continue }
            if name == ".." {
                if !done.isEmpty { done.removeLast() }
                continue
            }
            let place = "/" + (done + [name]).joined(separator: "/")
            guard followsLast || !rest.isEmpty, let link = try target(place) else {
                done.append(name)
                continue
            }
            links += 1
            guard links <= limit else { return nil }
            if link.utf8.first == UInt8(ascii: "/") { done = [] }
            rest = FileName.components(link).map(String.init) + rest
        }
        return "/" + done.joined(separator: "/")
    }
}
