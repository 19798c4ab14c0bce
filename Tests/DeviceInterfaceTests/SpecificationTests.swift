internal import DeviceInterface
internal import Testing

@Suite struct SpecificationTests {
    /// As NVIDIA's tools write it.
    static let vendorFile = """
        ---
        cdiVersion: 0.5.0
        containerEdits:
          deviceNodes:
          - path: /dev/nvidiactl
          env:
          - NVIDIA_VISIBLE_DEVICES=void   # for the runtime below
          hooks:
          - args:
            - nvidia-cdi-hook
            - create-symlinks
            - --link
            - libcuda.so.1::/usr/lib/x86_64-linux-gnu/libcuda.so
            hookName: createContainer
            path: /usr/bin/nvidia-cdi-hook
          - hookName: createContainer
            path: /usr/bin/nvidia-ctk
            args: [nvidia-ctk, hook, update-ldcache, "--folder", '/usr/lib/x86_64-linux-gnu']
          - hookName: createContainer
            path: /usr/bin/nvidia-cdi-hook
            args:
            - nvidia-cdi-hook
            - disable-device-node-modification
          mounts:
          - containerPath: /usr/lib/x86_64-linux-gnu/libcuda.so.580.65.06
            hostPath: /usr/lib/x86_64-linux-gnu/libcuda.so.580.65.06
            options:
            - ro
            - nosuid
            - nodev
            - rbind
            - rprivate
        devices:
        - containerEdits:
            deviceNodes:
            - path: /dev/nvidia0
          name: "0"
        - containerEdits:
            deviceNodes:
              - path: /dev/nvidia0
                permissions: rw
          name: all
        kind: nvidia.com/gpu
        """

    private func read(_ text: String) throws -> DeviceSpecification {
        try SpecificationReader.read(Array(text.utf8), isJSON: text.hasPrefix("{"))
    }

    @Test("a file as the vendor writes it is read, with its devices, hooks and mounts")
    func vendor() throws {
        let specification = try read(Self.vendorFile)
        #expect(specification.kind == "nvidia.com/gpu")
        #expect(specification.devices.map(\.name) == ["0", "all"])
        #expect(specification.devices[1].containerEdits.deviceNodes?.first?.permissions == "rw")
        #expect(specification.containerEdits?.hooks?.count == 3)
        #expect(specification.containerEdits?.hooks?[1].args?.last == "/usr/lib/x86_64-linux-gnu")
        #expect(specification.containerEdits?.env == ["NVIDIA_VISIBLE_DEVICES=void"])
    }

    private static func json(
        _ version: String = "0.6.0",
        kind: String = "vendor.example/device",
        devices: String = #"[{"name": "a", "containerEdits": {"env": ["A=1"]}}]"#,
        more: String = ""
    ) -> String {
        #"{"cdiVersion": "\#(version)", "kind": "\#(kind)", "devices": \#(devices)\#(more)}"#
    }

    private static func device(_ edits: String, name: String = "a") -> String {
        json(devices: #"[{"name": "\#(name)", "containerEdits": \#(edits)}]"#)
    }

    @Test(
        "rules of the format are kept",
        arguments: [
            json(), json("v0.6.0"), json("1.0.0"), json("1.1.0"), json("0.3.0"),
            device(#"{"additionalGids": [5]}"#)
                .replacing("0.6.0", with: "0.7.0"),
            device(#"{"deviceNodes": [{"path": "/dev/x", "permissions": "none"}]}"#),
            device(#"{"env": ["A="]}"#, name: "0:1"),
        ]
    )
    func accepted(text: String) throws {
        #expect(try read(text).devices.count == 1)
    }

    @Test(
        "what breaks a rule is refused with the reason",
        arguments: [
            (json("9.9.9"), "is not known"), (json(kind: "vendor"), "is no kind"), (json(kind: "1v/c"), "is no kind"),
            (json(kind: "v/c,d"), "is no kind"), (json(devices: "[]"), "has no devices"),
            (device("{}"), "has no containerEdits"), (device(#"{"env": ["A"]}"#), "no `NAME=value`"),
            (device(#"{"env": ["A=1"]}"#, name: "-a"), "no name of a device"),
            (device(#"{"env": ["A=1"]}"#, name: "a b"), "no name of a device"),
            (device(#"{"deviceNodes": [{"path": "dev/x"}]}"#), "no absolute path"),
            (device(#"{"deviceNodes": [{"path": "/dev/x", "permissions": "rx"}]}"#), "are no permissions"),
            (device(#"{"deviceNodes": [{"path": "/dev/x", "type": "z"}]}"#), "is no type"),
            (device(#"{"hooks": [{"hookName": "later", "path": "/x"}]}"#), "no moment `later`"),
            (device(#"{"mounts": [{"hostPath": "/x", "containerPath": "y"}]}"#), "no absolute paths"),
            (device(#"{"additionalGids": [5]}"#), "came with 0.7.0"),
            (json("0.4.0", devices: #"[{"name": "0", "containerEdits": {"env": ["A=1"]}}]"#), "came with 0.5.0"),
            (json(more: #", "surprise": 1"#), "no field `surprise`"),
            (
                device(#"{"env": ["A=1"], "mounts": [{"hostPath": "/x", "containerPath": "/y", "when": "now"}]}"#),
                "mounts.when"
            ),
            (
                json(
                    devices:
                        #"[{"name": "a", "containerEdits": {"env": ["A=1"]}}, {"name": "a", "containerEdits": {"env": ["A=1"]}}]"#
                ), "twice"
            ),
            ("{", "it is no JSON"), (#"{"kind": "a/b"}"#, "`cdiVersion` is missing"),
            ("a: &b 1", "`&` at the beginning of a value"), ("a: 1\na: 2", "stands there twice"),
            ("a: [1", "not closed"), ("a:\n\t- b", "a tab cannot indent"),
            ("a: 1\n---\nb: 2", "more than one document"),
            ("a:\n    b: 1\n  c: 2", "the indentation fits nothing"), ("", "the document is empty"),
        ]
    )
    func refused(text: String, why: String) {
        #expect {
            try read(text)
        } throws: { error in
            "\(error)".contains(why)
        }
    }

    @Test("no damaged file makes the reader fall over")
    func damaged() {
        let bytes = Array(Self.vendorFile.utf8)
        for length in stride(from: 0, to: bytes.count, by: 7) {
            _ = try? SpecificationReader.read(Array(bytes[..<length]), isJSON: false)  // any answer will do
        }
        for place in stride(from: 0, to: bytes.count, by: 5) {
            for byte in [UInt8(ascii: "\""), UInt8(ascii: ":"), UInt8(ascii: "["), 0x0a] {
                var changed = bytes
                changed[place] = byte
                _ = try? SpecificationReader.read(changed, isJSON: false)  // any answer will do
            }
        }
        let deep = String(repeating: "[", count: 10_000)
        #expect(throws: SpecificationError.self) { try read("a: \(deep)") }
        #expect(throws: SpecificationError.self) { try read(String(repeating: "- ", count: 10_000) + "x") }
    }

    @Test(
        "full names of devices",
        arguments: [
            ("nvidia.com/gpu=all", true), ("a/b=0:1", true), ("vendor.example/net-card=eth0_1.2", true),
            ("gpu=0", false), ("a/b", false), ("a/b=", false), ("a/b=-1", false), ("1a/b=c", false), ("a/b/c=d", false),
            ("/dev/fuse", false), ("a./b=c", false), ("a/b=c d", false),
        ]
    )
    func names(text: String, isName: Bool) {
        #expect((DeviceName(text) != nil) == isName)
    }
}
