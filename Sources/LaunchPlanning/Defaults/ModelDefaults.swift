public import OCIModel

/// What a container of a language model gets where the user has said nothing, instead of Docker's defaults.
///
/// Docker's are made for web servers: 64 MiB of shared memory end the exchange between the processes of one model with a bus
/// error, 8 MiB of locked memory end RDMA, ten seconds are too few to finish the answers under way, and each container fetches
/// and compiles everything again. What the user says, with an option, a variable or a mount, always wins.
public struct ModelDefaults: Hashable, Sendable {
    /// One of them, for display.
    public struct Setting: Hashable, Sendable {
        /// The option or the variable that would say the same.
        public var name: String
        /// The value.
        public var value: String
        /// Why the container has it.
        public var reason: String
    }

    /// What the user has said, and what the image is like.
    public struct Circumstances: Sendable {
        /// Whether `/dev/shm` is the container's own and of no size that the user gave.
        public var choosesSharedMemory = true
        /// The limits that the user gave, by their names for `--ulimit`.
        public var givenUlimits: Set<String> = []
        /// Whether the user decided about the init.
        public var decidesInit = false
        /// Whether the user decided about the time to end.
        public var decidesStopTimeout = false
        /// The variables of the image and of the user, as `NAME=value`.
        public var environment: [String] = []
        /// Where something is mounted by the user or the image.
        public var mounts: [String] = []
        /// The home directory of the container's user.
        public var home = "/"
        /// The command with its arguments.
        public var command: [String] = []
        /// Usual places of caches in which the image has files: what it brings is used.
        public var filledPlaces: Set<String> = []

        /// Nothing is said.
        public init() {}
    }

    /// What the machine permits.
    public struct Machine: Sendable {
        /// The container's memory limit, if it has one.
        public var memoryLimit: Int64?
        /// The machine's memory.
        public var memorySize: UInt64
        /// Whether limits of processes can be raised.
        public var canRaiseLimits: Bool
        /// The most locked memory that can be given without raising.
        public var lockedMemory: UInt64
        /// The largest stack that can be given without raising.
        public var stack: UInt64

        /// Describes a machine.
        public init(
            memoryLimit: Int64?,
            memorySize: UInt64,
            canRaiseLimits: Bool,
            lockedMemory: UInt64,
            stack: UInt64
        ) {
            self.memoryLimit = memoryLimit
            self.memorySize = memorySize
            self.canRaiseLimits = canRaiseLimits
            self.lockedMemory = lockedMemory
            self.stack = stack
        }
    }

    /// Where the volume with the caches is mounted.
    public static let cacheDirectory = "/var/cache/llmbox"
    /// The volume with the caches.
    public static let cacheVolume = "llmbox-cache"
    private static let stackSize: UInt64 = 64 << 20
    private static let stopTimeoutInSeconds = 60

    /// Bytes of `/dev/shm`; nil where the user decided.
    public private(set) var sharedMemory: Int64?
    /// Limits of the process.
    public private(set) var ulimits: [ResourceLimitSpec] = []
    /// Whether a small init is process 1.
    public private(set) var usesInit = false
    /// Seconds to end in; nil where the user decided.
    public private(set) var stopTimeout: Int?
    /// Variables for the caches, as `NAME=value`; where there are none, the volume is not mounted.
    public private(set) var environment: [String] = []
    /// What was chosen and why.
    public private(set) var settings: [Setting] = []
    /// The limits that this machine does not let us raise, by their names for `--ulimit`.
    public private(set) var keptLimits: [String] = []

    /// Chooses.
    ///
    /// - Parameters:
    ///   - sign: what tells that it is a model.
    ///   - circumstances: what is decided already.
    ///   - machine: what is possible.
    public init(_ sign: ModelSign, _ circumstances: Circumstances, _ machine: Machine) {
        let reason = "\(sign)"
        if circumstances.choosesSharedMemory {
            let size = Self.sharedMemory(machine)
            sharedMemory = size
            let of = (machine.memoryLimit ?? 0) > 0 ? "half of the memory limit" : "half of the machine's memory"
            settings.append(Setting(name: "--shm-size", value: "\(size)", reason: "\(reason): \(of)"))
        }
        limit("memlock", to: .max, held: machine.lockedMemory, circumstances, machine, reason)
        limit("stack", to: Self.stackSize, held: machine.stack, circumstances, machine, reason)
        if !circumstances.decidesInit, !Self.isInit(circumstances.command) {
            usesInit = true
            settings.append(Setting(name: "--init", value: "true", reason: reason))
        }
        if !circumstances.decidesStopTimeout {
            stopTimeout = Self.stopTimeoutInSeconds
            settings.append(Setting(name: "--stop-timeout", value: "\(Self.stopTimeoutInSeconds)", reason: reason))
        }
        chooseCaches(circumstances, reason)
    }

    private static func sharedMemory(_ machine: Machine) -> Int64 {
        let limit = machine.memoryLimit.flatMap { $0 > 0 ? $0 : nil }
        return max(64 << 20, (limit ?? Int64(clamping: machine.memorySize)) / 2)
    }

    private mutating func limit(
        _ name: String,
        to wanted: UInt64,
        held: UInt64,
        _ circumstances: Circumstances,
        _ machine: Machine,
        _ reason: String
    ) {
        guard !circumstances.givenUlimits.contains(name) else { return }
        let isPermitted = machine.canRaiseLimits || held >= wanted
        let soft = isPermitted ? wanted : held
        // The hard limit stays where it is: a program that wants a larger stack for its threads may have it.
        let hard = max(soft, held)
        ulimits.append(ResourceLimitSpec(type: "RLIMIT_" + name.uppercased(), soft: soft, hard: hard))
        var why = reason
        if !isPermitted {
            keptLimits.append(name)
            why += "; more is not permitted here"
        }
        let value = soft == .max ? "-1" : "\(soft)"
        settings.append(Setting(name: "--ulimit \(name)", value: value, reason: why))
    }

    private mutating func chooseCaches(_ circumstances: Circumstances, _ reason: String) {
        let names = Set(circumstances.environment.map { String($0.prefix { $0 != "=" }) })
        let isTaken = { (place: String) in
            circumstances.mounts.contains { $0 == place || $0.hasPrefix(place + "/") || place.hasPrefix($0 + "/") }
        }
        guard !isTaken(Self.cacheDirectory) else { return }
        for cache in ModelCache.allCases where !names.contains(cache.variable) {
            if cache.isBelowUserCache, names.contains("XDG_CACHE_HOME") { continue }
            if let place = cache.usualPlace(home: circumstances.home) {
                // A mount there, or a model that the image brings, is what the user means to be used.
                if isTaken(place) || circumstances.filledPlaces.contains(place) { continue }
            }
            environment.append("\(cache.variable)=\(Self.cacheDirectory)/\(cache.rawValue)")
        }
        guard !environment.isEmpty else { return }
        settings.append(
            Setting(
                name: "--mount",
                value: "type=volume,source=\(Self.cacheVolume),destination=\(Self.cacheDirectory)",
                reason: reason
            )
        )
        for variable in environment { settings.append(Setting(name: "--env", value: variable, reason: reason)) }
    }

    /// The directories in the volume that the variables name.
    public var cacheDirectories: [String] {
        environment.compactMap { variable in
            let place = variable.drop { $0 != "=" }.dropFirst()
            guard place.hasPrefix(Self.cacheDirectory + "/") else { return nil }
            return String(place.dropFirst(Self.cacheDirectory.count + 1))
        }
    }

    /// The usual places of caches for a user with this home.
    public static func cachePlaces(home: String) -> [String] {
        ModelCache.allCases.compactMap { $0.usualPlace(home: home) }
    }

    /// Whether a command begins with an init, which complains or refuses when it is not process 1.
    static func isInit(_ command: [String]) -> Bool {
        let inits = [
            "tini", "tini-static", "dumb-init", "docker-init", "catatonit", "init", "systemd", "s6-svscan",
            "runit-init",
        ]
        return command.first?.split(separator: "/").last.map { inits.contains(String($0)) } == true
    }
}
