internal import ArgumentParser
internal import Engine

/// What a container sees of the host's files.
struct MountOptionGroup: ParsableArguments {
    @Option(
        name: [.customShort("v", allowingJoined: true), .customLong("volume")],
        help: "Mount SOURCE:DESTINATION[:OPTIONS]."
    )
    var volume: [String] = []
    @Option(name: .long, help: "Mount type=bind|volume|tmpfs|image,source=…,destination=….")
    var mount: [String] = []
    @Option(name: .long, help: "Mount the volumes of another container: CONTAINER[:ro|rw].")
    var volumesFrom: [String] = []
    @Option(name: .long, help: "Mount memory at PATH[:OPTIONS].") var tmpfs: [String] = []
    @Flag(name: .long, help: "Make the root filesystem read-only.") var readOnly = false
    @Option(name: .long, help: "Size of /dev/shm.") var shmSize: String?

    func apply(to flags: inout RunFlags) {
        flags.volumes = volume
        flags.mounts = mount
        flags.volumesFrom = volumesFrom
        flags.tmpfs = tmpfs
        flags.isReadOnly = readOnly
        flags.shmSize = shmSize
    }
}
