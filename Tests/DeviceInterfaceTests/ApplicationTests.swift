internal import DeviceInterface
internal import Testing

@Suite struct ApplicationTests {
    private func specification(_ text: String) throws -> DeviceSpecification {
        try SpecificationReader.read(Array(text.utf8), isJSON: text.hasPrefix("{"))
    }

    private func entry(_ path: String, _ priority: Int, value: String, device: String = "a") throws
        -> DeviceRegistry.Entry
    {
        let text = #"""
            {"cdiVersion": "0.5.0", "kind": "v.example/d", "containerEdits": {"env": ["FILE=\#(path)"]},
             "devices": [{"name": "\#(device)", "containerEdits": {"env": ["A=\#(value)"]}}]}
            """#
        return .init(path: path, priority: priority, content: .success(try specification(text)))
    }

    private let application = EditApplication(
        node: { path in
            path == "/dev/nvidiactl" || path == "/dev/nvidia0"
                ? HostNodeFacts(
                    type: "c",
                    major: 195,
                    minor: path == "/dev/nvidia0" ? 0 : 255,
                    mode: 0o666,
                    user: 0,
                    group: 0
                )
                : nil
        },
        exists: { $0.hasPrefix("/usr/lib") }
    )

    @Test("the higher rank wins; the same rank is a conflict; a broken file breaks no other")
    func precedence() throws {
        let low = try entry("/etc/cdi/a.json", 0, value: "low")
        let high = try entry("/var/run/cdi/a.json", 1, value: "high")
        let other = try entry("/etc/cdi/b.json", 0, value: "other")
        let broken = DeviceRegistry.Entry(path: "/etc/cdi/c.json", priority: 0, content: .failure(.invalid("x")))
        let won = try DeviceRegistry([low, high, broken]).resolve(["v.example/d=a"])
        #expect(won[0].device.containerEdits.env == ["A=high"])
        #expect(throws: SpecificationError.conflict("v.example/d=a", ["/etc/cdi/a.json", "/etc/cdi/b.json"])) {
            try DeviceRegistry([low, other]).resolve(["v.example/d=a"])
        }
        // A conflict below is settled by what stands above.
        #expect(try DeviceRegistry([low, other, high]).resolve(["v.example/d=a"]).count == 1)
    }

    @Test("either all devices are found or none, and the missing ones are named")
    func missing() throws {
        let registry = DeviceRegistry([try entry("/etc/cdi/a.json", 0, value: "1")])
        #expect(throws: SpecificationError.unresolvable(["x/y=1", "x/y=2"], known: ["v.example/d=a"])) {
            try registry.resolve(["x/y=1", "v.example/d=a", "x/y=2"])
        }
    }

    @Test("what a file says for all comes once, before what its devices say")
    func order() throws {
        let registry = DeviceRegistry([
            try entry("/1.json", 0, value: "1"), try entry("/2.json", 0, value: "2", device: "b"),
        ])
        let devices = try registry.resolve(["v.example/d=a", "v.example/d=b"])
        #expect(try application.edits(of: devices).environment == ["FILE=/2.json", "A=2"])
    }

    @Test("NVIDIA's hooks are done without being run")
    func hooks() throws {
        let file = DeviceRegistry.Entry(
            path: "/etc/cdi/nvidia.yaml",
            priority: 0,
            content: .success(try specification(SpecificationTests.vendorFile))
        )
        let edits = try application.edits(of: DeviceRegistry([file]).resolve(["nvidia.com/gpu=all"]))
        #expect(edits.links == [.init(path: "/usr/lib/x86_64-linux-gnu/libcuda.so", target: "libcuda.so.1")])
        #expect(edits.libraryFolders == ["/usr/lib/x86_64-linux-gnu"])
        #expect(edits.hidesNodeCreation)
        #expect(edits.nodes.map(\.path) == ["/dev/nvidiactl", "/dev/nvidia0"])
        #expect(edits.nodes.map(\.access) == ["rwm", "rw"])
        #expect(edits.nodes.map(\.major) == [195, 195])
    }

    private func edits(_ edits: String) throws -> DeviceEdits {
        let text = #"""
            {"cdiVersion": "1.1.0", "kind": "v.example/d", "devices": [{"name": "a", "containerEdits": \#(edits)}]}
            """#
        let file = DeviceRegistry.Entry(path: "/f", priority: 0, content: .success(try specification(text)))
        return try application.edits(of: DeviceRegistry([file]).resolve(["v.example/d=a"]))
    }

    @Test(
        "what is out of date, unknown or not built is an error that names the file",
        arguments: [
            (#"{"deviceNodes": [{"path": "/dev/gone"}]}"#, "it does not exist, but `/f` names it"),
            (
                #"{"deviceNodes": [{"path": "/dev/nvidia0", "type": "c", "major": 240, "minor": 0}]}"#,
                "195:0 and not 240:0"
            ),
            (#"{"deviceNodes": [{"path": "/dev/nvidia0", "type": "b"}]}"#, "of type `c` and not `b`"),
            (#"{"mounts": [{"hostPath": "/opt/x.so.535", "containerPath": "/x"}]}"#, "`/opt/x.so.535`"),
            (#"{"hooks": [{"hookName": "prestart", "path": "/bin/own"}]}"#, "the hook `/bin/own`"),
            (
                #"{"hooks": [{"hookName": "createContainer", "path": "/x/nvidia-ctk", "args": ["x", "hook", "new"]}]}"#,
                "hook"
            ),
            (#"{"netDevices": [{"hostInterfaceName": "eth1", "name": "eth0"}]}"#, "network interfaces"),
        ]
    )
    func refused(text: String, why: String) {
        #expect {
            try edits(text)
        } throws: { error in
            "\(error)".contains(why)
        }
    }

    @Test("mounts are made parents first, and the same place is mounted once")
    func mounts() throws {
        let edits = try edits(
            #"""
            {"mounts": [{"hostPath": "/usr/lib/1", "containerPath": "/a/b/c"}, {"hostPath": "/usr/lib/2", "containerPath": "/a"},
             {"hostPath": "/usr/lib/3", "containerPath": "/a/b/c"}], "additionalGids": [0, 44, 44]}
            """#
        )
        #expect(edits.mounts.map(\.hostPath) == ["/usr/lib/2", "/usr/lib/3"])
        #expect(edits.groups == [44])
    }
}
