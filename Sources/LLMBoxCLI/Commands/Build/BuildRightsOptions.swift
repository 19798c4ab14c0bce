internal import ArgumentParser
internal import Engine

/// What `RUN` steps may do, as for a container: the caller's to say, never the Dockerfile's.
struct BuildRightsOptions: ParsableArguments {
    @Option(name: .customLong("security-opt"), help: "no-new-privileges, seccomp=unconfined or seccomp=FILE.")
    var securityOptions: [String] = []
    @Option(name: .customLong("cap-add"), help: "Add a capability.") var addedCapabilities: [String] = []
    @Option(name: .customLong("cap-drop"), help: "Drop a capability.") var droppedCapabilities: [String] = []
    @Option(help: "Device PATH[:PATH INSIDE][:rwm], or VENDOR/CLASS=NAME.") var device: [String] = []

    func apply(to flags: inout RunFlags) {
        flags.securityOptions = securityOptions
        flags.addedCapabilities = addedCapabilities
        flags.droppedCapabilities = droppedCapabilities
        flags.devices = device
    }
}
