import Glibc
import SystemPackage
import TestSupport
import Testing

@Suite(.enabled(if: isRoot, "images of this test are built by root"))
struct PushTests {
    /// Builds an image of a layer that compresses and one of `mebibytes` that does not, under `name`.
    private func build(_ name: String, mebibytes: Int, with llmbox: LLMBoxProgram, in context: FilePath) throws {
        let directory = context.appending("image")
        mkdir(directory.string, 0o755)
        let filled = run(["sh", "-c", "head -c \(mebibytes)M /dev/urandom >\(directory)/weights.bin"])
        try #require(filled.status == 0)
        write(String(repeating: "some words\n", count: 50_000), to: "words.txt", in: directory)
        write(
            "FROM base\nCOPY words.txt /\nCOPY weights.bin /\nCMD [\"wc\", \"/words.txt\"]\n",
            to: "Dockerfile",
            in: directory
        )
        let built = llmbox("build", "-t", name, directory.string)
        try #require(built.status == 0, "\(built.errors)")
    }

    private func raw(_ name: String) -> String {
        run(["skopeo", "inspect", "--tls-verify=false", "--raw", "docker://\(name)"]).output
    }

    @Test("an image that is pushed is the same for skopeo, podman and llmbox, and is moved once")
    func peers() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let name = "\(registry.address)/team/model:v1"
                try build(name, mebibytes: 8, with: llmbox, in: context)
                #expect(llmbox("push", "--plan", name).output.contains("compress, send"))
                let digestFile = context.appending("digest").string
                let pushed = llmbox("push", "--digestfile", digestFile, name)
                try #require(pushed.status == 0, "\(pushed.errors)")
                let digest = run(["cat", digestFile]).output
                let size = raw(name).utf8.count
                #expect(pushed.output == "v1: digest: \(digest) size: \(size)\n")
                #expect(
                    run(["sh", "-c", "skopeo inspect --tls-verify=false --raw docker://\(name) | sha256sum"])
                        .output.hasPrefix(digest.dropFirst(7))
                )
                // The weights go as they are, the words compressed, and the configuration is untouched.
                #expect(raw(name).contains("tar+gzip") && raw(name).contains("layer.v1.tar\""), "\(raw(name))")

                let again = llmbox("push", name)
                #expect(again.status == 0 && !again.errors.contains("Pushed"), "\(again.errors)")
                #expect(llmbox("pull", name).output.contains("up to date"), "it is the same image, compressed")
                let other = "\(registry.address)/other/model:v1"
                #expect(llmbox("tag", name, other).status == 0)
                let mounted = llmbox("push", other)
                #expect(mounted.errors.contains("Mounted from team/model"), "\(mounted.errors)")
                #expect(!mounted.errors.contains("Pushed"))

                let id = llmbox("images", "-q", "--no-trunc", name).line
                let podman = [
                    "podman", "--root", "\(context)/podman", "--runroot", "\(context)/run", "--storage-driver=vfs",
                ]
                let pulled = run(podman + ["pull", "-q", "--tls-verify=false", name])
                #expect("sha256:\(pulled.line)" == id, "\(pulled.errors)")
                #expect(run(podman + ["rmi", "-af"]).status == 0)
                let second = LLMBoxProgram(root: context.appending("second"))
                #expect(second("pull", name).output.contains(digest))
                #expect(second("images", "-q", "--no-trunc", name).line == id)
                // What came from there goes back without a byte, and stays what it was.
                let back = second("push", name)
                #expect(back.output.contains(digest) && !back.errors.contains("Pushed"), "\(back)")
                // Nor is anything compressed to find that out where the layers were here before the image came.
                let saved = context.appending("saved.tar").string
                let third = LLMBoxProgram(root: context.appending("third"))
                #expect(llmbox("save", "-o", saved, name).status == 0 && third("load", "-i", saved).status == 0)
                #expect(third("pull", name).errors.contains("Already exists"))
                let same = third("push", name)
                #expect(same.output.contains(digest) && !same.errors.contains("Compressing"), "\(same)")
                #expect(third("tag", name, "\(registry.address)/third/model:v1").status == 0)
                #expect(third("push", "\(registry.address)/third/model:v1").errors.contains("Compressing"))
            }
        }
    }

    @Test("an image that skopeo pushed goes through llmbox unchanged, in every compression")
    func foreign() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let archive = context.appending("base.tar").string
                try #require(llmbox("save", "-o", archive, "base").status == 0)
                let name = "\(registry.address)/foreign/base"
                let copied = run([
                    "skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-compress", "--format", "v2s2",
                    "docker-archive:\(archive)", "docker://\(name):1",
                ])
                try #require(copied.status == 0, "\(copied.errors)")
                let before = raw("\(name):1")
                let other = LLMBoxProgram(root: context.appending("other"))
                #expect(other("pull", "\(name):1").status == 0)
                #expect(other("tag", "\(name):1", "\(name):2").status == 0)
                #expect(other("push", "\(name):2").status == 0)
                #expect(raw("\(name):2") == before)
                for compression in ["gzip", "zstd", "none"] {
                    let tag = "\(registry.address)/fresh/\(compression):1"
                    #expect(llmbox("tag", "base", tag).status == 0)
                    let pushed = llmbox("push", "-q", "--compression", compression, tag)
                    #expect(pushed.output == "\(tag)\n", "\(pushed.errors)")
                    let type = compression == "none" ? "layer.v1.tar\"" : "layer.v1.tar+\(compression)\""
                    #expect(raw(tag).contains(type))
                    let third = LLMBoxProgram(root: context.appending("third-\(compression)"))
                    #expect(third("pull", "-q", tag).status == 0)
                    #expect(third("images", "-q", "--no-trunc").line == llmbox("images", "-q", "--no-trunc", tag).line)
                    let read = run([
                        "skopeo", "copy", "-q", "--src-tls-verify=false", "docker://\(tag)",
                        "oci:\(context)/o-\(compression)",
                    ])
                    #expect(read.status == 0, "\(read.errors)")
                }
                let all = llmbox("push", "-a", "\(registry.address)/fresh/zstd")
                #expect(all.output.hasPrefix("1: digest: sha256:"), "\(all)")
            }
        }
    }

    @Test("a registry with TLS of its own authority and a login wants both, and a login is kept as docker keeps it")
    func guarded() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context, .init(tls: true, login: true)) { registry in
                let config = context.appending("docker")
                mkdir(config.string, 0o700)
                write(
                    "{\"psFormat\":\"x\",\"auths\":{\"o.example\":{\"auth\":\"YTpi\"}}}",
                    to: "config.json",
                    in: config
                )
                var user = LLMBoxProgram(root: llmbox.root, environment: ["DOCKER_CONFIG": config.string])
                let name = "\(registry.address)/a/base:1"
                let certificates = "--cert-dir=\(registry.directory)/ca"
                #expect(user("tag", "base", name).status == 0)
                let untrusted = user("push", name)
                #expect(untrusted.status == 1 && untrusted.errors.contains("--cert-dir"), "\(untrusted.errors)")
                let anonymous = user("push", certificates, name)
                #expect(anonymous.status == 1 && anonymous.errors.contains("llmbox login"), "\(anonymous.errors)")

                func login(_ password: String) -> CommandResult {
                    user(
                        "login",
                        "-u",
                        "ada",
                        "--password-stdin",
                        certificates,
                        registry.address,
                        input: Array(password.utf8)
                    )
                }
                #expect(login("wrong\n").status == 1)
                let in_ = login("secret\n")
                #expect(in_.status == 0 && in_.output == "Login Succeeded\n" && in_.errors.contains("unencrypted"))
                let kept = run(["cat", "\(config)/config.json"]).output
                #expect(
                    kept.contains("psFormat") && kept.contains("o.example") && kept.contains(registry.address),
                    "\(kept)"
                )
                #expect(run(["stat", "-c", "%a", "\(config)/config.json"]).line == "600")
                #expect(user("push", certificates, name).status == 0)

                user.environment["SSL_CERT_FILE"] = "\(registry.directory)/ca/ca.crt"
                #expect(user("push", name).status == 0)
                let other = LLMBoxProgram(root: context.appending("other"), environment: user.environment)
                write("FROM \(name)\nLABEL a=b\n", to: "Dockerfile", in: config)
                let built = other("build", "-t", "upon", config.string)
                #expect(built.status == 0, "\(built.errors)")
                #expect(
                    user("logout", registry.address).output == "Removing login credentials for \(registry.address)\n"
                )
                #expect(user("push", name).status == 1)
                #expect(user("push", "--creds", "ada:secret", name).status == 0)
                user.environment["SSL_CERT_FILE"] = nil
                #expect(user("push", "--tls-verify=false", "--creds", "ada:secret", name).status == 0)
                let ran = LLMBoxProgram(
                    root: context.appending("third"),
                    environment: ["DOCKER_CONFIG": config.string]
                )(
                    "run",
                    "--rm",
                    "--network=none",
                    "--tls-verify=false",
                    "--creds=ada:secret",
                    name,
                    "echo",
                    "ran"
                )
                #expect(ran.output == "ran\n", "\(ran.errors)")
            }
        }
    }

    @Test("a credential helper keeps the login, and is asked for it")
    func helper() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context, .init(login: true)) { registry in
                let script = """
                    #!/bin/sh
                    case $1 in
                        store) cat >\(context)/kept ;;
                        get) grep -q "$(cat)" \(context)/kept 2>/dev/null && cat \(context)/kept || { echo credentials not found; exit 1; } ;;
                        erase) rm -f \(context)/kept ;;
                    esac
                    """
                write(script, to: "docker-credential-test", in: context)
                chmod(context.appending("docker-credential-test").string, 0o755)
                write("{\"credsStore\":\"test\"}", to: "config.json", in: context)
                let path = String(cString: getenv("PATH"))
                let variables = ["DOCKER_CONFIG": context.string, "PATH": "\(context):\(path)"]
                let user = LLMBoxProgram(root: llmbox.root, environment: variables)
                let name = "\(registry.address)/a/base:1"
                #expect(user("tag", "base", name).status == 0)
                #expect(user("push", name).status == 1)
                let in_ = user("login", "-u", "ada", "--password-stdin", registry.address, input: Array("secret".utf8))
                #expect(in_.output == "Login Succeeded\n" && !in_.errors.contains("unencrypted"), "\(in_.errors)")
                #expect(!run(["cat", "\(context)/config.json"]).output.contains("YWRhOnNlY3JldA"))
                #expect(user("push", name).status == 0)
                #expect(user("logout", registry.address).status == 0)
                #expect(user("push", name).status == 1)
            }
        }
    }

    @Test("through a line that breaks, a busy proxy and expiring tokens everything arrives, and little of it twice")
    func faults() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                try FaultyProxy.with(before: registry, .init(seed: 7)) { proxy in
                    let name = "\(proxy.address)/team/model:v1"
                    try build(name, mebibytes: 24, with: llmbox, in: context)
                    // Several blobs are on their way, and all faults may meet the same one.
                    let pushed = llmbox("push", "--retry", "12", "--retry-delay", "10ms", name)
                    try #require(pushed.status == 0, "\(pushed.errors)")
                    let after = proxy.account
                    let image = 25 << 20
                    #expect(after.faults >= 5, "\(after)")
                    // What the kernel still held when a line broke was sent in vain: some megabytes a fault at most.
                    #expect(after.sent <= image + after.faults * (6 << 20), "\(after)")
                    #expect(raw("\(registry.address)/team/model:v1").utf8.count > 100)
                }
                try FaultyProxy.with(before: registry, .init(seed: 8)) { proxy in
                    let name = "\(proxy.address)/team/model:v1"
                    let other = LLMBoxProgram(root: context.appending("other"))
                    let pulled = other("pull", "--retry", "12", "--retry-delay", "10ms", name)
                    try #require(pulled.status == 0, "\(pulled.errors)")
                    let after = proxy.account
                    #expect(after.faults >= 5, "\(after)")
                    #expect(after.received <= (26 << 20) + after.faults * (1 << 20), "\(after)")
                    let id = other("images", "-q", "--no-trunc").line
                    #expect(id.hasPrefix("sha256:") && llmbox("images", "-q", "--no-trunc").output.contains(id))
                    #expect(other("system", "check").status == 0)
                }
            }
        }
    }
}
