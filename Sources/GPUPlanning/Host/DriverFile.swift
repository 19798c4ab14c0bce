/// A file of the driver's user space part.
public struct DriverFile: Hashable, Sendable {
    /// Where it is, seen from the host's root, with all links resolved.
    public var path: String
    /// The name that it goes by, such as `libcuda.so.580.65.06`.
    public var name: String
    /// The directory below the library directory that it lies in, such as `vdpau`; empty for the directory itself.
    public var folder: String
    /// The name that programs ask for, such as `libcuda.so.1`; nil for what is no library or has none.
    public var soname: String?
    /// The newest version of the C library that it needs, such as 2.27.
    public var neededLibrary: DriverVersion?

    /// Describes a file.
    public init(
        path: String,
        name: String,
        folder: String = "",
        soname: String? = nil,
        neededLibrary: DriverVersion? = nil
    ) {
        self.path = path
        self.name = name
        self.folder = folder
        self.soname = soname
        self.neededLibrary = neededLibrary
    }
}
