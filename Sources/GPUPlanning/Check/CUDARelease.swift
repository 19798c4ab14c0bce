/// CUDA's releases and the drivers that serve them.
///
/// Source: NVIDIA's release notes of the CUDA toolkit, table of toolkit and driver versions for Linux.
public enum CUDARelease {
    /// The driver that a release came with: everything of the release works from there on.
    static let drivers: [(release: String, driver: String)] = [
        ("13.3", "610.43.02"), ("13.2", "595.45.04"), ("13.1", "590.44.01"), ("13.0", "580.65.06"),
        ("12.9", "575.51.03"), ("12.8", "570.26"), ("12.6", "560.28.03"), ("12.5", "555.42.02"),
        ("12.4", "550.54.14"), ("12.3", "545.23.06"), ("12.2", "535.54.03"), ("12.1", "530.30.02"),
        ("12.0", "525.60.13"), ("11.8", "520.61.05"), ("11.7", "515.43.04"), ("11.6", "510.39.01"),
        ("11.5", "495.29.05"), ("11.4", "470.42.01"), ("11.3", "465.19.01"), ("11.2", "460.27.03"),
        ("11.1", "455.23"), ("11.0", "450.51.05"), ("10.2", "440.33"), ("10.1", "418.39"), ("10.0", "410.48"),
        ("9.2", "396.26"), ("9.0", "384.81"),
    ]

    /// The newest release that a branch of the driver serves.
    static let branches: [(branch: Int, release: String)] = [
        (610, "13.3"), (595, "13.2"), (590, "13.1"), (580, "13.0"), (575, "12.9"), (570, "12.8"), (565, "12.7"),
        (560, "12.6"), (555, "12.5"), (550, "12.4"), (545, "12.3"), (535, "12.2"), (530, "12.1"), (525, "12.0"),
        (520, "11.8"), (515, "11.7"), (510, "11.6"), (495, "11.5"), (470, "11.4"), (465, "11.3"), (460, "11.2"),
        (455, "11.1"), (450, "11.0"), (440, "10.2"), (418, "10.1"), (410, "10.0"), (396, "9.2"), (384, "9.0"),
    ]

    /// How well a driver serves a release.
    public enum Verdict: Hashable, Sendable {
        /// In full.
        case full
        /// Most of it: the driver is of the same major release, and older. Code compiled at run time may be refused.
        case minorCompatible(wants: DriverVersion)
        /// Not at all; the oldest driver that would do for most of it.
        case unserved(needs: DriverVersion)
        /// The release is not known here.
        case unknown
    }

    /// The newest release that `driver` serves, by its branch.
    public static func newest(for driver: DriverVersion) -> DriverVersion? {
        branches.first { $0.branch <= driver.major }.flatMap { DriverVersion($0.release) }
    }

    /// How well `driver` serves a program of `release`.
    public static func verdict(release: DriverVersion, driver: DriverVersion) -> Verdict {
        let full = fullDriver(for: release)
        if let full, driver >= full { return .full }
        guard let floor = floor(major: release.major) ?? full else { return .unknown }
        if driver < floor { return .unserved(needs: floor) }
        return full.map { .minorCompatible(wants: $0) } ?? .unknown
    }

    /// The driver that serves a release in full; that of the next known one for releases between two.
    static func fullDriver(for release: DriverVersion) -> DriverVersion? {
        for (known, driver) in drivers.reversed() {
            if let version = DriverVersion(known), version >= release, version.major == release.major {
                return DriverVersion(driver)
            }
        }
        return nil
    }

    /// The oldest driver that serves any release of this major number.
    public static func floor(major: Int) -> DriverVersion? {
        switch major {
        case 13: DriverVersion("580.65.06")
        case 12: DriverVersion("525.60.13")
        case 11: DriverVersion("450.80.02")
        default: nil
        }
    }
}
