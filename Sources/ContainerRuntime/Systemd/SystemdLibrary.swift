internal import Glibc

/// The part of libsystemd that speaks D-Bus, opened when it is needed: llmbox runs without it.
///
/// Source: sd-bus(3) and the pages that it names. None of these calls takes a variable number of arguments, which Swift
/// could not make.
struct SystemdLibrary {
    typealias Object = OpaquePointer
    typealias Make = @convention(c) (UnsafeMutablePointer<Object?>) -> Int32
    typealias SetText = @convention(c) (Object, UnsafePointer<CChar>) -> Int32
    typealias Start = @convention(c) (Object) -> Int32
    typealias Release = @convention(c) (Object?) -> Object?
    typealias Free = @convention(c) (UnsafeMutableRawPointer) -> Void
    typealias NewCall =
        @convention(c) (
            Object, UnsafeMutablePointer<Object?>, UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>,
            UnsafePointer<CChar>
        ) -> Int32
    typealias Append = @convention(c) (Object, CChar, UnsafeRawPointer) -> Int32
    typealias AppendArray = @convention(c) (Object, CChar, UnsafeRawPointer?, Int) -> Int32
    typealias OpenContainer = @convention(c) (Object, CChar, UnsafePointer<CChar>) -> Int32
    typealias Call =
        @convention(c) (
            Object, Object, UInt64, UnsafeMutableRawPointer, UnsafeMutablePointer<Object?>
        ) -> Int32
    typealias Read = @convention(c) (Object, CChar, UnsafeMutableRawPointer) -> Int32
    typealias GetText =
        @convention(c) (
            Object, UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>,
            UnsafeMutableRawPointer, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
        ) -> Int32

    let openSystem: Make
    let new: Make
    let setAddress: SetText
    let start: Start
    let closeBus: Release
    let newCall: NewCall
    let append: Append
    let appendArray: AppendArray
    let openContainer: OpenContainer
    let closeContainer: Start
    let call: Call
    let read: Read
    let getText: GetText
    let releaseMessage: Release
    let freeError: Free

    /// Opens the library.
    init() throws(SystemdError) {
        guard let handle = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL) else {
            throw .libraryMissing(dlerror().map { String(cString: $0) } ?? "libsystemd.so.0 cannot be opened")
        }
        func symbol<Function>(_ name: String, _ type: Function.Type = Function.self) throws(SystemdError) -> Function {
            guard let address = dlsym(handle, name) else { throw .libraryMissing("libsystemd.so.0 has no `\(name)`") }
            return unsafeBitCast(address, to: type)
        }
        openSystem = try symbol("sd_bus_open_system")
        new = try symbol("sd_bus_new")
        setAddress = try symbol("sd_bus_set_address")
        start = try symbol("sd_bus_start")
        closeBus = try symbol("sd_bus_flush_close_unref")
        newCall = try symbol("sd_bus_message_new_method_call")
        append = try symbol("sd_bus_message_append_basic")
        appendArray = try symbol("sd_bus_message_append_array")
        openContainer = try symbol("sd_bus_message_open_container")
        closeContainer = try symbol("sd_bus_message_close_container")
        call = try symbol("sd_bus_call")
        read = try symbol("sd_bus_message_read_basic")
        getText = try symbol("sd_bus_get_property_string")
        releaseMessage = try symbol("sd_bus_message_unref")
        freeError = try symbol("sd_bus_error_free")
    }
}
