internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// A file system that is mounted over a volume's directory while somebody uses the volume.
///
/// It comes from the options of docker's driver `local`: `type`, `device` and `o`.
public struct VolumeFilesystem: Codable, Equatable, Sendable {
    /// The volume's name, for words.
    public var volume: String
    /// The directory that it is mounted over.
    public var place: String
    /// The kernel's name of the type; anything where `o` says `bind`.
    public var type: String
    /// What is mounted: a block device, a directory, `host:/path`.
    public var device: String
    /// Options as fstab writes them, between commas.
    public var options: String

    /// Describes a file system.
    public init(volume: String, place: String, type: String, device: String, options: String) {
        self.volume = volume
        self.place = place
        self.type = type
        self.device = device
        self.options = options
    }

    /// Whether its content ends with its last use.
    public var isMemory: Bool { type == "tmpfs" || type == "ramfs" }

    /// Whether something is mounted over the directory, as this process sees it.
    static func isMounted(_ place: String) throws(SyscallError) -> Bool {
        try MountPoint.isRoot(place)
    }

    /// Mounts it.
    func mount() throws(VolumeError) {
        let words = Options(options)
        do throws(SyscallError) {
            if words.isBind {
                try MountPoint.bind(device, onto: place, recursive: words.isRecursive, flags: words.flags)
                return
            }
            try MountPoint.mount(device, type: type, onto: place, flags: words.flags, data: try networkData(words.data))
        } catch {
            throw .mountFailed(self, error)
        }
    }

    /// The options of a network's file system with the server's address, which the kernel does not look up.
    private func networkData(_ data: [String]) throws(SyscallError) -> String {
        guard ["nfs", "nfs4", "cifs", "smb3"].contains(type) else { return data.joined(separator: ",") }
        var data = data
        let given = data.firstIndex { $0.hasPrefix("addr=") }
        let host = given.map { String(data[$0].dropFirst(5)) } ?? Self.server(of: device)
        guard let host, !host.isEmpty else { return data.joined(separator: ",") }
        let address = "addr=" + (try HostLookup.address(of: host))
        if let given { data[given] = address } else { data.append(address) }
        return data.joined(separator: ",")
    }

    /// `host:/path`, `[::1]:/path` and `//host/share` name the server.
    static func server(of device: String) -> String? {
        if device.hasPrefix("//") { return device.dropFirst(2).split(separator: "/").first.map(String.init) }
        if device.hasPrefix("["), let end = device.firstIndex(of: "]") {
            return String(device[device.index(after: device.startIndex)..<end])
        }
        guard let colon = device.firstIndex(of: ":") else { return nil }
        return String(device[..<colon])
    }

    /// Options of `mount(8)`, sorted by who understands them.
    struct Options: Equatable {
        var flags: UInt = 0
        var data: [String] = []
        var isBind = false
        var isRecursive = false

        private static let setting: [String: UInt] = [
            "ro": UInt(MS_RDONLY), "nosuid": UInt(MS_NOSUID), "nodev": UInt(MS_NODEV),
            "noexec": UInt(MS_NOEXEC), "sync": UInt(MS_SYNCHRONOUS),
            "dirsync": UInt(MS_DIRSYNC), "noatime": UInt(MS_NOATIME),
            "nodiratime": UInt(MS_NODIRATIME), "relatime": UInt(MS_RELATIME),
            "strictatime": UInt(MS_STRICTATIME),
        ]
        private static let clearing: [String: String] = [
            "rw": "ro", "suid": "nosuid", "dev": "nodev", "exec": "noexec", "async": "sync", "atime": "noatime",
            "diratime": "nodiratime",
        ]
        private static let meaningless: Set<String> = ["", "defaults", "auto", "noauto", "nofail", "user", "_netdev"]

        init(_ text: String) {
            for word in text.split(separator: ",").map(String.init) {
                if let flag = Self.setting[word] {
                    flags |= flag
                } else if let opposite = Self.clearing[word] {
                    flags &= ~(Self.setting[opposite] ?? 0)
                } else if word == "bind" || word == "rbind" {
                    isBind = true
                    isRecursive = word == "rbind"
                } else if !Self.meaningless.contains(word) {
                    data.append(word)
                }
            }
        }
    }
}
