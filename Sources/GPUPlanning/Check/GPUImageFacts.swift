/// What is known about an image, as far as GPUs are concerned.
public struct GPUImageFacts: Hashable, Sendable {
    /// A library or program of an image that has code for GPUs.
    public struct Code: Hashable, Sendable {
        /// Where it is in the image.
        public var path: String
        /// What it has code for.
        public var code: GPUCode

        /// Describes one.
        public init(path: String, code: GPUCode) {
            self.path = path
            self.code = code
        }
    }

    /// The variables of the container, the image's and the user's.
    public var environment: [String: String]
    /// The version of the image's C library; nil where it has none of GNU's.
    public var library: DriverVersion?
    /// Whether its C library is musl, which loads none of the driver's libraries.
    public var usesMusl = false
    /// The newer `libcuda` that it brings (forward compatibility).
    public var compatibility: CompatibilityLibrary?
    /// What the user says about that.
    public var compatibilityChoice = CompatibilityChoice.auto
    /// Its libraries with code for GPUs, as far as they were found.
    public var code: [Code] = []

    /// Describes an image.
    public init(environment: [String: String] = [:]) { self.environment = environment }

    /// Whether it says itself that it is for NVIDIA's GPUs.
    public var wantsGPU: Bool {
        environment["NVIDIA_VISIBLE_DEVICES"].map { !["", "void", "none"].contains($0) } == true
            || environment["CUDA_VERSION"] != nil
            || environment.keys.contains { $0.hasPrefix("NVIDIA_REQUIRE_") }
    }
}
