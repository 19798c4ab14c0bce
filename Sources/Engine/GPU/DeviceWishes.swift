internal import DeviceInterface
internal import GPUPlanning

/// The devices that a user wants a container to have, in the user's own words.
///
/// They are kept with the container and understood anew at each start, because a driver may have changed in between.
struct DeviceWishes: Codable, Hashable, Sendable {
    /// The values of `--gpus`.
    var gpus: [String] = []
    /// The values of `--device` that are full names, `vendor/class=name`.
    var names: [String] = []
    /// The value of `NVIDIA_VISIBLE_DEVICES` that the user gave; an image's never counts.
    var visibleDevices: String?
    /// Whether an image's demands on the driver are overruled.
    var ignoresRequirements = false
    /// Whether the image's `NVIDIA_VISIBLE_DEVICES` counts, because the user asked for the runtime that goes by it.
    var takesImageVariable: Bool?

    /// What the user says about an image's own `libcuda`; nil for nothing.
    var compatibility: String?

    /// Whether nothing is wanted.
    var isEmpty: Bool { gpus.isEmpty && names.isEmpty && visibleDevices == nil }

    /// Whether some GPU is among them, by any of the ways to ask for one.
    var wantsGPU: Bool { !gpus.isEmpty || visibleDevices != nil || names.contains { $0.contains("/gpu=") } }

    /// What the user says about an image's own `libcuda`.
    func compatibilityChoice() throws(GPURequestError) -> CompatibilityChoice {
        guard let compatibility else { return .auto }
        guard let choice = CompatibilityChoice(rawValue: compatibility) else {
            throw .unknownCompatibility(compatibility)
        }
        return choice
    }

    /// The requests for GPUs.
    func requests() throws(GPURequestError) -> [GPURequest] {
        var requests: [GPURequest] = []
        for text in gpus { requests.append(try GPUArgument.parse(text)) }
        // The flag says it more clearly than the variable.
        if requests.isEmpty, let visibleDevices, let request = try GPURequest(visibleDevices: visibleDevices) {
            requests.append(request)
        }
        return requests
    }
}
