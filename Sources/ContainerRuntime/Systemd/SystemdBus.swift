internal import Glibc
internal import SystemPackage

/// A connection to systemd.
///
/// Source: org.freedesktop.systemd1(5).
final class SystemdBus {
    private let library: SystemdLibrary
    private let bus: SystemdLibrary.Object

    private static let service = "org.freedesktop.systemd1"
    private static let manager = "/org/freedesktop/systemd1"
    /// systemd's own socket, for early in the boot and for machines without a bus.
    private static let privateAddress = "unix:path=/run/systemd/private"

    /// What systemd answers when it has no such unit, or has one already.
    enum Answer {
        static let missing = "org.freedesktop.systemd1.NoSuchUnit"
        static let exists = "org.freedesktop.systemd1.UnitExists"
    }

    /// A call that systemd refused.
    struct Refusal: Error {
        var name: String
        var reason: String
    }

    /// Connects to the system's bus, or where there is none, to systemd itself.
    init() throws(SystemdError) {
        library = try SystemdLibrary()
        var made: SystemdLibrary.Object?
        let opened = library.openSystem(&made)
        if opened >= 0, let made {
            bus = made
            return
        }
        guard library.new(&made) >= 0, let connection = made else { throw .unreachable("memory is short") }
        guard library.setAddress(connection, Self.privateAddress) >= 0, library.start(connection) >= 0 else {
            _ = library.closeBus(connection)
            throw .unreachable("neither the system's bus nor systemd can be reached: \(Errno(rawValue: -opened))")
        }
        bus = connection
    }

    deinit { _ = library.closeBus(bus) }

    // MARK: Calls

    /// Calls a method of the manager whose arguments are a unit, a second string where there is one, and properties where
    /// the method takes some.
    ///
    /// - Returns: the path of the object that the method answers with, if it does.
    @discardableResult
    func call(
        _ method: String,
        unit: String,
        mode: String? = nil,
        isRuntime: Bool? = nil,
        properties: [UnitProperty]? = nil,
        hasAuxiliaryUnits: Bool = false
    ) throws -> String? {
        var made: SystemdLibrary.Object?
        try check(
            library.newCall(bus, &made, Self.service, Self.manager, "\(Self.service).Manager", method)
        )
        guard let message = made else { throw Refusal(name: "", reason: "memory is short") }
        defer { _ = library.releaseMessage(message) }
        try append(unit, to: message)
        if let mode { try append(mode, to: message) }
        if let isRuntime { try append(.flag(isRuntime), to: message) }
        if let properties {
            try container("a", "(sv)", in: message) { for each in properties { try append(each, to: message) } }
        }
        if hasAuxiliaryUnits { try container("a", "(sa(sv))", in: message) {} }
        return try send(message)
    }

    private func send(_ message: SystemdLibrary.Object) throws -> String? {
        var failure: [UInt] = [0, 0, 0]
        var reply: SystemdLibrary.Object?
        let result = failure.withUnsafeMutableBytes { bytes -> Int32 in
            guard let error = bytes.baseAddress else { return -EINVAL }
            return library.call(bus, message, 0, error, &reply)
        }
        guard result >= 0, let reply else { throw refusal(&failure, result) }
        defer { _ = library.releaseMessage(reply) }
        var path: UnsafePointer<CChar>?
        guard library.read(reply, CChar(UInt8(ascii: "o")), &path) > 0, let path else { return nil }
        return String(cString: path)
    }

    /// The text of a property; `path` is an object's, the manager's without one.
    func text(_ property: String, of interface: String, at path: String? = nil) throws -> String {
        var failure: [UInt] = [0, 0, 0]
        var text: UnsafeMutablePointer<CChar>?
        let place = path ?? Self.manager
        let result = failure.withUnsafeMutableBytes { bytes -> Int32 in
            guard let error = bytes.baseAddress else { return -EINVAL }
            return library.getText(bus, Self.service, place, "\(Self.service).\(interface)", property, error, &text)
        }
        guard result >= 0, let text else { throw refusal(&failure, result) }
        defer { free(text) }
        return String(cString: text)
    }

    /// The name and the words of a `sd_bus_error`, which is released.
    private func refusal(_ failure: inout [UInt], _ result: Int32) -> Refusal {
        func text(_ word: UInt) -> String? {
            UnsafePointer<CChar>(bitPattern: word).map { String(cString: $0) }
        }
        let refusal = Refusal(
            name: text(failure[0]) ?? "",
            reason: text(failure[1]) ?? text(failure[0]) ?? "\(Errno(rawValue: -result))"
        )
        failure.withUnsafeMutableBytes { if let error = $0.baseAddress { library.freeError(error) } }
        return refusal
    }

    // MARK: Arguments

    private func check(_ result: Int32) throws {
        if result < 0 { throw Refusal(name: "", reason: "\(Errno(rawValue: -result))") }
    }

    private func container(
        _ kind: Character,
        _ contents: String,
        in message: SystemdLibrary.Object,
        _ body: () throws -> Void
    ) throws {
        try check(library.openContainer(message, CChar(kind.asciiValue ?? 0), contents))
        try body()
        try check(library.closeContainer(message))
    }

    private func append(_ property: UnitProperty, to message: SystemdLibrary.Object) throws {
        try container("r", "sv", in: message) {
            try append(property.name, to: message)
            try container("v", property.value.signature, in: message) { try append(property.value, to: message) }
        }
    }

    private func append(_ text: String, to message: SystemdLibrary.Object) throws {
        try check(text.withCString { library.append(message, CChar(UInt8(ascii: "s")), $0) })
    }

    private func append(_ value: UnitProperty.Value, to message: SystemdLibrary.Object) throws {
        func basic(_ value: some BitwiseCopyable, _ type: Character) throws {
            try check(
                withUnsafeBytes(of: value) { bytes in
                    bytes.baseAddress.map { library.append(message, CChar(type.asciiValue ?? 0), $0) } ?? -EINVAL
                }
            )
        }
        switch value {
        case .text(let text): try append(text, to: message)
        case .flag(let flag): try basic(Int32(flag ? 1 : 0), "b")
        case .int32(let number): try basic(number, "i")
        case .uint32(let number): try basic(number, "u")
        case .int64(let number): try basic(number, "x")
        case .uint64(let number): try basic(number, "t")
        case .numbers(let numbers):
            try check(
                numbers.withUnsafeBytes {
                    library.appendArray(message, CChar(UInt8(ascii: "u")), $0.baseAddress, $0.count)
                }
            )
        }
    }
}

extension UnitProperty.Value {
    /// The type on the bus.
    var signature: String {
        switch self {
        case .text: "s"
        case .flag: "b"
        case .int32: "i"
        case .uint32: "u"
        case .int64: "x"
        case .uint64: "t"
        case .numbers: "au"
        }
    }
}
