internal import ContainerRuntime
internal import SystemPackage

extension EngineContext {
    /// Notes what has happened to an image, a volume or a network, for `events`.
    func note(_ action: String, type: String, _ id: String, _ attributes: [String: String] = [:]) {
        let log = EventLog(directory: root.appending("events").string)
        log.append(ContainerEvent(action, type: type, id: id, attributes: attributes))
    }
}
