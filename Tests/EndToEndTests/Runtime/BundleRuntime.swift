internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// A bundle with a busybox root, and the runtime with a state directory of its own.
struct BundleRuntime {
    let bundle: String
    let state: String

    @discardableResult
    func callAsFunction(_ arguments: String...) -> CommandResult {
        var words = arguments
        if let index = words.firstIndex(where: { $0 == "create" || $0 == "run" }) {
            words.insert(contentsOf: ["--bundle", bundle], at: index + 1)
        }
        return TestSupport.run([LLMBoxProgram.path, "runtime", "--root", state] + words)
    }

    /// Changes `config.json` by Python: `c` is the document, `p` its process, `d` the bundle.
    func edit(_ code: String) {
        let program = """
            import json, sys
            d = sys.argv[1]
            c = json.load(open(d + '/config.json'))
            p = c['process']
            \(code)
            json.dump(c, open(d + '/config.json', 'w'))
            """
        let result = TestSupport.run(["python3", "-c", program, bundle])
        #expect(result.status == 0, "\(result.errors)")
    }

    func status(_ id: String) -> String? {
        let words = self("state", id).output.split(separator: "\"")
        return words.firstIndex(of: "status").map { String(words[$0 + 2]) }
    }

}

func withBundle(_ body: (BundleRuntime) throws -> Void) throws {
    try withSandbox { sandbox in
        let runtime = BundleRuntime(
            bundle: sandbox.appending("bundle").string,
            state: sandbox.appending("state").string
        )
        let rootfs = "\(runtime.bundle)/rootfs"
        let script = """
            mkdir -p \(rootfs)/bin \(rootfs)/proc \(rootfs)/sys \(rootfs)/dev \(rootfs)/tmp \(rootfs)/etc
            cp /bin/busybox \(rootfs)/bin/ && for a in sh cat echo sleep touch true hostname stat ls id mkdir readlink grep dd; do ln -s busybox \(rootfs)/bin/$a; done
            echo marker > \(rootfs)/etc/marker
            """
        try #require(TestSupport.run(["sh", "-c", script]).status == 0)
        let words = [LLMBoxProgram.path, "runtime", "spec", "--bundle", runtime.bundle]
        try #require(TestSupport.run(words).status == 0)
        runtime.edit("p['terminal'] = False; c['root']['readonly'] = False; p['args'] = ['sleep', '1000']")
        defer { runtime("delete", "--force", "c") }
        try body(runtime)
    }
}
