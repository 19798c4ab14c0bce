internal import ContainerRuntime
internal import LaunchPlanning

/// The options of docker's volume driver `local`, understood.
struct VolumeOptions: Equatable {
    /// As they were given.
    let given: [String: String]
    /// How many bytes the volume may hold; any number when nil.
    let size: Int64?

    private static let names = ["type", "device", "o", "size"]

    /// Understands `NAME=VALUE` texts.
    init(_ texts: [String]) throws {
        var given: [String: String] = [:]
        for text in texts {
            let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2 else { throw VolumeServiceError.badOption(text, why: "it is `NAME=VALUE`") }
            guard given.updateValue(pair[1], forKey: pair[0]) == nil else {
                throw VolumeServiceError.badOption(text, why: "it is given twice")
            }
        }
        try self.init(given)
    }

    /// Understands options that were split before.
    init(_ given: [String: String]) throws {
        self.given = given
        for name in given.keys.sorted() where !Self.names.contains(name) {
            throw VolumeServiceError.badOption(name, why: "there are `type`, `device`, `o` and `size`")
        }
        size = try given["size"].map { (text) throws in
            let bytes = try ByteSize.parse(text, option: "size")
            guard bytes > 0 else { throw VolumeServiceError.badOption("size=\(text)", why: "it is more than nothing") }
            return bytes
        }
        let described = ["type", "device", "o"].filter { given[$0] != nil }
        guard !described.isEmpty else { return }
        for name in ["type", "device"] where (given[name] ?? "").isEmpty {
            throw VolumeServiceError.badOption(
                described.map { "\($0)=\(given[$0] ?? "")" }.joined(separator: " "),
                why: "`\(name)` is missing"
            )
        }
        if size != nil { throw VolumeServiceError.badOption("size", why: "it does not go with `device`") }
        for word in (given["o"] ?? "").split(separator: ",") where word == "remount" || word == "move" {
            throw VolumeServiceError.badOption("o=\(word)", why: "it makes no mount")
        }
        let isBind = (given["o"] ?? "").split(separator: ",").contains { $0 == "bind" || $0 == "rbind" }
        if isBind, given["device"]?.hasPrefix("/") != true {
            throw VolumeServiceError.badOption("device=\(given["device"] ?? "")", why: "the path must be absolute")
        }
    }

    /// The file system that is mounted over the volume's directory while it is used; nil where there is none.
    func filesystem(volume: String, place: String) -> VolumeFilesystem? {
        guard let type = given["type"], let device = given["device"] else { return nil }
        return VolumeFilesystem(volume: volume, place: place, type: type, device: device, options: given["o"] ?? "")
    }
}
