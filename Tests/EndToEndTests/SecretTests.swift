internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct SecretTests {
    @Test("what a step was shown in confidence is in no layer, no configuration, no record and no log")
    func nowhere() throws {
        try withStore { llmbox, context in
            let outside = context.removingLastComponent()
            func secret(_ name: String) -> String { "\(name)-\(UInt64.random(in: .min ... .max))-unique" }
            let (file, variable, proxy, unused) = (secret("file"), secret("env"), secret("proxy"), secret("unused"))
            write(file, to: "token", in: outside)
            let key = outside.appending("key").string
            try #require(run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]).status == 0)
            let text = """
                FROM base
                ARG USED
                RUN --mount=type=secret,id=file --mount=type=secret,id=variable,env=TOKEN \
                    --mount=type=secret,id=file,target=/root/.netrc --mount=type=ssh \
                    test -s /run/secrets/file && test -n "$TOKEN" && test -n "$HTTPS_PROXY" && test -S "$SSH_AUTH_SOCK" \
                    && sha256sum < /root/.netrc | cut -c1-4 > /made && echo "$USED" > /used
                RUN test ! -e /run && test ! -e /root/.netrc && test -z "$TOKEN"
                """
            write(text, to: "Dockerfile", in: context)
            var withVariable = llmbox
            withVariable.environment["VARIABLE"] = variable
            func build(_ more: String...) -> CommandResult {
                let options = [
                    "--secret", "id=file,src=\(outside)/token", "--secret", "id=variable,env=VARIABLE", "--ssh",
                    "default=\(key)", "--build-arg", "HTTPS_PROXY=http://user:\(proxy)@127.0.0.1:9", "--build-arg",
                    "UNDECLARED=\(unused)", "--build-arg", "USED=plain",
                ]
                return run(
                    [LLMBoxProgram.path, "build", "--progress", "plain", "-t", "app"] + options + more
                        + [context.string],
                    environment: withVariable.environment
                )
            }
            let built = build()
            try #require(built.status == 0, "\(built.errors)")
            let saved = outside.appending("saved").string
            mkdir(saved, 0o755)
            try #require(llmbox("save", "-o", "\(saved)/app.tar", "app").status == 0)
            // Everything that is compressed is unpacked, so that the search sees its bytes.
            let unpack = """
                cd $0 && tar -xf app.tar && find . -type f ! -name app.tar | while read f; do
                    gzip -dc < "$f" > "$f.plain" 2>/dev/null || zstd -dcq < "$f" > "$f.plain" 2>/dev/null; done; true
                """
            #expect(run(["sh", "-c", unpack, saved]).status == 0)
            let keyText = run(["sed", "-n", "3p", key]).line
            try #require(!keyText.isEmpty)
            for value in [file, variable, proxy, unused, keyText] {
                for place in [llmbox.root.string, saved] {
                    #expect(run(["grep", "-rlaF", "--", value, place]).output.isEmpty, "\(value) is in \(place)")
                }
                #expect(!built.errors.contains(value) && !built.output.contains(value))
            }
            // The search finds what is there: the argument that the image was told.
            #expect(!run(["grep", "-rlaF", "--", "plain", saved]).output.isEmpty)
            let left = run(["sh", "-c", "ls -d /dev/shm/llmbox-secret-* /run/llmbox-secret-* /tmp/llmbox-ssh-*"])
            #expect(left.output.isEmpty, "\(left.output)")

            // Other values are no other step.
            write(secret("other"), to: "token", in: outside)
            withVariable.environment["VARIABLE"] = secret("other")
            let again = build()
            #expect(again.errors.ranges(of: " CACHED").count == 3, "\(again.errors)")
        }
    }
}
