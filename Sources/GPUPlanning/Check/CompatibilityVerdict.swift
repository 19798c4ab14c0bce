/// The decision about an image's own `libcuda`.
public enum CompatibilityVerdict: Hashable, Sendable {
    /// The image has none.
    case absent
    /// The driver is as new, and the library would answer with error 803.
    case needless(CompatibilityLibrary)
    /// It is used.
    case used(CompatibilityLibrary)
    /// It would not work here.
    case refused(CompatibilityLibrary, why: String)

    /// Decides, as NVIDIA's own tools do.
    ///
    /// - Parameters:
    ///   - library: what the image has.
    ///   - driver: the version of the kernel's driver.
    ///   - models: the product names of the GPUs.
    ///   - choice: the user's word.
    public init(
        _ library: CompatibilityLibrary?,
        driver: DriverVersion?,
        models: [String],
        choice: CompatibilityChoice = .auto
    ) {
        guard let library, let driver else {
            self = .absent
            return
        }
        guard library.version > driver else {
            self = .needless(library)
            return
        }
        switch choice {
        case .off: self = .refused(library, why: "`--cuda-compat off` says not to")
        case .on: self = .used(library)
        case .auto:
            if let other = models.first(where: { GPUModel($0).takesCompatibility == false }) {
                self = .refused(library, why: "\(other) does not take it (error 804)")
            } else if let branches = library.branches, !branches.contains(driver.major) {
                let known = branches.map(String.init).joined(separator: ", ")
                self = .refused(library, why: "it works with the branches \(known) of the driver")
            } else if library.branches == nil, library.version.major <= driver.major {
                self = .needless(library)
            } else {
                self = .used(library)
            }
        }
    }

    /// The library, where it is used.
    public var used: CompatibilityLibrary? {
        if case .used(let library) = self { return library }
        return nil
    }
}
