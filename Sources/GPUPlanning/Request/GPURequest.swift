/// Which GPUs a container asks for, and what of their driver.
public struct GPURequest: Hashable, Sendable {
    /// Which.
    public enum Selection: Hashable, Sendable {
        /// Every one.
        case all
        /// So many, from the first on.
        case count(Int)
        /// These: indexes, UUIDs, addresses, `0:1` for an instance.
        case named([String])
        /// None, but the driver's files and its control nodes.
        case driverOnly
    }

    /// Which GPUs.
    public var selection: Selection
    /// What of the driver; nil leaves it to the image, or else to the default.
    public var capabilities: Set<DriverCapability>?
    /// Whose; nil for whichever this machine has.
    public var vendor: GPUVendor?

    /// Makes a request.
    public init(
        _ selection: Selection,
        capabilities: Set<DriverCapability>? = nil,
        vendor: GPUVendor? = nil
    ) {
        self.selection = selection
        self.capabilities = capabilities
        self.vendor = vendor
    }

    /// What `NVIDIA_VISIBLE_DEVICES` asks for; nil where it asks for nothing.
    ///
    /// Only for a value that the user gave: an image grants itself no GPU.
    public init?(visibleDevices value: String, capabilities: String? = nil) throws(GPURequestError) {
        var names: [String] = []
        for part in value.split(separator: ",") {
            let name = String(part.trimmed)
            if !name.isEmpty, !names.contains(name) { names.append(name) }
        }
        if names.isEmpty || names.contains("void") { return nil }
        let selection: Selection =
            names.contains("all") ? .all : names == ["none"] ? .driverOnly : .named(names.filter { $0 != "none" })
        let asked = try capabilities.map { (text) throws(GPURequestError) in try DriverCapability.parse(text) }
        self.init(selection, capabilities: asked ?? nil, vendor: .nvidia)
    }
}

extension Substring {
    /// The text without blanks at both ends.
    var trimmed: Substring {
        var text = self
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
