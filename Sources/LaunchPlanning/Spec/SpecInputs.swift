/// What the specification of one container needs besides the user's wishes.
public struct SpecInputs: Sendable {
    /// The container's id, 64 hexadecimal digits.
    public var id: String
    /// The host name inside.
    public var hostname: String
    /// Whether the host name is in the environment, too.
    public var exportsHostname = true
    /// The root filesystem's directory.
    public var rootPath: String
    /// Who runs.
    public var user: ResolvedUser
    /// The control group, below the hierarchies' roots.
    public var cgroupsPath: String
    /// The file for `/etc/hosts`; the image's own stays when nil.
    public var hostsFile: String?
    /// The file for `/etc/hostname`.
    public var hostnameFile: String?
    /// The file for `/etc/resolv.conf`.
    public var resolvConfFile: String?

    /// Collects what is given.
    public init(id: String, hostname: String, rootPath: String, user: ResolvedUser, cgroupsPath: String) {
        self.id = id
        self.hostname = hostname
        self.rootPath = rootPath
        self.user = user
        self.cgroupsPath = cgroupsPath
    }
}
