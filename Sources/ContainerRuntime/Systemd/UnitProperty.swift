/// A property of a unit, with a value of one of the types that are used here.
public struct UnitProperty: Equatable, Sendable {
    /// A value by its type on the bus.
    public enum Value: Equatable, Sendable {
        /// `s`
        case text(String)
        /// `b`
        case flag(Bool)
        /// `i`
        case int32(Int32)
        /// `u`
        case uint32(UInt32)
        /// `x`
        case int64(Int64)
        /// `t`
        case uint64(UInt64)
        /// `au`
        case numbers([UInt32])
    }

    /// The property's name.
    public var name: String
    /// Its value.
    public var value: Value

    /// Names a value.
    public init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    /// The prefix of annotations that are properties of the container's unit.
    public static let annotationPrefix = "org.systemd.property."

    /// Reads a property from an annotation, whose value is in the text format of GVariant.
    ///
    /// A name that ends in `Sec` is given in seconds, and has a twin on the bus that counts microseconds.
    public init(annotation name: String, text: String) throws(SystemdError) {
        guard let value = Self.value(text) else { throw .malformedProperty(name, value: text) }
        guard name.hasSuffix("Sec"), !name.hasSuffix("USec") else {
            self.init(name, value)
            return
        }
        let seconds: UInt64? =
            switch value {
            case .int32(let number): UInt64(exactly: number)
            case .uint32(let number): UInt64(number)
            case .int64(let number): UInt64(exactly: number)
            case .uint64(let number): number
            default: nil
            }
        guard let seconds, !seconds.multipliedReportingOverflow(by: 1_000_000).overflow else {
            throw .malformedProperty(name, value: text)
        }
        self.init(String(name.dropLast(3)) + "USec", .uint64(seconds * 1_000_000))
    }

    private static func value(_ text: String) -> Value? {
        if text == "true" || text == "false" { return .flag(text == "true") }
        for quote in ["'", "\""] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
            let inner = text.dropFirst().dropLast()
            return inner.contains(quote) || inner.contains("\\") ? nil : .text(String(inner))
        }
        let words = text.split(separator: " ")
        guard let number = words.last, words.count <= 2 else { return nil }
        switch words.count == 2 ? words[0] : "int32" {
        case "int32": return Int32(number).map(Value.int32)
        case "uint32": return UInt32(number).map(Value.uint32)
        case "int64": return Int64(number).map(Value.int64)
        case "uint64": return UInt64(number).map(Value.uint64)
        default: return nil
        }
    }
}

extension UnitProperty {
    /// What systemd is told of limits, so that it shows them and sets none of its own; they are set in the container's
    /// own group as well.
    public static func limits(_ limits: ResourceLimits) -> [UnitProperty] {
        var properties: [UnitProperty] = []
        func add(_ name: String, _ value: UInt64) { properties.append(UnitProperty(name, .uint64(value))) }
        let none = UInt64.max
        if let memory = limits.memory { add("MemoryMax", memory < 0 ? none : UInt64(memory)) }
        if let pids = limits.pids { add("TasksMax", pids < 0 ? none : UInt64(pids)) }
        if let quota = limits.cpuQuota {
            guard quota > 0 else {
                add("CPUQuotaPerSecUSec", none)
                return properties
            }
            // systemd counts in hundredths of a processor; more than was asked for is set right in the group itself.
            let exact = UInt64(quota).multipliedReportingOverflow(by: 1_000_000)
            let microseconds = exact.overflow ? none : exact.partialValue / max(1, limits.cpuPeriod)
            add("CPUQuotaPerSecUSec", microseconds > none - 10_000 ? none : (microseconds + 9999) / 10_000 * 10_000)
        }
        return properties
    }
}
