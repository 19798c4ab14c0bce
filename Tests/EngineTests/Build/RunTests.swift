internal import Engine
internal import Glibc
internal import OCIModel
internal import SystemPackage
internal import Testing

/// Steps that run, on a base made of Debian's static busybox.
@Suite(
    .enabled(
        if: geteuid() == 0 && access("/bin/busybox", X_OK) == 0,
        "needs root and the package busybox-static"
    ),
    .serialized
)
struct RunTests {
    private static let base = """
        FROM scratch
        COPY busybox /bin/busybox
        SHELL ["/bin/busybox", "sh", "-c"]

        """

    /// Builds with the base's two lines in front and no network.
    private func run(
        _ lines: String,
        edit: (inout BuildRequest) -> Void = { _ in },
        _ body: (BuiltImage) throws -> Void
    )
        throws
    {
        try BuildFixture.run { fixture in
            #expect(copyBusybox(to: fixture.path("busybox")))
            try body(
                try fixture.build(Self.base + lines) {
                    $0.network = .none
                    edit(&$0)
                }
            )
        }
    }

    private func copyBusybox(to path: String) -> Bool {
        guard let source = try? FileDescriptor.open("/bin/busybox", .readOnly),
            let target = try? FileDescriptor.open(
                FilePath(path),
                .writeOnly,
                options: .create,
                permissions: .init(rawValue: 0o755)
            )
        else { return false }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while let count = try? buffer.withUnsafeMutableBytes({ try source.read(into: $0) }), count > 0 {
            guard (try? target.writeAll(buffer[..<count])) != nil else { return false }
        }
        return true
    }

    @Test("the layer is what the process left, without the mount points it was given")
    func layer() throws {
        try run("WORKDIR /w\nENV A=1\nARG B=2\nRUN echo $A$B$(/bin/busybox pwd) > out") { (image) throws in
            #expect(try image.describe("w/out") == "w/out 644 0:0 12/w\n")
            for stub in ["etc", "proc", "dev", "sys"] { #expect(try image.describe(stub) == "\(stub) is missing") }
            #expect(image.config.history?.last?.createdBy?.hasPrefix("RUN |1 B=2 /bin/busybox sh -c echo") == true)
        }
    }

    @Test("a step that changes nothing makes an empty layer, however often")
    func nothing() throws {
        try run("RUN :\nRUN :\nRUN : again") { (image) throws in
            #expect(Set(image.config.rootfs.diffIDs.dropFirst()).count == 1)
            #expect(image.config.rootfs.diffIDs.count == 4)
        }
    }

    @Test("a secret is readable by its step alone and stays out of the layer")
    func secret() throws {
        try run(
            "RUN --mount=type=secret,id=token /bin/busybox stat -c %a /run/secrets/token > /mode",
            edit: { $0.secrets = [BuildSecret(id: "token", source: .value(Array("s3cret".utf8)))] }
        ) { (image) throws in
            #expect(try image.describe("mode") == "mode 644 0:0 400\n")
            #expect(try image.describe("run") == "run is missing")
        }
    }

    @Test("a failing command is named with its code, its lines and its last words")
    func failure() throws {
        do {
            try run("RUN echo last words; exit 7") { _ in Issue.record("it was built") }
        } catch BuildError.step(let failure) {
            #expect(failure.what.contains("/bin/busybox sh -c echo last words; exit 7"))
            #expect(failure.why == "exit code: 7")
            let words = failure.output.map { $0.drop { $0.isNumber || $0 == "." } }
            #expect(words == [" last words"] && failure.output[0].hasPrefix("0."), "\(failure.output)")
            #expect(failure.excerpt?.contains(">>> RUN echo last words; exit 7") == true)
        }
    }

    @Test("an unknown user is an error only where something runs")
    func user() throws {
        try run("RUN echo 'app:x:5:6::/home/app:/bin/sh' > /passwd") { _ in }
        #expect(throws: BuildError.self) {
            try run("USER nobody\nRUN :") { _ in }
        }
        try run("USER 1234\nRUN echo $HOME > /dev/null") { (image) throws in
            #expect(image.config.config?.user == "1234")
        }
    }
}
