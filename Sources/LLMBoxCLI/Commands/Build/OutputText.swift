internal import Engine
internal import OCIModel

/// Reads the values of `--output` and `--annotation`.
enum OutputText {
    /// Splits `a=b,"c=d,e"`: fields by commas, quotes around fields that contain some.
    static func fields(_ text: String) -> [String] {
        var fields: [String] = []
        var current = ""
        var isQuoted = false
        for character in text {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                fields.append(current)
                current = ""
            default: current.append(character)
            }
        }
        return fields + [current]
    }

    /// An `--output`: a directory, `-`, or `type=…` with attributes.
    static func output(_ text: String) throws -> BuildOutput {
        if text == "-" { return BuildOutput(.tar, destination: "-") }
        let fields = fields(text)
        if fields.count == 1, !fields[0].contains("=") { return BuildOutput(.local, destination: fields[0]) }
        let pairs = fields.map(BuildOptionText.pair)
        guard let type = pairs.first(where: { $0.name == "type" })?.value else {
            throw OutputOptionError.badOutput(text, reason: "it has no `type=`")
        }
        var output = BuildOutput(.image)
        switch type {
        case "registry": output.isPushed = true
        case "cacheonly": throw OutputOptionError.badOutput(text, reason: "the cache is always kept; leave it out")
        default:
            guard let form = BuildOutput.Form(rawValue: type) else {
                throw OutputOptionError.badOutput(
                    text,
                    reason: "its type is none of local, tar, oci, docker, image, registry"
                )
            }
            output.form = form
        }
        for (name, value) in pairs where name != "type" && !name.hasPrefix("annotation") {
            try apply(name, value, to: &output, text)
        }
        if output.form == .local, output.destination == nil {
            throw OutputOptionError.badOutput(text, reason: "it has no `dest=`")
        }
        if output.form == .local, output.destination == "-" {
            throw OutputOptionError.badOutput(text, reason: "a directory cannot go to standard output")
        }
        // As with docker: an archive without a destination is the image itself.
        if output.form == .docker, output.destination == nil { output.form = .image }
        if !output.isArchive, output.destination == nil || output.form != .oci {
            throw OutputOptionError.badOutput(text, reason: "`tar=false` needs `type=oci` and a directory in `dest=`")
        }
        return output
    }

    private static func apply(
        _ name: String,
        _ value: String?,
        to output: inout BuildOutput,
        _ text: String
    ) throws {
        func flag() throws -> Bool {
            switch value {
            case "true", "1", nil: return true
            case "false", "0": return false
            default: throw OutputOptionError.badOutput(text, reason: "`\(name)` is neither true nor false")
            }
        }
        switch name {
        case "dest", "destination": output.destination = value
        case "name":
            output.names = try (value ?? "").split(separator: ",").map { (name) throws -> ImageReference in
                try ImageReference(String(name)).withDefaultTag
            }
        case "push": output.isPushed = try flag()
        case "oci-mediatypes": output.usesDockerTypes = try !flag()
        case "rewrite-timestamp": output.rewritesTimes = try flag()
        case "tar": output.isArchive = try flag()
        case "platform-split": output.splitsPlatforms = try flag()
        case "store", "unpack":
            // The image is in the store, unpacked, whatever is said.
            _ = try flag()
        case "compression" where value == "uncompressed": break
        case "compression":
            throw OutputOptionError.badOutput(
                text,
                reason: "layers are compressed when they are pushed, in the form that pays"
            )
        default: throw OutputOptionError.badOutput(text, reason: "`\(name)` is not known")
        }
    }

    /// The annotations that an `--output` has, as `annotation-index.NAME=VALUE`.
    static func outputAnnotations(_ text: String) throws -> [ImageAnnotation] {
        try fields(text).flatMap { field -> [ImageAnnotation] in
            guard field.hasPrefix("annotation"), let dot = field.firstIndex(of: ".") else { return [] }
            let kind = field[..<dot].dropFirst("annotation".count)
            let rest = field[field.index(after: dot)...]
            guard kind.isEmpty || kind.hasPrefix("-") else {
                throw OutputOptionError.badOutput(text, reason: "`\(field)` is not known")
            }
            return try annotations(kind.isEmpty ? String(rest) : "\(kind.dropFirst()):\(rest)")
        }
    }

    /// An `--annotation`: `[PLACE[PLATFORM],…:]NAME=VALUE`.
    static func annotations(_ text: String) throws -> [ImageAnnotation] {
        let (name, value) = BuildOptionText.pair(text)
        guard let value else { throw OutputOptionError.badAnnotation(text, reason: "it has no value") }
        guard let colon = name.firstIndex(of: ":") else {
            return [ImageAnnotation(.manifest, key: name, value: value)]
        }
        let key = String(name[name.index(after: colon)...])
        return try name[..<colon].split(separator: ",").map { word in
            var word = word
            var platform: Platform?
            if word.hasSuffix("]"), let bracket = word.firstIndex(of: "[") {
                platform = Platform(String(word[word.index(after: bracket)...].dropLast()))
                word = word[..<bracket]
                if platform == nil { throw OutputOptionError.badAnnotation(text, reason: "its platform is not one") }
            }
            guard let place = ImageAnnotation.Place(rawValue: String(word)) else {
                throw OutputOptionError.badAnnotation(
                    text,
                    reason: "`\(word)` is none of manifest, index, manifest-descriptor, index-descriptor"
                )
            }
            return ImageAnnotation(place, platform: platform, key: key, value: value)
        }
    }
}
