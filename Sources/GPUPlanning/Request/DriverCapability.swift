/// A part of the driver, in the words of `NVIDIA_DRIVER_CAPABILITIES`.
public enum DriverCapability: String, Hashable, Sendable, CaseIterable {
    /// CUDA and OpenCL.
    case compute
    /// `nvidia-smi` and the management library.
    case utility
    /// Encoders and decoders.
    case video
    /// OpenGL and Vulkan.
    case graphics
    /// A screen.
    case display
    /// Scaling by neural networks.
    case ngx
    /// Libraries of 32 bits.
    case compat32

    /// What a container gets that asks for nothing in particular.
    public static let standard: Set<DriverCapability> = [.compute, .utility, .video]

    /// Reads a list of words; nil for an empty one.
    ///
    /// - Throws: ``GPURequestError/unknownCapability(_:)``.
    public static func parse(_ text: String) throws(GPURequestError) -> Set<DriverCapability>? {
        var result: Set<DriverCapability> = []
        for part in text.split(separator: ",") {
            let word = String(part.trimmed).lowercased()
            switch word {
            // `gpu` says only that a GPU is meant.
            case "", "gpu": continue
            case "all": result = Set(allCases)
            default:
                guard let capability = DriverCapability(rawValue: word) else { throw .unknownCapability(word) }
                result.insert(capability)
            }
        }
        return result.isEmpty ? nil : result
    }

    /// The capability that a library is for; nil for libraries that every capability shares.
    public static func owner(ofLibrary name: String) -> DriverCapability? {
        let stem = name.split(separator: ".").first.map(String.init) ?? name
        switch stem {
        case "libnvidia-ml", "libnvidia-cfg", "libnvidia-nscq", "libnvidia-sandboxutils": return .utility
        case "libnvcuvid", "libnvidia-encode", "libnvidia-opticalflow", "libvdpau_nvidia": return .video
        case "libnvidia-ngx": return .ngx
        case "libcuda", "libcudadebugger", "libnvidia-opencl", "libnvidia-ptxjitcompiler", "libnvidia-nvvm",
            "libnvidia-nvvm70", "libnvidia-tileiras", "libnvidia-pkcs11", "libnvidia-pkcs11-openssl3",
            "libnvidia-fatbinaryloader", "libnvidia-compiler":
            return .compute
        case "libnvidia-eglcore", "libnvidia-glcore", "libnvidia-tls", "libnvidia-glsi", "libnvidia-fbc",
            "libnvidia-ifr", "libnvidia-rtcore", "libnvidia-cbl", "libnvidia-glvkspirv", "libnvidia-present",
            "libnvidia-vksc-core", "libnvoptix", "libGLX_nvidia", "libEGL_nvidia", "libGLESv2_nvidia",
            "libGLESv1_CM_nvidia", "libnvidia-vulkan-producer":
            return .graphics
        default: return nil
        }
    }

    /// The capability that a program of the driver's is for.
    public static func owner(ofProgram name: String) -> DriverCapability {
        name.hasPrefix("nvidia-cuda-mps") || name.hasPrefix("nvidia-imex") ? .compute : .utility
    }
}
