/// What a hook of NVIDIA's container tools does, done without running anything.
///
/// The tools' hooks ran on the host with an image's environment and followed an image's links (CVE-2024-0132,
/// CVE-2025-23266, CVE-2025-23267). What they want to have is simple, and is done here by the container's own set-up.
public enum HookTranslation {
    private static let programs: Set<String> = ["nvidia-cdi-hook", "nvidia-ctk", "nvidia-container-runtime-hook"]

    /// Adds what the hook would do; false where it is not one of theirs, or one that is not known.
    static func apply(_ hook: DeviceHook, to edits: inout DeviceEdits) -> Bool {
        guard let program = hook.path.split(separator: "/").last, programs.contains(String(program)) else {
            return false
        }
        var words = (hook.args ?? []).dropFirst()[...]
        if words.first == "hook" { words = words.dropFirst() }
        guard let command = words.popFirst() else { return false }
        let options = Self.options(words)
        switch command {
        case "create-symlinks":
            for link in options["link", default: []] {
                guard let split = link.range(of: "::") else { return false }
                let path = String(link[split.upperBound...])
                edits.links.append(.init(path: path, target: String(link[..<split.lowerBound])))
            }
        case "update-ldcache", "create-soname-symlinks":
            for folder in options["folder", default: []] where !edits.libraryFolders.contains(folder) {
                edits.libraryFolders.append(folder)
            }
        case "disable-device-node-modification": edits.hidesNodeCreation = true
        case "enable-cuda-compat": edits.wantsCompatibility = true
        // Directories are made with the right mode to begin with; profiles are for screens.
        case "chmod", "update-application-profile": break
        default: return false
        }
        return true
    }

    /// The values of `--name value` and `--name=value`.
    private static func options(_ words: ArraySlice<String>) -> [String: [String]] {
        var result: [String: [String]] = [:]
        var rest = words
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else { continue }
            let name = word.dropFirst(2)
            if let equals = name.firstIndex(of: "=") {
                result[String(name[..<equals]), default: []].append(String(name[name.index(after: equals)...]))
            } else if let value = rest.popFirst() {
                result[String(name), default: []].append(value)
            }
        }
        return result
    }
}

extension String {
    /// Where a text stands, without Foundation's search.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
            formIndex(after: &index)
        }
        return nil
    }
}
