internal import LinuxKernel

/// The version of the machine's NVIDIA driver.
enum DriverVersion {
    /// Reads what the kernel module says; nil without one.
    static func installed() -> String? {
        for path in ["/proc/driver/nvidia/version", "/sys/module/nvidia/version"] {
            if let bytes = try? BuildDefinition.read(path),
                let version = first(in: String(decoding: bytes, as: UTF8.self))
            {
                return version
            }
        }
        return nil
    }

    /// The first word of the form `535.161.07`.
    static func first(in text: String) -> String? {
        text.split(whereSeparator: \.isWhitespace).first { word in
            let parts = word.split(separator: ".", omittingEmptySubsequences: false)
            return (2...3).contains(parts.count)
                && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
        }.map(String.init)
    }
}
