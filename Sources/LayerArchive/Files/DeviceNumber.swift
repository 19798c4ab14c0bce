/// Linux's packing of major and minor numbers, which C hides in macros.
enum DeviceNumber {
    /// Packs a pair.
    static func make(major: UInt32, minor: UInt32) -> UInt {
        let major = UInt(major)
        let minor = UInt(minor)
        return (minor & 0xFF) | (major & 0xFFF) << 8 | (minor & ~0xFF) << 12 | (major & ~0xFFF) << 32
    }

    /// The major number.
    static func major(_ device: UInt) -> UInt32 {
        UInt32(truncatingIfNeeded: (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF))
    }

    /// The minor number.
    static func minor(_ device: UInt) -> UInt32 {
        UInt32(truncatingIfNeeded: (device & 0xFF) | (device >> 12 & ~0xFF))
    }
}
