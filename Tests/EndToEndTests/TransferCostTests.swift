import Glibc
import SystemPackage
import TestSupport
import Testing

/// What a transfer may take, and over which protocol it goes.
@Suite(.enabled(if: isRoot, "images of this test are built by root"))
struct TransferCostTests {
    private static let mebibyte = 1 << 20

    /// Builds an image of `count` large files that do not compress, and one that does.
    private func build(_ name: String, files count: Int, mebibytes: Int, _ llmbox: LLMBoxProgram, _ context: FilePath)
        throws
    {
        let directory = context.appending("image")
        mkdir(directory.string, 0o755)
        let script = """
            i=0; while [ $i -lt \(count) ]; do head -c \(mebibytes)M /dev/urandom >$0/w$i; i=$((i+1)); done
            head -c 3M /dev/urandom | od -An -v -tx1 >$0/text
            """
        let filled = run(["sh", "-c", script, directory.string])
        try #require(filled.status == 0, "\(filled.errors)")
        write("FROM scratch\nCOPY . /\n", to: "Dockerfile", in: directory)
        let built = llmbox("build", "--layers", "1m", "-t", name, directory.string)
        try #require(built.status == 0, "\(built.errors)")
    }

    /// Runs a command; returns the most memory that it had resident, in bytes.
    private func peakMemory(_ words: [String], _ llmbox: LLMBoxProgram) throws -> Int {
        let script = """
            import resource, subprocess, sys
            status = subprocess.call(sys.argv[1:], stdout=2)
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            sys.exit(status)
            """
        let result = run(["python3", "-c", script, LLMBoxProgram.path] + words, environment: llmbox.environment)
        try #require(result.status == 0, "\(result.errors)")
        return try #require(Int(result.line)) * 1024
    }

    @Test("a registry that offers HTTP/2 is spoken to so, both ways, and the image is the same")
    func http2() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context, .init(tls: true)) { registry in
                var user = llmbox
                user.environment["SSL_CERT_FILE"] = "\(registry.directory)/ca/ca.crt"
                let name = "\(registry.address)/team/model:v1"
                try build(name, files: 3, mebibytes: 12, user, context)
                let pushed = user("push", name)
                try #require(pushed.status == 0, "\(pushed.errors)")
                let other = LLMBoxProgram(root: context.appending("other"), environment: user.environment)
                let pulled = other("pull", name)
                try #require(pulled.status == 0, "\(pulled.errors)")
                #expect(other("images", "-q", "--no-trunc").line == llmbox("images", "-q", "--no-trunc", name).line)
                #expect(other("system", "check").status == 0)
                let requests = registry.log.split(separator: "\n").filter {
                    $0.contains("llmbox") || $0.contains("/v2/team")
                }
                for method in ["PATCH", "PUT", "POST", "GET", "HEAD"] {
                    let some = requests.filter { $0.contains("\"\(method) ") }
                    #expect(!some.isEmpty && some.allSatisfy { $0.contains(" HTTP/2.0\"") }, "\(some.prefix(3))")
                }
            }
        }
    }

    @Test("transfers stay within their memory, also where several ranges of several layers are asked for at once")
    func memory() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let name = "\(registry.address)/team/model:v1"
                try build(name, files: 3, mebibytes: 56, llmbox, context)
                // Of a debug build the code counts too, some 50 MiB, beside the 96 that any transfer may take.
                let limit = 144 * Self.mebibyte
                let push = try peakMemory(["push", name], llmbox)
                #expect(push <= limit, "a push took \(push / Self.mebibyte) MiB")
                // So slow that a single connection is not enough, which is when there are windows of ranges.
                try FaultyProxy.with(before: registry, .init(faults: [], rate: 14 * Self.mebibyte)) { proxy in
                    let other = LLMBoxProgram(root: context.appending("other"))
                    let pull = try peakMemory(["pull", "\(proxy.address)/team/model:v1"], other)
                    #expect(pull <= limit, "a pull took \(pull / Self.mebibyte) MiB")
                    let parts = registry.log.split(separator: "\n").count {
                        $0.contains("\"GET /v2/team/model/blobs/") && $0.contains("\" 206 ")
                    }
                    #expect(parts > 8, "the layers came in \(parts) parts")
                    #expect(other("system", "check").status == 0)
                }
            }
        }
    }

    @Test("a model of a hub is on the disk once while it becomes an image")
    func hubOnce() throws {
        try withStore { program, context in
            try withHub(in: context) { hub in
                // A disk with room for the model once and a little more.
                let disk = context.appending("disk").string
                mkdir(disk, 0o755)
                try #require(run(["mount", "-t", "tmpfs", "-o", "size=112m", "tmpfs", disk]).status == 0)
                defer { umount2(disk, Int32(MNT_DETACH)) }
                var llmbox = LLMBoxProgram(root: FilePath(disk))
                llmbox.environment["HF_ENDPOINT"] = hub.endpoint
                let model = hub.directory.appending("repo/model-1 of 2.safetensors").string
                #expect(run(["sh", "-c", "head -c 80000000 /dev/urandom >\"$0\"", model]).status == 0)
                write("hub\ndisk\n", to: ".dockerignore", in: context)
                write("FROM scratch\nADD hf://Ada/Tiny /m/\n", to: "Dockerfile", in: context)
                let built = llmbox("build", "--network", "none", "-t", "model", context.string)
                try #require(built.status == 0, "\(built.errors)")
                #expect(llmbox("system", "check").status == 0)
                let sum = run(["sha256sum", model]).output.prefix(64)
                let trees = llmbox.root.appending("layers").string
                let found = run(["find", trees, "-name", "model-1*", "-exec", "sha256sum", "{}", ";"]).output
                #expect(found.hasPrefix(sum), "\(found)")
                // Twice does not fit, and is refused before a byte is fetched.
                unlink(hub.directory.appending("log").string)
                #expect(run(["sh", "-c", "head -c 81000000 /dev/urandom >\"$0\"", model]).status == 0)
                let refused = llmbox("build", "--network", "none", context.string)
                #expect(refused.status == 1 && refused.errors.contains("bytes"), "\(refused.errors)")
                #expect(!hub.log.contains { $0.contains("/cdn/") }, "\(hub.log)")
            }
        }
    }
}
