internal import DeviceInterface
internal import GPUHost

/// Reads the files of the container device interface.
struct SpecificationFiles {
    /// The root that the directories lie below; `/` but in tests.
    let hostRoot: String

    /// The directories, the last one has the last word.
    static let directories = ["/etc/cdi", "/var/run/cdi"]

    /// Everything that there is.
    func registry() throws -> DeviceRegistry {
        let probe = GPUProbe(hostRoot: hostRoot)
        var entries: [DeviceRegistry.Entry] = []
        for (priority, directory) in Self.directories.enumerated() {
            // Not below the directory, and no other endings: as every reader of these files has it.
            for name in probe.names(directory) where name.hasSuffix(".json") || name.hasSuffix(".yaml") {
                let path = "\(directory)/\(name)"
                guard let bytes = probe.bytes(path) else { continue }
                let content = Result { () throws(SpecificationError) in
                    try SpecificationReader.read(bytes, isJSON: name.hasSuffix(".json"))
                }
                entries.append(DeviceRegistry.Entry(path: path, priority: priority, content: content))
            }
        }
        return DeviceRegistry(entries)
    }
}
