import Diagnostics
import Testing

@testable import DockerfileSyntax

@Suite struct MountTests {
    private func mount(_ text: String, _ variables: [String: String] = [:]) throws -> RunMount {
        let flag = try #require(try run("RUN --mount=\(text) x").mounts.first)
        return try flag.resolved(with: WordExpander { variables[$0] })
    }

    @Test("a bind mount is the default type and read-only")
    func bind() throws {
        #expect(
            try mount("target=/t") == .bind(.init(target: "/t", source: "", from: nil, isReadOnly: true))
        )
        #expect(
            try mount("type=bind,from=base:1,src=/a,dst=b,rw")
                == .bind(.init(target: "b", source: "/a", from: "base:1", isReadOnly: false))
        )
        for text in ["destination=/t,readwrite=false", "target=/t,ro", "target=/t,readonly=true", "target=/t,rw,ro"] {
            #expect(try mount(text) == .bind(.init(target: "/t", source: "", from: nil, isReadOnly: true)))
        }
    }

    @Test("a cache's id is its cleaned target, and everything has a default")
    func cache() throws {
        guard case .cache(let plain) = try mount("type=cache,target=/root/../root/.cache/") else { throw NotThatKind() }
        #expect(plain.id == "/root/.cache")
        #expect(plain.sharing == .shared)
        #expect((plain.uid, plain.gid, plain.mode) == (0, 0, 0o755))
        #expect(!plain.isReadOnly)
        guard
            case .cache(let full) = try mount(
                "type=cache,id=apt,target=/a,sharing=locked,uid=10,gid=11,mode=0700,from=base:1,source=/s,ro"
            )
        else { throw NotThatKind() }
        #expect(full.id == "apt")
        #expect(full.sharing == .locked)
        #expect((full.uid, full.gid, full.mode) == (10, 11, 0o700))
        #expect((full.from, full.source, full.isReadOnly) == ("base:1", "/s", true))
    }

    @Test("a secret is a file by default, or a variable")
    func secret() throws {
        guard case .secret(let file) = try mount("type=secret,id=token") else { throw NotThatKind() }
        #expect((file.target, file.environment) == ("/run/secrets/token", nil))
        #expect((file.mode, file.isRequired) == (0o400, false))
        guard case .secret(let variable) = try mount("type=secret,id=token,env=TOKEN,required") else {
            throw NotThatKind()
        }
        #expect((variable.target, variable.environment) == (nil, "TOKEN"))
        #expect(variable.isRequired)
        guard case .secret(let named) = try mount("type=secret,target=/etc/pip.conf,required=false") else {
            throw NotThatKind()
        }
        #expect((named.id, named.target, named.isRequired) == ("pip.conf", "/etc/pip.conf", false))
    }

    @Test("tmpfs and ssh")
    func others() throws {
        #expect(try mount("type=tmpfs,target=/t") == .tmpfs(.init(target: "/t", sizeInBytes: nil)))
        #expect(try mount("type=tmpfs,target=/t,size=64m") == .tmpfs(.init(target: "/t", sizeInBytes: 64 << 20)))
        #expect(try mount("type=tmpfs,target=/t,size=1.5GiB") == .tmpfs(.init(target: "/t", sizeInBytes: 3 << 29)))
        guard case .ssh(let ssh) = try mount("type=ssh") else { throw NotThatKind() }
        #expect((ssh.id, ssh.target, ssh.mode) == ("default", nil, 0o600))
    }

    @Test("values may hold variables and be quoted")
    func expansion() throws {
        let variables = ["D": "/data", "S": "locked", "N": "10"]
        guard case .cache(let cache) = try mount("type=cache,target=$D/x,sharing=${S},uid=$N", variables) else {
            throw NotThatKind()
        }
        #expect((cache.target, cache.id, cache.sharing, cache.uid) == ("/data/x", "/data/x", .locked, 10))
        let quoted = try mount("'type=bind,\"source=a,b\",target=/t'")
        #expect(quoted == .bind(.init(target: "/t", source: "a,b", from: nil, isReadOnly: true)))
        #expect(throws: Diagnostic.self) { try mount("type=cache,target=/x,uid=$D", variables) }
        #expect(throws: Diagnostic.self) { try mount("type=bind,target=$UNSET", variables) }
    }

    @Test(
        "wrong options are errors before anything runs",
        arguments: [
            ("type=cahce,target=/x", "unknown mount type `cahce`"),
            ("type=cache,taget=/x", "unknown mount option `taget`"),
            ("type=bind,target=/x,bind-propagation=slave", "unknown mount option `bind-propagation`"),
            ("type=bind,target=/x,suid", "unknown mount option `suid`"),
            ("type=bind,target=/x,sharing=locked", "mount option `sharing` does not apply to type `bind`"),
            ("target=/x,id=a", "mount option `id` does not apply to type `bind`"),
            ("type=tmpfs,target=/x,from=base", "mount option `from` does not apply to type `tmpfs`"),
            ("type=secret,id=a,from=base", "mount option `from` does not apply to type `secret`"),
            ("type=cache,target=/x,sharing=some", "unknown value `some` of mount option `sharing`"),
            ("type=cache,target=/x,mode=rwx", "mount option `mode` takes an octal number such as `0755`, not `rwx`"),
            ("type=cache,target=/x,uid=-1", "mount option `uid` takes a number, not `-1`"),
            ("type=tmpfs,target=/x,size=big", "mount option `size` takes a size such as `64m`, not `big`"),
            ("type=bind", "a bind mount needs a `target`"), ("type=cache,target=", "a cache mount needs a `target`"),
            ("type=bind,target=/..", "a mount cannot cover `/`"), ("type=secret", "a secret mount needs an `id`"),
            ("type=secret,id=a,required=perhaps", "mount option `required` takes `true` or `false`, not `perhaps`"),
            ("type=bind,from=$X,target=/x", "variables are not expanded in mount option `from`"),
            ("type=bind,,target=/x", "a mount option is empty"),
            ("type=bind,target", "mount option `target` needs a value"),
            ("'\"type=bind,target=/x'", "a quote in the mount options is not closed"),
        ]
    )
    func wrong(text: String, message: String) {
        #expect(errors("RUN --mount=\(text) x") == [message])
    }
}
