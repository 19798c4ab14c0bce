/// A fault of a GPU that NVIDIA's driver has written into the kernel's log ("Xid").
public struct GPUFault: Hashable, Sendable {
    /// The GPU; its function is not told and counts as 0.
    public var address: BusAddress
    /// The number of the fault.
    public var number: Int
    /// What the driver says about it.
    public var text: String

    private static let mark = "NVRM: Xid (PCI:"

    /// Finds a fault in a line such as `NVRM: Xid (PCI:0000:1a:00): 79, pid=1234, …`; nil for any other.
    public init?(line: some StringProtocol) {
        var rest = Substring(line)
        while !rest.hasPrefix(Self.mark) {
            // Most lines are of others: one look for the first letter each.
            guard let next = rest.dropFirst().firstIndex(of: "N") else { return nil }
            rest = rest[next...]
        }
        rest = rest.dropFirst(Self.mark.count)
        let place = rest.prefix { $0 != ")" }
        guard let address = BusAddress(place.contains(".") ? String(place) : "\(place).0") else { return nil }
        let words = rest.dropFirst(place.count).drop { !$0.isNumber }
        let digits = words.prefix { $0.isNumber }
        guard let number = Int(digits) else { return nil }
        self.address = address
        self.number = number
        text = String(words.dropFirst(digits.count).drop { $0 == "," || $0.isWhitespace })
    }

    /// The faults after which a GPU serves no program before it was reset or replaced.
    ///
    /// Source: NVIDIA's list of Xid errors, "reset GPU" and "restart machine". Programs' own faults (13, 31, 43, 45 and the
    /// like) are not among them: these end a program and leave the GPU alone.
    private static let fatal: Set<Int> = [48, 61, 62, 64, 74, 79, 95, 109, 110, 119, 120, 123, 136, 140, 143, 154]

    /// Whether the GPU serves no program any more.
    public var isFatal: Bool { Self.fatal.contains(number) }

    /// What it means, in a word.
    public var meaning: String {
        switch number {
        case 13, 31: "a program read or wrote where it may not"
        case 43, 45: "a program was ended"
        case 48, 64, 95, 140: "memory that cannot be corrected"
        case 63, 94: "memory that was set aside"
        case 74: "a link to another GPU failed"
        case 79: "it fell off the bus"
        case 119, 120: "its own processor does not answer"
        case 154: "the driver asks for a reset"
        default: "see NVIDIA's list of Xid errors"
        }
    }
}
