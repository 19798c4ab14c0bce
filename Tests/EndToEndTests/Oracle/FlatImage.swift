internal import OCIModel

/// An image as its user sees it: all layers merged into one tree, and the configuration.
///
/// Read from what `save` writes, by the same code for every builder.
struct FlatImage {
    private final class File {
        var member: TarArchive.Member
        init(_ member: TarArchive.Member) { self.member = member }
    }

    private var tree: [String: File] = [:]
    private let config: JSONValue
    /// How many layers the image has.
    let layerCount: Int

    /// Reads an archive; the first layers are not read again where they are `base`'s.
    init(archive path: String, above base: FlatImage? = nil) throws {
        var members: [String: ArraySlice<UInt8>] = [:]
        var links: [String: String] = [:]
        for member in TarArchive(readBytes(path)[...]) {
            members[member.name] = member.content
            if member.kind == "l" { links[member.name] = member.link }
        }
        guard let document = members["manifest.json"], let manifest = try JSONValue(document).elements.first,
            let name = manifest["Config"]?.text, let config = members[name]
        else { throw OracleError.archive(path) }
        self.config = try JSONValue(config)
        let layers = (manifest["Layers"]?.elements ?? []).compactMap(\.text)
        layerCount = layers.count
        var added = layers[...]
        if let base, Self.layers(of: self.config).starts(with: Self.layers(of: base.config)) {
            tree = base.tree
            added = layers.dropFirst(base.layerCount)
        }
        for layer in added {
            // docker links equal layers to one another: `../ID/layer.tar`.
            let target = links[layer].map { String($0.dropFirst(3)) } ?? layer
            guard let content = members[target] else { throw OracleError.archive("\(path): \(layer)") }
            apply(content)
        }
    }

    private static func layers(of config: JSONValue) -> [String] {
        (config["rootfs"]?["diff_ids"]?.elements ?? []).compactMap(\.text)
    }

    // MARK: The tree

    private mutating func apply(_ layer: ArraySlice<UInt8>) {
        var new: Set<String> = []
        for member in TarArchive(layer) {
            let path = Self.clean(member.name)
            let name = path.split(separator: "/").last ?? ""
            let parent = String(path.dropLast(name.utf8.count + 1))
            if name == ".wh..wh..opq" {
                remove(below: parent, except: new)
            } else if name.hasPrefix(".wh.") {
                let target = "\(parent)/\(name.dropFirst(4))"
                if !new.contains(target) { tree[target] = nil }
                remove(below: target, except: new)
            } else {
                new.insert(path)
                if member.kind == "h" {
                    tree[path] = tree[Self.clean(member.link)]
                } else {
                    if member.kind != "d" { remove(below: path, except: []) }
                    tree[path] = File(member)
                }
            }
        }
    }

    private mutating func remove(below directory: String, except new: Set<String>) {
        for path in tree.keys where path.hasPrefix(directory + "/") && !new.contains(path) { tree[path] = nil }
    }

    private static func clean(_ name: String) -> String {
        "/" + name.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    private func lines(of paths: some Sequence<String>, begun: Int) -> [String: String] {
        var names: [ObjectIdentifier: [String]] = [:]
        for (path, file) in tree { names[ObjectIdentifier(file), default: []].append(path) }
        var result: [String: String] = [:]
        for path in paths {
            guard let file = tree[path] else { continue }
            let member = file.member
            let mode = String(member.mode, radix: 8)
            let padding = String(repeating: "0", count: max(0, 4 - mode.count))
            var line = "\(Self.escaped(path)) \(member.kind) \(padding)\(mode) \(member.owner)"
            if member.kind == "f" { line += " " + Self.content(member.content) }
            if member.kind == "l" { line += " -> \(Self.escaped(member.link))" }
            if !member.device.isEmpty { line += " \(member.device)" }
            for (key, value) in member.attributes.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
            let first = names[ObjectIdentifier(file)]?.min() ?? path
            if first != path { line += " link=\(Self.escaped(first))" }
            // Times are compared where they come from somewhere: "now" differs from builder to builder.
            if member.modified < begun - 3600, member.kind != "l" { line += " @\(member.modified)" }
            result[path] = line
        }
        return result
    }

    private static func content(_ bytes: ArraySlice<UInt8>) -> String {
        if bytes.count <= 200, let text = String(validating: bytes, as: UTF8.self) { return "\"\(escaped(text))\"" }
        return "\(bytes.count) \(BlobDigest(hashing: Array(bytes)).hex.prefix(16))"
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\0"..<" ": result += "\\x" + hexadecimal(UInt8(scalar.value))
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    // MARK: Lines

    /// What the image has that `base` has not, one fact a line; `begun` is when the build began, in seconds.
    func description(comparedWith base: FlatImage, begun: Int) -> [String] {
        let base = tree["/bin/busybox"] == nil ? nil : base
        let own = lines(of: tree.keys, begun: begun)
        let old = base?.lines(of: base?.tree.keys.map { $0 } ?? [], begun: begun) ?? [:]
        var result = own.filter { $0.key != "/" && old[$0.key] != $0.value }.map(\.value)
        result += old.keys.filter { own[$0] == nil }.map { "\(Self.escaped($0)) gone" }
        return result.sorted() + configLines(skippingHistory: base == nil ? 0 : 1)
    }

    private func configLines(skippingHistory count: Int) -> [String] {
        // What docker's classic builder left of the container it ran in, and a mark of Windows images.
        let ignored = [
            "Hostname", "Domainname", "AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce",
            "Image",
            "ArgsEscaped",
        ]
        var result: [String] = []
        for (key, value) in (config["config"]?.members ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard !ignored.contains(key), !value.isEmpty else { continue }
            let shown = key == "Labels" ? value.without("io.buildah.version") : value
            if !shown.isEmpty { result.append("config.\(key) \(shown)") }
        }
        if let author = config["author"]?.text, !author.isEmpty { result.append("author \(author)") }
        for entry in (config["history"]?.elements ?? []).dropFirst(count) {
            let mark = entry["empty_layer"]?.isTrue == true ? "-" : "+"
            result.append("history \(mark) \(Self.escaped(entry["created_by"]?.text ?? ""))")
        }
        return result
    }

    /// How many entries of the history have a layer.
    var historyLayerCount: Int {
        (config["history"]?.elements ?? []).count { $0["empty_layer"]?.isTrue != true }
    }
}
