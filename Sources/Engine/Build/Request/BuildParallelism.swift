internal import Glibc

/// How much of a build happens at once.
public struct BuildParallelism: Hashable, Sendable {
    /// How many steps may work at a time; 0 means as many as there are.
    public var jobs: Int

    /// Makes the default: as many as there are processors, and two at least, because a step often waits for a network or a
    /// disk.
    public init() {
        jobs = max(2, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    }

    /// The number of steps that may work at a time.
    var limit: Int { jobs > 0 ? jobs : Int.max }
}
