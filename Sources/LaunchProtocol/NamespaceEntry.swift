/// Namespaces that no process can be born in: existing ones that take a process of one thread to enter, and new ones that
/// must be set up before anybody is in them.
///
/// Whoever enters them goes on as a sibling, which is born in all of them.
public struct NamespaceEntry: Equatable, Sendable {
    /// An existing namespace by its file on the host.
    public struct Existing: Equatable, Sendable {
        /// The file, as `/proc/1/ns/user`.
        public var path: String
        /// Which kind it is.
        public var kind: NamespaceSet

        /// Names a namespace.
        public init(path: String, kind: NamespaceSet) {
            self.path = path
            self.kind = kind
        }
    }

    /// How far a clock of a new time namespace is from the host's.
    public struct ClockOffset: Equatable, Sendable {
        /// `monotonic` or `boottime`, as the kernel names it.
        public var clock: String
        /// Whole seconds.
        public var seconds: Int64
        /// The rest in nanoseconds.
        public var nanoseconds: UInt32

        /// Makes an offset.
        public init(clock: String, seconds: Int64, nanoseconds: UInt32) {
            self.clock = clock
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }
    }

    /// The namespaces to enter.
    public var existing: [Existing]
    /// The namespaces to make, which belong to the user namespace that was entered.
    public var new: NamespaceSet
    /// The clocks of a new time namespace.
    public var clocks: [ClockOffset]

    /// Makes an entry.
    public init(existing: [Existing], new: NamespaceSet, clocks: [ClockOffset] = []) {
        self.existing = existing
        self.new = new
        self.clocks = clocks
    }
}
