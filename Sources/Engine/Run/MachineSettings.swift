internal import FoundationEssentials
internal import LinuxKernel
internal import SystemPackage

/// What the machine's owner has decided for everybody: `/etc/llmbox/config.json`.
struct MachineSettings: Decodable, Equatable {
    /// The host's address for ports that are published without one.
    var publishAddress: String?
    /// Whether containers of models get Docker's defaults.
    var usesDockerDefaults: Bool?

    private enum CodingKeys: String, CodingKey {
        case publishAddress = "publish-default-address"
        case usesDockerDefaults = "docker-defaults"
    }

    /// Reads the file; without one, nothing is decided.
    ///
    /// - Throws: when the file is no JSON object, since ignoring it might open a port that was to be closed.
    static func read(_ path: String = "/etc/llmbox/config.json") throws -> MachineSettings {
        let bytes: [UInt8]
        do {
            bytes = try FileIO.readAll(path: path, limit: 1 << 20)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            return MachineSettings()
        }
        do {
            return try JSONDecoder().decode(MachineSettings.self, from: Data(bytes))
        } catch {
            throw RunError.badSettings(path)
        }
    }
}
