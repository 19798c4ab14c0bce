internal import LinuxKernel

/// Whether mounts of the host can spread the way that a bind mount asks for.
enum MountPropagation {
    /// Refuses `shared` and `slave` for a source whose own mount keeps to itself: nothing would ever arrive.
    static func check(_ propagation: String?, of source: String) throws {
        guard let propagation else { return }
        let wantsShared = propagation.hasSuffix("shared")
        guard wantsShared || propagation.hasSuffix("slave") else { return }
        let peers = peers(of: source, in: try FileIO.readText(path: "/proc/self/mountinfo"))
        guard peers.isShared || peers.isSlave && !wantsShared else {
            throw VolumeServiceError.notShared(path: source, propagation: propagation)
        }
    }

    /// What the mount that a path lies on says of itself: the last of those with the longest prefix.
    static func peers(of path: String, in table: String) -> (isShared: Bool, isSlave: Bool) {
        var best = -1
        var peers = (isShared: false, isSlave: false)
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6 else { continue }
            let place = unescaped(fields[4])
            let holds = place == "/" || path == place || path.hasPrefix(place + "/")
            guard holds, place.utf8.count >= best else { continue }
            best = place.utf8.count
            let optional = fields[6...].prefix { $0 != "-" }
            peers = (
                optional.contains { $0.hasPrefix("shared:") }, optional.contains { $0.hasPrefix("master:") }
            )
        }
        return peers
    }

    /// Replaces `\040` and its like.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = field.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
