internal import ContainerRuntime

/// What a container uses, in the shape of runc's `events`.
///
/// What the kernel does not tell is left out, and so is a limit that there is not.
public struct RuntimeUsage: Encodable, Sendable {
    struct Processors: Encodable {
        struct Usage: Encodable {
            var total: Int64?
            var user: Int64?
            var kernel: Int64?
        }
        struct Throttling: Encodable {
            var periods: Int64?
            var throttledPeriods: Int64?
            var throttledTime: Int64?
        }
        var usage: Usage
        var throttling: Throttling
    }

    struct Amount: Encodable {
        var usage: Int64?
        var limit: Int64?
        var max: Int64?
        var failcnt: Int64?

        init(_ amount: CgroupAccount.Amount) {
            usage = amount.usage
            limit = amount.limit
            max = amount.peak
            failcnt = amount.failures
        }
    }

    struct Memory: Encodable {
        var cache: Int64?
        var usage: Amount
        var swap: Amount
        var kernel: Amount
        var raw: [String: Int64]
    }

    struct Processes: Encodable {
        var current: Int64?
        var limit: Int64?
    }

    struct Blocks: Encodable {
        struct Entry: Encodable {
            var major: UInt64
            var minor: UInt64
            var op: String
            var value: Int64
        }
        var ioServiceBytesRecursive: [Entry]
    }

    let cpu: Processors
    let memory: Memory
    let pids: Processes
    let blkio: Blocks

    init(_ account: CgroupAccount) {
        let processors = account.processors
        cpu = Processors(
            usage: .init(total: processors.total, user: processors.user, kernel: processors.kernel),
            throttling: .init(
                periods: processors.periods,
                throttledPeriods: processors.throttledPeriods,
                throttledTime: processors.throttledTime
            )
        )
        memory = Memory(
            cache: account.cache,
            usage: Amount(account.memory),
            swap: Amount(account.swap),
            kernel: Amount(account.kernelMemory),
            raw: account.memoryUses
        )
        pids = Processes(current: account.processes, limit: account.processLimit)
        blkio = Blocks(
            ioServiceBytesRecursive: account.transfers.map {
                .init(major: $0.major, minor: $0.minor, op: $0.operation, value: $0.bytes)
            }
        )
    }
}

/// A line of `events`, in runc's shape: `{"data":…,"id":…,"type":"stats"}`.
public struct RuntimeEvent: Encodable, Sendable {
    /// `stats`, or `oom` when the kernel has killed a process for lack of memory.
    public var type: String
    /// The container.
    public var id: String
    /// What it uses.
    public var data: RuntimeUsage?

    init(type: String, id: String, data: RuntimeUsage? = nil) {
        self.type = type
        self.id = id
        self.data = data
    }
}
