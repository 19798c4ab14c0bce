internal import Diagnostics

/// GPUs that could not be had, where a variable of a common file asked for them and no option.
struct UnnoticedGPUWish: Explainable {
    let variable: String
    let reason: any Explainable

    var what: String { reason.what }
    var why: String? { ([reason.why].compactMap { $0 } + ["`-e \(variable)` asks for one"]).joined(separator: "; ") }
    var remedy: String? {
        (reason.remedy.map { $0 + "\n" } ?? "") + "`-e NVIDIA_VISIBLE_DEVICES=void` runs the container without"
    }
}

extension DeviceWishes {
    /// Does something about the devices; an error says that the wish was a variable's, where nothing else wished.
    func explaining<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as any Explainable {
            guard let visibleDevices, gpus.isEmpty, names.isEmpty else { throw error }
            throw UnnoticedGPUWish(variable: "NVIDIA_VISIBLE_DEVICES=\(visibleDevices)", reason: error)
        }
    }
}
