import ContainerRuntime
import Testing

@Suite struct SystemdTests {
    @Test(
        "a path names a slice and a scope, and the directory of both",
        arguments: [
            (nil, "system.slice", "llmbox-id.scope", "/system.slice/llmbox-id.scope"),
            ("machine.slice:libpod:abc", "machine.slice", "libpod-abc.scope", "/machine.slice/libpod-abc.scope"),
            (":runc:x", "system.slice", "runc-x.scope", "/system.slice/runc-x.scope"),
            ("a-b-c.slice::x", "a-b-c.slice", "x.scope", "/a.slice/a-b.slice/a-b-c.slice/x.scope"),
            ("-.slice:p:x", "-.slice", "p-x.scope", "/p-x.scope"),
        ]
    )
    func places(text: String?, slice: String, unit: String, path: String) throws {
        let place = try SystemdPlace(text, id: "id")
        #expect(place.slice == slice && place.unit == unit && place.path == path)
    }

    @Test(
        "what names no unit is refused",
        arguments: [
            "/a/b", "x", "a:b", "a:b:c", "a.slice:b:", "a.slice:b:c:d", "-a.slice:b:c", "a--b.slice:b:c",
            "a/b.slice:x:y",
        ]
    )
    func refusals(text: String) {
        #expect(throws: SystemdError.malformedPath(text)) { try SystemdPlace(text, id: "id") }
    }

    @Test("annotations are properties of the unit, and seconds are microseconds on the bus")
    func properties() throws {
        let rows: [(String, String, UnitProperty)] = [
            ("CollectMode", "'inactive-or-failed'", UnitProperty("CollectMode", .text("inactive-or-failed"))),
            ("KillSignal", "15", UnitProperty("KillSignal", .int32(15))),
            ("TimeoutStopUSec", "uint64 7", UnitProperty("TimeoutStopUSec", .uint64(7))),
            ("TimeoutStopSec", "uint64 7", UnitProperty("TimeoutStopUSec", .uint64(7_000_000))),
            ("SendSIGHUP", "true", UnitProperty("SendSIGHUP", .flag(true))),
        ]
        for (name, text, expected) in rows { #expect(try UnitProperty(annotation: name, text: text) == expected) }
        for text in ["", "word", "'open", "uint64 -1", "byte 1", "[1, 2]", "int32 1 2", "'a\\'b'"] {
            #expect(throws: SystemdError.self) { try UnitProperty(annotation: "X", text: text) }
        }
        #expect(throws: SystemdError.self) { try UnitProperty(annotation: "XSec", text: "'1'") }
    }

    @Test("limits are the unit's as well, in systemd's units and no smaller than they are")
    func limits() {
        var limits = ResourceLimits()
        #expect(UnitProperty.limits(limits).isEmpty)
        limits.memory = 1 << 20
        limits.pids = -1
        limits.cpuQuota = 33_333
        let none = UInt64.max
        #expect(
            UnitProperty.limits(limits) == [
                UnitProperty("MemoryMax", .uint64(1 << 20)), UnitProperty("TasksMax", .uint64(none)),
                UnitProperty("CPUQuotaPerSecUSec", .uint64(340_000)),
            ]
        )
        limits.cpuQuota = -1
        #expect(UnitProperty.limits(limits).last == UnitProperty("CPUQuotaPerSecUSec", .uint64(none)))
    }
}
